#pragma once

// The executor driver without I/O: events in, effects out. Subscribing, what must be said again
// after an agent's restart, and when to give up are decided here.
//
//   ExecutorDriverCore core(options);
//   Effects effects = core.Handle(now, Start{});
//   RunAgainAt(core.NextDeadline());        // with Tick
//
//   idle ──Start──▶ connecting ──SUBSCRIBED──▶ registered ──Stop, Abort──▶ stopping ──closed──▶
//   finished
//                      ▲  │                        │
//                      └──┼───── session lost ─────┘
//                         └── recovery timeout, SHUTDOWN ──▶ Shutdown, then EndProcess after the
//                         grace period
//
// - An update is kept until the agent acknowledges it, a task until its first update is
// acknowledged; each
//   SUBSCRIBE carries both, so that an agent that restarted misses nothing.
// - A framework that does not checkpoint has no agent to come back to: the loss of the session
// shuts down.
// - Stop while the agent is away and updates are unacknowledged waits for the agent, at most until
// the
//   recovery timeout.
//
// Core-thread-only; no clock, threads or globals; randomness comes from the seed. Nothing that
// arrives in an event can trip a CHECK.

#include <cstdint>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "common/reconnect/connection_keeper.h"
#include "executor_driver/core/events.h"

namespace mesos::executor_driver {

struct ExecutorDriverOptions {
  std::string framework_id;
  std::string executor_id;
  std::string agent_id;
  bool checkpoint = false;
  absl::Duration recovery_timeout = absl::Minutes(15);
  absl::Duration shutdown_grace_period = absl::Seconds(5);
  absl::Duration subscription_backoff_maximum = absl::Seconds(2);
  absl::Duration stop_timeout = absl::Seconds(5);  // for the last calls to be written
  uint64_t seed = 0;
};

class ExecutorDriverCore {
 public:
  explicit ExecutorDriverCore(ExecutorDriverOptions options);
  ~ExecutorDriverCore();

  Effects Handle(absl::Time now, Event event);

  // When Handle(Tick) has work; InfiniteFuture if never.
  absl::Time NextDeadline() const;

  bool registered() const;
  size_t unacknowledged_updates() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mesos::executor_driver
