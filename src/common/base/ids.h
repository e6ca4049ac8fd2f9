#pragma once

// Index types and the interner: strings at the edge, small integers in the core.
//
//   using AgentIdx = Index<struct AgentTag>;
//   Interner<AgentIdx> agents;
//   AgentIdx a = agents.Intern("…-S0");
//   agents.Name(a);                       // "…-S0"
//   agents.Find("…-S1");                  // nullopt
//   agents.Release(a);                    // the index may be handed out again
//
// Indices are dense from 0, so a vector indexed by one is the natural map. Distinct index types do
// not convert into each other. An interner belongs to one core and is used on its thread only.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "glog/logging.h"

namespace mesos {

template <typename Tag>
class Index {
 public:
  constexpr Index() = default;
  constexpr explicit Index(uint32_t value) : value_(value) {}
  constexpr uint32_t value() const { return value_; }
  constexpr auto operator<=>(const Index&) const = default;

  template <typename H>
  friend H AbslHashValue(H h, Index index) {
    return H::combine(std::move(h), index.value_);
  }

 private:
  uint32_t value_ = UINT32_MAX;
};

template <typename IndexType>
class Interner {
 public:
  // The index of `name`, new where the name is not known.
  IndexType Intern(absl::string_view name) {
    std::string key(name);
    if (auto it = indices_.find(key); it != indices_.end()) return it->second;
    uint32_t value;
    if (free_.empty()) {
      value = static_cast<uint32_t>(names_.size());
      names_.push_back(key);
    } else {
      value = free_.back();
      free_.pop_back();
      names_[value] = key;
    }
    indices_.emplace(std::move(key), IndexType(value));
    return IndexType(value);
  }

  std::optional<IndexType> Find(absl::string_view name) const {
    auto it = indices_.find(std::string(name));
    if (it == indices_.end()) return std::nullopt;
    return it->second;
  }

  const std::string& Name(IndexType index) const {
    CHECK_LT(index.value(), names_.size());
    return names_[index.value()];
  }

  // Forgets the name; its index may be handed out again. The caller holds no state under it any
  // more.
  void Release(IndexType index) {
    CHECK_LT(index.value(), names_.size());
    indices_.erase(names_[index.value()]);
    names_[index.value()].clear();
    free_.push_back(index.value());
  }

  // One more than the largest index ever given.
  size_t capacity() const { return names_.size(); }

 private:
  // Invariant: indices_[names_[i]] == i for every i that is not in free_.
  absl::flat_hash_map<std::string, IndexType> indices_;
  std::vector<std::string> names_;
  std::vector<uint32_t> free_;
};

struct AgentTag;
struct FrameworkTag;
struct RoleTag;
using AgentIdx = Index<AgentTag>;
using FrameworkIdx = Index<FrameworkTag>;
using RoleIdx = Index<RoleTag>;

// A connection as the core knows it: never used twice within one process.
enum class SessionId : uint64_t { kNone = 0 };

}  // namespace mesos
