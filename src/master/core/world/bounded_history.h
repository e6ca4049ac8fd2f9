#pragma once

// The last N things that ended, by key; the oldest goes when a new one comes.
//
//   BoundedHistory<UnreachableAgent> agents(1000);
//   agents.Put("…-S0", {...});
//   if (const UnreachableAgent* agent = agents.Find("…-S0")) ...
//
// Put of a known key replaces it and makes it the newest. Walking goes from old to new.
// Core-thread-only.

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace mesos::master {

template <typename T>
class BoundedHistory {
 public:
  using Entry = std::pair<std::string, T>;

  explicit BoundedHistory(size_t capacity) : capacity_(capacity) {}

  void Put(absl::string_view key, T value) {
    Erase(key);
    values_ = nullptr;
    if (entries_.size() == capacity_) {
      ++dropped_;
      if (capacity_ == 0) return;
      places_.erase(entries_.front().first);
      entries_.pop_front();
    }
    entries_.emplace_back(std::string(key), std::move(value));
    places_.emplace(std::string(key), std::prev(entries_.end()));
  }

  const T* Find(absl::string_view key) const {
    auto it = places_.find(std::string(key));
    return it == places_.end() ? nullptr : &it->second->second;
  }
  bool Contains(absl::string_view key) const { return Find(key) != nullptr; }

  bool Erase(absl::string_view key) {
    auto it = places_.find(std::string(key));
    if (it == places_.end()) return false;
    values_ = nullptr;
    entries_.erase(it->second);
    places_.erase(it);
    return true;
  }

  // The values of now, the oldest first. Made again only after a change.
  std::shared_ptr<const std::vector<T>> Values() const {
    if (values_ == nullptr) {
      auto values = std::make_shared<std::vector<T>>();
      values->reserve(entries_.size());
      for (const Entry& entry : entries_) values->push_back(entry.second);
      values_ = std::move(values);
    }
    return values_;
  }

  // How many have gone for a newer one.
  uint64_t dropped() const { return dropped_; }

  size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

 private:
  // Invariant: places_ holds exactly the keys of entries_, which are never more than capacity_.
  // values_ is null or has the values of entries_.
  size_t capacity_;
  uint64_t dropped_ = 0;
  std::list<Entry> entries_;
  absl::flat_hash_map<std::string, typename std::list<Entry>::iterator> places_;
  mutable std::shared_ptr<const std::vector<T>> values_;
};

}  // namespace mesos::master
