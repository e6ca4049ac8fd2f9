#pragma once

// Whose turn it is to become unreachable, under --agent_removal_rate_limit. Pure.
//
//   RemovalQueue queue(absl::Minutes(2));        // the least time between two
//   queue.Add("…-S3");  queue.Cancel("…-S3");    // it gave a sign of life
//   while (std::optional<std::string> id = queue.Pop(now)) ...
//   queue.Next();                                // when Pop may give the next one
//
// First come, first served. Core-thread-only.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mesos::master {

class RemovalQueue {
 public:
  explicit RemovalQueue(absl::Duration spacing) : spacing_(spacing) {}

  // False where it waits already.
  bool Add(const std::string& agent_id) {
    const auto [it, added] = waiting_.emplace(agent_id, next_turn_);
    if (added) order_.emplace(next_turn_++, agent_id);
    return added;
  }

  // Whether it was waiting.
  bool Cancel(absl::string_view agent_id) {
    auto it = waiting_.find(agent_id);
    if (it == waiting_.end()) return false;
    order_.erase(it->second);
    waiting_.erase(it);
    return true;
  }

  std::optional<std::string> Pop(absl::Time now) {
    if (order_.empty() || now < next_) return std::nullopt;
    next_ = now + spacing_;
    std::string agent_id = std::move(order_.begin()->second);
    order_.erase(order_.begin());
    waiting_.erase(agent_id);
    return agent_id;
  }

  // InfiniteFuture while nobody waits.
  absl::Time Next() const { return order_.empty() ? absl::InfiniteFuture() : next_; }

  bool Contains(absl::string_view agent_id) const { return waiting_.contains(agent_id); }
  size_t size() const { return order_.size(); }

 private:
  const absl::Duration spacing_;
  absl::Time next_ = absl::InfinitePast();
  // Invariant: the same ids, each with its turn.
  std::map<uint64_t, std::string> order_;
  absl::flat_hash_map<std::string, uint64_t> waiting_;
  uint64_t next_turn_ = 0;
};

}  // namespace mesos::master
