#pragma once

// The last N things that ended, by key; the oldest goes when a new one comes.
//
//   BoundedHistory<UnreachableAgent> agents(1000);
//   agents.Put("…-S0", {...});
//   if (UnreachableAgent* agent = agents.Find("…-S0")) ...
//
// Put of a known key replaces it and makes it the newest. Walking goes from old to new.
// Core-thread-only.

#include <list>
#include <string>
#include <utility>

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
    if (capacity_ == 0) return;
    if (entries_.size() == capacity_) {
      places_.erase(entries_.front().first);
      entries_.pop_front();
    }
    entries_.emplace_back(std::string(key), std::move(value));
    places_.emplace(std::string(key), std::prev(entries_.end()));
  }

  T* Find(absl::string_view key) {
    auto it = places_.find(std::string(key));
    return it == places_.end() ? nullptr : &it->second->second;
  }
  const T* Find(absl::string_view key) const {
    return const_cast<BoundedHistory*>(this)->Find(key);
  }
  bool Contains(absl::string_view key) const { return Find(key) != nullptr; }

  bool Erase(absl::string_view key) {
    auto it = places_.find(std::string(key));
    if (it == places_.end()) return false;
    entries_.erase(it->second);
    places_.erase(it);
    return true;
  }

  size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

 private:
  // Invariant: places_ holds exactly the keys of entries_, which are never more than capacity_.
  size_t capacity_;
  std::list<Entry> entries_;
  absl::flat_hash_map<std::string, typename std::list<Entry>::iterator> places_;
};

}  // namespace mesos::master
