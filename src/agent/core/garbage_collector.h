#pragma once

// Which directories are not needed any more, and when they go. Pure: the owner removes what is due.
//
//   garbage.Schedule(now, {"run/…", {sandbox, meta}, {}});
//   garbage.Unschedule("framework/…");               // it is needed again
//   garbage.Prune(now, AllowedAge(delay, headroom, 0.8));       // the disk fills up
//   for (const auto& removal : garbage.PopDue(now)) ...          // until NextDeadline is later
//
// Each entry waits for the delay given to the constructor, or until Prune finds it too old. More
// than kMaxScheduled entries are not kept: the oldest go before their time, so that a busy agent's
// memory and disk stay bounded. What goes, goes in the order of its age, the oldest first.
// Core-thread-only.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "common/base/deadlines.h"

namespace mesos::agent {

// How old what is not needed may become while `usage` of the disk, from 0 to 1, is used: Mesos'
// gc_delay * max(0, 1 - gc_disk_headroom - usage).
absl::Duration AllowedAge(absl::Duration delay, double headroom, double usage);

class GarbageCollector {
 public:
  static constexpr size_t kMaxScheduled = 200'000;

  // So many of those that are due are popped at once; the rest is due still.
  static constexpr size_t kMaxPopped = 1'000;

  struct Removal {
    std::string key;

    // Absolute; nothing will ever use them again, so they go at leisure.
    std::vector<std::string> paths;

    // Relative to the meta directory; these go one after the other and in order with the
    // checkpoints, since a later launch may need them again. They hold little.
    std::vector<std::string> in_order;
  };

  explicit GarbageCollector(absl::Duration delay) : delay_(delay) {}

  // Replaces what stands under the same key. Its age counts from `since`.
  void Schedule(absl::Time since, Removal removal);
  void Unschedule(const std::string& key);

  // What is scheduled now and is older than `allowed_age` is due.
  void Prune(absl::Time now, absl::Duration allowed_age) { pruned_until_ = now - allowed_age; }

  std::vector<Removal> PopDue(absl::Time now);
  absl::Time NextDeadline() const;

  // What was popped before its delay was over, since Prune found it too old.
  uint64_t pruned() const { return pruned_; }
  size_t size() const { return deadlines_.size(); }

 private:
  const absl::Duration delay_;

  // What is older than that is due.
  absl::Time pruned_until_ = absl::InfinitePast();
  uint64_t pruned_ = 0;

  // Invariant: by_key_ names exactly the deadlines.
  Deadlines<Removal> deadlines_;
  absl::flat_hash_map<std::string, DeadlineId> by_key_;
};

}  // namespace mesos::agent
