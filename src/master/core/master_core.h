#pragma once

// The master without I/O: events in, effects out. Everything the master decides is decided here.
//
//   MasterCore core(options, NewHierarchicalAllocator(...), now);
//   Effects effects = core.Handle(now, std::move(event));
//   RunAgainAt(core.NextDeadline());        // with Tick
//
// Core-thread-only; no clock, randomness, threads or globals. Nothing that arrives in an event can trip
// a CHECK: it is answered with an error, or ignored where Mesos ignores it.

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "master/allocator/allocator.h"
#include "master/core/events.h"

namespace mesos::master {

struct MasterOptions {
  std::string id;        // of this leader, a UUID; prefix of every id it gives
  std::string hostname;
  std::string ip;
  int port = 5050;
  std::string version;
  std::string cluster;
  absl::Time start_time;
  absl::Duration agent_ping_timeout = absl::Seconds(15);
  int max_agent_ping_timeouts = 5;
  absl::Duration agent_reregister_timeout = absl::Minutes(10);
  absl::Duration offer_timeout = absl::InfiniteDuration();
  absl::Duration allocation_interval = absl::Seconds(1);
  absl::Duration heartbeat_interval = absl::Seconds(15);
  size_t max_completed_frameworks = 50;
  size_t max_completed_tasks_per_framework = 1000;
  size_t max_unreachable_tasks_per_framework = 1000;
  size_t max_removed_agents = 1000;
};

class MasterCore {
 public:
  MasterCore(MasterOptions options, std::unique_ptr<Allocator> allocator, absl::Time now);
  ~MasterCore();

  Effects Handle(absl::Time now, Event event);

  // When Handle(Tick) has work; InfiniteFuture if never.
  absl::Time NextDeadline() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mesos::master
