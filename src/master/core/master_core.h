#pragma once

// The master without I/O: events in, effects out. Everything the master decides is decided here.
//
//   MasterCore core(options, NewHierarchicalAllocator(...), now);
//   Effects effects = core.Handle(now, std::move(event));
//   RunAgainAt(core.NextDeadline());        // with Tick
//
// Core-thread-only; no clock, randomness, threads or globals. Nothing that arrives in an event can
// trip a CHECK: it is answered with an error, or ignored where Mesos ignores it.

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/limits.h"
#include "master/allocator/allocator.h"
#include "master/core/events.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::master {

struct MasterOptions {
  std::string id;  // of this leader, a UUID; prefix of every id it gives
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
  size_t page_bytes = limits::kPageBytes;  // frameworks/paging.h
  size_t max_event_subscribers = limits::kMaxEventSubscribers;
  size_t max_completed_frameworks = 50;
  size_t max_completed_tasks_per_framework = 1000;
  size_t max_unreachable_tasks_per_framework = 1000;

  // At least this long between two agents that become unreachable.
  absl::Duration agent_removal_spacing = absl::ZeroDuration();
  // Which part of the agents in the registry may be missing when agent_reregister_timeout has
  // passed after a failover; where more are, the master abdicates instead of giving them up.
  double recovery_agent_removal_limit = 1;

  // Whether the registry outlives the master: then what it does not have was never admitted.
  bool durable_registry = false;
  // How often agents that are unreachable or gone are looked through, and which are forgotten.
  absl::Duration registry_gc_interval = absl::Minutes(15);
  absl::Duration registry_max_agent_age = absl::Hours(24 * 14);
  size_t registry_max_agent_count = 102'400;

  size_t max_messages_while_joining = limits::kMaxMessagesWhileJoining;
  int max_statuses_per_task = limits::kMaxStatusesPerTask;
};

// How often each bound was met, and something went for it.
struct BoundsMet {
  uint64_t messages_while_joining = 0;
  uint64_t statuses_per_task = 0;
  uint64_t filters_per_agent = 0;
  uint64_t completed_tasks = 0;
  uint64_t unreachable_tasks = 0;  // of frameworks that are still there
  uint64_t registry_agents = 0;
};

// What happened since the start, and how much stands now. For metrics, benches and the simulation.
struct MasterStats {
  uint64_t events = 0;
  uint64_t allocations = 0;
  uint64_t offers_sent = 0;
  uint64_t offers_accepted = 0;
  uint64_t offers_declined = 0;
  uint64_t offers_rescinded = 0;
  uint64_t tasks_launched = 0;
  uint64_t tasks_refused = 0;  // TASK_ERROR, TASK_DROPPED and TASK_LOST given at ACCEPT
  uint64_t tasks_ended = 0;    // reached a terminal state
  uint64_t status_updates = 0;
  uint64_t invalid_status_updates = 0;
  uint64_t acknowledgements = 0;
  uint64_t calls_rejected = 0;
  uint64_t agents_registered = 0;
  uint64_t agent_infos_refused = 0;  // for what all agents, or those of one host, say already
  uint64_t agents_reregistered = 0;
  uint64_t agents_removed = 0;
  uint64_t agents_unreachable = 0;
  uint64_t removals_scheduled = 0;  // of agents without a sign of life
  uint64_t removals_canceled = 0;   // the agent gave one before its turn came
  uint64_t recovery_removals = 0;   // of agents that did not come back after a failover
  uint64_t frameworks_subscribed = 0;
  uint64_t frameworks_removed = 0;
  BoundsMet bounds_met;
  // Standing now.
  size_t frameworks = 0;
  size_t agents = 0;
  size_t connected_agents = 0;
  size_t awaited_agents = 0;  // in the registry, and not back yet
  size_t agent_info_bytes = 0;
  size_t role_nodes = 0;
  size_t tasks = 0;
  size_t offers = 0;
};

struct MasterFigures;
struct Snapshot;  // snapshot.h

class MasterCore {
 public:
  // `registry` is what the store held when this master came to lead.
  MasterCore(MasterOptions options, std::unique_ptr<Allocator> allocator, absl::Time now,
             const Registry& registry = {});
  ~MasterCore();

  Effects Handle(absl::Time now, Event event);

  // When Handle(Tick) has work; InfiniteFuture if never.
  absl::Time NextDeadline() const;

  // What others are told of this master.
  const v1::MasterInfo& Info() const;

  MasterStats Stats() const;

  // What metrics show (figures.h). Costs time proportional to the frameworks, not to their tasks.
  MasterFigures Figures() const;

  // Everything that readers may ask for, as it stands after the last event. Costs some microseconds
  // for each agent and framework that changed since the last one, and nothing for each task.
  std::shared_ptr<const Snapshot> TakeSnapshot() const;

  // Walks all state and says what does not add up: Internal names the agent or framework and both
  // sums. Costs time proportional to everything; for tests and the simulation.
  absl::Status CheckInvariants() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mesos::master
