#pragma once

// What sessions send to a master that is elected and still takes the registry over: kept, in order,
// until it leads, so that nobody has to dial again. Bounded.
//
//   if (!held.Add(std::move(event), bytes)) ...     // full: close the session, then AddClosed
//   for (Event& event : held.Take()) core.Handle(now, std::move(event));
//
// Executor's thread only.

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "common/base/limits.h"
#include "master/core/events.h"

namespace mesos::master {

class HeldEvents {
 public:
  explicit HeldEvents(size_t most = limits::kMaxHeldEvents) : most_(most) {}

  // What a session says.
  bool Add(SchedulerCallReceived event, size_t bytes) {
    return AddOf(schedulers_, std::move(event), bytes);
  }
  bool Add(AgentMessageReceived event, size_t bytes) {
    return AddOf(agents_, std::move(event), bytes);
  }

  // The end of a session, for which there is always room where it has an event here. Of one that
  // has none nobody will have heard, so that nothing is kept of it.
  void AddClosed(SchedulerSessionClosed event) { AddClosedOf(schedulers_, event); }
  void AddClosed(AgentSessionClosed event) { AddClosedOf(agents_, event); }

  std::vector<Event> Take() {
    bytes_ = 0;
    schedulers_.clear();
    agents_.clear();
    return std::exchange(events_, {});
  }

 private:
  using Sessions = absl::flat_hash_set<SessionId>;

  template <typename Received>
  bool AddOf(Sessions& sessions, Received event, size_t bytes) {
    if (bytes_ + bytes > limits::kMaxHeldBytes || events_.size() >= most_) {
      return false;
    }
    bytes_ += bytes;
    sessions.insert(event.session);
    events_.push_back(std::move(event));
    return true;
  }

  template <typename Closed>
  void AddClosedOf(Sessions& sessions, Closed event) {
    if (sessions.erase(event.session) > 0) events_.push_back(event);
  }

  // Invariant: at most `most_` that were received, and one end for each session that
  // one of them came from. The sets name the sessions that have events here and have not ended.
  const size_t most_;
  std::vector<Event> events_;
  size_t bytes_ = 0;
  Sessions schedulers_;
  Sessions agents_;
};

}  // namespace mesos::master
