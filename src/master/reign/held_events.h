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

#include "common/base/limits.h"
#include "master/core/events.h"

namespace mesos::master {

class HeldEvents {
 public:
  explicit HeldEvents(size_t most = limits::kMaxHeldEvents) : most_(most) {}

  bool Add(Event event, size_t bytes) {
    if (bytes_ + bytes > limits::kMaxHeldBytes || events_.size() >= most_) {
      return false;
    }
    bytes_ += bytes;
    events_.push_back(std::move(event));
    return true;
  }

  // The end of a session, for which there is always room: it had an event before.
  void AddClosed(Event event) { events_.push_back(std::move(event)); }

  std::vector<Event> Take() {
    bytes_ = 0;
    return std::exchange(events_, {});
  }

 private:
  const size_t most_;
  std::vector<Event> events_;
  size_t bytes_ = 0;
};

}  // namespace mesos::master
