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
#include <variant>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "common/base/limits.h"
#include "master/core/events.h"

namespace mesos::master {

class HeldEvents {
 public:
  explicit HeldEvents(size_t most = limits::kMaxHeldEvents) : most_(most) {}

  // What a session says, or its end.
  bool Add(Event event, size_t bytes) {
    if (std::holds_alternative<SchedulerSessionClosed>(event) ||
        std::holds_alternative<AgentSessionClosed>(event)) {
      AddClosed(std::move(event));
      return true;
    }
    if (bytes_ + bytes > limits::kMaxHeldBytes || events_.size() >= most_) {
      return false;
    }
    bytes_ += bytes;
    if (const auto* call = std::get_if<SchedulerCallReceived>(&event)) {
      schedulers_.insert(call->session);
    } else if (const auto* message = std::get_if<AgentMessageReceived>(&event)) {
      agents_.insert(message->session);
    }
    events_.push_back(std::move(event));
    return true;
  }

  // The end of a session, for which there is always room where it has an event here. Of one that
  // has none nobody will have heard, so that nothing is kept of it.
  void AddClosed(Event event) {
    const auto* scheduler = std::get_if<SchedulerSessionClosed>(&event);
    const auto* agent = std::get_if<AgentSessionClosed>(&event);
    const bool known = (scheduler != nullptr && schedulers_.erase(scheduler->session) > 0) ||
                       (agent != nullptr && agents_.erase(agent->session) > 0);
    if (known) events_.push_back(std::move(event));
  }

  std::vector<Event> Take() {
    bytes_ = 0;
    schedulers_.clear();
    agents_.clear();
    return std::exchange(events_, {});
  }

 private:
  using Sessions = absl::flat_hash_set<SessionId>;

  // Invariant: at most `most_` that were received, and one end for each session that
  // one of them came from. The sets name the sessions that have events here and have not ended.
  const size_t most_;
  std::vector<Event> events_;
  size_t bytes_ = 0;
  Sessions schedulers_;
  Sessions agents_;
};

}  // namespace mesos::master
