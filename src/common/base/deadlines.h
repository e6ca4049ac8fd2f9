#pragma once

// The timers of a pure core, as data: what is due is popped when the host says what time it is.
//
//   Deadlines<Timer> deadlines;
//   DeadlineId id = deadlines.Arm(now + timeout, PingTimeout{agent});
//   deadlines.Cancel(id);
//   while (auto due = deadlines.PopDue(now)) Handle(*due);
//   deadlines.Next();                     // when the host has to call again, or InfiniteFuture
//
// Order is by time, then by arming. Core-thread-only.

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"

namespace mesos {

enum class DeadlineId : uint64_t { kNone = 0 };

template <typename Subject>
class Deadlines {
 public:
  DeadlineId Arm(absl::Time when, Subject subject) {
    const DeadlineId id{++last_id_};
    queue_.emplace(std::make_pair(when, id), std::move(subject));
    times_.emplace(id, when);
    return id;
  }

  // Unknown ids, and kNone, are ignored.
  void Cancel(DeadlineId id) {
    auto it = times_.find(id);
    if (it == times_.end()) return;
    queue_.erase({it->second, id});
    times_.erase(it);
  }

  std::optional<Subject> PopDue(absl::Time now) {
    if (queue_.empty() || queue_.begin()->first.first > now) return std::nullopt;
    auto node = queue_.extract(queue_.begin());
    times_.erase(node.key().second);
    return std::move(node.mapped());
  }

  absl::Time Next() const {
    return queue_.empty() ? absl::InfiniteFuture() : queue_.begin()->first.first;
  }

  size_t size() const { return queue_.size(); }

 private:
  // Invariant: times_ holds exactly the ids of queue_.
  std::map<std::pair<absl::Time, DeadlineId>, Subject> queue_;
  absl::flat_hash_map<DeadlineId, absl::Time> times_;
  uint64_t last_id_ = 0;
};

}  // namespace mesos
