#pragma once

// The agent without I/O: events in, effects out. Registration, tasks, executors, kills, status
// updates and recovery are decided here; see events.h for what it asks of its host.
//
//   AgentCore core(options, std::move(recovered), seed);
//   Effects effects = core.Start(now);
//   effects = core.Handle(now, std::move(event));
//   RunAgainAt(core.NextDeadline());        // with Tick
//
// Core-thread-only; no clock, threads or globals; randomness comes from the seed. Nothing that
// arrives in an event can trip a CHECK.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "agent/checkpoint/machine.h"
#include "agent/checkpoint/recovered_state.h"
#include "agent/core/events.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::agent {

struct AgentOptions {
  // A text that nobody can guess, another at each call. The core's own random numbers can be told
  // from those that it shows; they stand in where this is not set, as in simulation.
  std::function<std::string()> new_secret;
  v1::AgentInfo info;  // hostname, port, resources, attributes; no id
  std::string ip;      // what executors and schedulers reach the agent by
  std::string version;
  std::string boot_id;         // of this boot; empty where the system has none
  MachineIdentity machine;     // where the work directory stands
  bool cleanup = false;        // --recover=cleanup: kill what runs, forget the agent's id, and Exit
  std::string work_directory;  // sandboxes stand below it
  std::string runtime_directory;  // pid and termination files of containers
  std::string executor_socket;    // path of the Unix socket that serves executors
  // Executors find that path in MESOS_DOMAIN_SOCKET, as with Mesos' http_executor_domain_sockets.
  bool announce_domain_socket = false;
  std::string launcher_directory;  // where mesos-launcher stands
  std::string frameworks_home;     // where relative URIs begin; empty: they are refused
  bool switch_user = true;
  std::map<std::string, std::string> executor_environment;
  absl::Duration registration_backoff_factor = absl::Seconds(1);
  absl::Duration executor_registration_timeout = absl::Minutes(1);
  absl::Duration executor_reregistration_timeout = absl::Seconds(2);
  absl::Duration executor_shutdown_grace_period = absl::Seconds(5);
  absl::Duration recovery_timeout = absl::Minutes(15);
  absl::Duration gc_delay = absl::Hours(24 * 7);
  double gc_disk_headroom = 0.1;  // the part of the disk that sandboxes are to leave free
  absl::Duration disk_watch_interval = absl::Minutes(1);
  absl::Duration status_update_retry_minimum = absl::Seconds(10);
  absl::Duration status_update_retry_maximum = absl::Minutes(10);
  size_t max_completed_frameworks = 50;
  size_t max_completed_executors_per_framework = 150;
  size_t max_completed_tasks_per_executor = 200;
  size_t max_statuses_per_task = 16;
};

// Counters and sizes, for metrics and tests.
struct AgentStats {
  bool registered = false;
  size_t frameworks = 0;  // with executors
  size_t executors = 0;
  size_t tasks = 0;            // not completed
  size_t pending_updates = 0;  // not acknowledged
  size_t pending_update_bytes = 0;
  size_t scheduled_removals = 0;
  uint64_t pruned_removals = 0;  // directories that the disk had no room for until their time
  double disk_usage = 0;         // from 0 to 1, when it was measured last
  uint64_t disk_measurements_failed = 0;
  absl::Duration allowed_sandbox_age;
  uint64_t tasks_launched = 0;  // reached LaunchContainer or an executor
  uint64_t tasks_refused = 0;
  uint64_t updates_sent = 0;
  uint64_t executors_terminated = 0;
  uint64_t container_launch_errors = 0;
  // Of containers whose command has URIs.
  uint64_t fetches_succeeded = 0;
  uint64_t fetches_failed = 0;
  uint64_t valid_status_updates = 0;        // of executors, that of a command task included
  uint64_t invalid_status_updates = 0;      // refused
  uint64_t unproven_executor_calls = 0;     // refused: nothing showed who called
  uint64_t updates_without_room = 0;        // of executors, put off
  uint64_t valid_framework_messages = 0;    // of schedulers, passed on to an executor
  uint64_t invalid_framework_messages = 0;  // dropped
  uint64_t checkpoints = 0;
  uint64_t checkpoints_failed = 0;
  std::map<v1::TaskState, uint64_t> terminal;  // tasks that ended, by state
  // What went since there was more than is kept of it.
  uint64_t statuses_dropped = 0;
  uint64_t completed_executors_dropped = 0;
  uint64_t completed_frameworks_dropped = 0;
};

// Where a container's launcher leaves its files.
struct ContainerPlace {
  std::string id;
  std::string directory;
};

struct Snapshot;

class AgentCore {
 public:
  AgentCore(AgentOptions options, RecoveredState recovered, uint64_t seed);
  ~AgentCore();

  // Recovery's effects, and the first dial of the master. Call once, first.
  Effects Start(absl::Time now);

  Effects Handle(absl::Time now, Event event);

  // When Handle(Tick) has work; InfiniteFuture if never.
  absl::Time NextDeadline() const;

  AgentStats Stats() const;

  // Of the custom executor that runs under these ids; empty where there is none.
  ContainerPlace ContainerOf(const std::string& framework_id, const std::string& executor_id) const;

  // What it holds now, for readers on any thread.
  std::shared_ptr<const Snapshot> TakeSnapshot(absl::Time now) const;

  // Empty where all invariants hold; else what is wrong. For tests and simulation: costs a walk
  // over everything.
  std::string CheckInvariants() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mesos::agent
