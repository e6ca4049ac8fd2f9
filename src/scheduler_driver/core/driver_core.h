#pragma once

// The scheduler driver without I/O: events in, effects out. Connecting, subscribing, backing off,
// acknowledging and what becomes of calls while there is no master are decided here.
//
//   DriverCore core(options);
//   Effects effects = core.Handle(now, Start{});
//   RunAgainAt(core.NextDeadline());        // with Tick
//
//   idle ──Start──▶ connecting ──SUBSCRIBED──▶ registered ──Stop──▶ stopping ──closed──▶ finished
//                     ▲   │                       │                                        ▲
//                     │   └──── Stop, Abort ──────┼────────────────────────────────────────┤
//                     └───── session lost ────────┴──── Abort, ERROR ──────────────────────┘
//
// While not registered:
// - Acknowledgements are kept and sent after the next SUBSCRIBED, before anything else: an update
// is
//   acknowledged by its uuid, which outlives a session. So are kills, one a task.
// - Suppressed roles, offer constraints and framework updates change what the next SUBSCRIBE
// carries.
// - Launches are answered by a StatusUpdate of the core's own: TASK_DROPPED (TASK_LOST where the
// framework
//   is not PARTITION_AWARE), REASON_MASTER_DISCONNECTED. Offers are void, so declines are dropped.
// - Every other call is dropped, as Mesos' driver does: revive is in the next SUBSCRIBE, reconcile
// belongs
//   into reregistered(), messages and requests are best effort.
// A session that is silent for five heartbeat intervals is given up.
//
// Core-thread-only; no clock, threads or globals; randomness comes from the seed. Nothing that
// arrives in an event can trip a CHECK.

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/base/limits.h"
#include "common/reconnect/connection_keeper.h"
#include "mesos/v1/mesos.pb.h"
#include "scheduler_driver/core/events.h"

namespace mesos::scheduler_driver {

struct DriverOptions {
  v1::FrameworkInfo framework;  // with id: takes over a framework that is registered already
  bool implicit_acknowledgements = true;
  std::vector<std::string> suppressed_roles;
  v1::scheduler::OfferConstraints offer_constraints;
  ConnectionKeeper::Options connection;
  absl::Duration stop_timeout = absl::Seconds(5);  // for the last calls to be written
  // Where not empty the driver cannot start: Start is answered by Error with this.
  std::string refusal;
  uint64_t seed = 0;
  // How many kills, and how many acknowledgements, are kept while there is no master.
  size_t max_kept_calls = limits::kMaxDriverQueue;
};

class DriverCore {
 public:
  explicit DriverCore(DriverOptions options);
  ~DriverCore();

  Effects Handle(absl::Time now, Event event);

  // When Handle(Tick) has work; InfiniteFuture if never.
  absl::Time NextDeadline() const;

  // As the framework is known now; with id once registered.
  const v1::FrameworkInfo& framework() const;
  bool registered() const;

  // Acknowledgements that wait for the next SUBSCRIBED.
  size_t pending_acknowledgements() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mesos::scheduler_driver
