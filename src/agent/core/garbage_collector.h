#pragma once

// Which directories are not needed any more, and when they go. Pure: the owner removes what is due.
//
//   garbage.Schedule(now, {"run/…", {sandbox, meta}, {}});
//   garbage.Unschedule("framework/…");               // it is needed again
//   for (const auto& removal : garbage.PopDue(now)) ...
//
// Each entry waits for the delay given to the constructor. More than kMaxScheduled entries are not
// kept: the oldest go before their time, so that a busy agent's memory and disk stay bounded.
// Core-thread-only.

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "common/base/deadlines.h"

namespace mesos::agent {

class GarbageCollector {
 public:
  static constexpr size_t kMaxScheduled = 200'000;

  struct Removal {
    std::string key;

    // Absolute; nothing will ever use them again, so they go at leisure.
    std::vector<std::string> paths;

    // Relative to the meta directory; these go one after the other and in order with the
    // checkpoints, since a later launch may need them again. They hold little.
    std::vector<std::string> in_order;
  };

  explicit GarbageCollector(absl::Duration delay) : delay_(delay) {}

  // Replaces what stands under the same key. What is in_order waits a minute longer, so that the
  // runs below it are gone by then.
  void Schedule(absl::Time now, Removal removal);
  void Unschedule(const std::string& key);

  std::vector<Removal> PopDue(absl::Time now);
  absl::Time NextDeadline() const {
    return deadlines_.size() > kMaxScheduled ? absl::InfinitePast() : deadlines_.Next();
  }
  size_t size() const { return deadlines_.size(); }

 private:
  const absl::Duration delay_;

  // Invariant: by_key_ names exactly the deadlines.
  Deadlines<Removal> deadlines_;
  absl::flat_hash_map<std::string, DeadlineId> by_key_;
};

}  // namespace mesos::agent
