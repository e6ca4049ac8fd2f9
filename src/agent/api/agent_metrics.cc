#include "agent/api/agent_metrics.h"

#include <array>
#include <map>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "agent/api/v1_reads.h"
#include "common/resources/quantity.h"

namespace mesos::agent {
namespace {

using metrics::Family;
using metrics::MetricsPage;
using metrics::Type;

constexpr Family kUptime = {"mesos_agent_uptime_seconds", "Since the agent started.", Type::kGauge};
constexpr Family kRegistered = {"mesos_agent_registered",
                                "1 while the agent is registered with a master.", Type::kGauge};
constexpr Family kFrameworks = {"mesos_agent_frameworks_active",
                                "Frameworks that have executors here.", Type::kGauge};
constexpr Family kExecutors = {"mesos_agent_executors", "Executors by state.", Type::kGauge};
constexpr Family kExecutorsTerminated = {"mesos_agent_executors_terminated_total",
                                         "Executors that have ended.", Type::kCounter};
constexpr Family kTasks = {"mesos_agent_tasks", "Tasks that have not ended, by state.",
                           Type::kGauge};
constexpr Family kTasksEnded = {"mesos_agent_tasks_ended_total", "Tasks that ended, by state.",
                                Type::kCounter};
constexpr Family kTotal = {"mesos_agent_resources_capacity", "What the agent has, by resource.",
                           Type::kGauge};
constexpr Family kUsed = {"mesos_agent_resources_used",
                          "What executors and their tasks hold, by resource.", Type::kGauge};
constexpr Family kUpdates = {"mesos_agent_status_updates_total",
                             "Status updates of executors, by whether they were taken.",
                             Type::kCounter};
constexpr Family kUnproven = {
    "mesos_agent_unproven_executor_calls_total",
    "Calls that were refused since nothing showed that they came from the executor they name.",
    Type::kCounter};
constexpr Family kMessages = {
    "mesos_agent_framework_messages_total",
    "Messages of schedulers to executors, by whether they were passed on.", Type::kCounter};
constexpr Family kLaunchErrors = {"mesos_agent_container_launch_errors_total",
                                  "Containers that could not be started.", Type::kCounter};
constexpr Family kFetches = {"mesos_agent_fetches_total",
                             "Containers whose URIs were fetched, by how it went.", Type::kCounter};
constexpr Family kRemovals = {"mesos_agent_removals_pending",
                              "Directories that wait to be removed.", Type::kGauge};
constexpr Family kSandboxAge = {"mesos_agent_sandbox_max_age_seconds",
                                "How old a finished sandbox may become while the disk is as full "
                                "as it was when it was measured last.",
                                Type::kGauge};
constexpr Family kPruned = {"mesos_agent_directories_pruned_total",
                            "Directories that went before their time, for room on the disk.",
                            Type::kCounter};
constexpr Family kDiskUsage = {"mesos_agent_work_disk_used_ratio",
                               "The part of the work directory's disk that is used, from 0 to 1.",
                               Type::kGauge};
constexpr Family kDiskErrors = {"mesos_agent_work_disk_errors_total",
                                "Measurements of that disk that failed.", Type::kCounter};
constexpr Family kPendingUpdates = {"mesos_agent_status_updates_pending",
                                    "Status updates that no scheduler has acknowledged yet.",
                                    Type::kGauge};
constexpr Family kPendingUpdateBytes = {
    "mesos_agent_status_updates_pending_bytes",
    "What the status updates take that no scheduler has acknowledged yet.", Type::kGauge};
constexpr Family kUpdatesWithoutRoom = {
    "mesos_agent_status_updates_without_room_total",
    "Status updates that executors were told to send again later.", Type::kCounter};
constexpr Family kCheckpoints = {"mesos_agent_checkpoints_total", "Checkpoints, by how they went.",
                                 Type::kCounter};

// "TASK_RUNNING" is "running".
std::string StateName(v1::TaskState state) {
  return absl::AsciiStrToLower(absl::StripPrefix(v1::TaskState_Name(state), "TASK_"));
}

void AddTasks(const Snapshot& snapshot, MetricsPage& page) {
  std::map<v1::TaskState, uint64_t> live = {
      {v1::TASK_STAGING, 0}, {v1::TASK_STARTING, 0}, {v1::TASK_RUNNING, 0}, {v1::TASK_KILLING, 0}};
  for (const auto& [framework_id, framework] : snapshot.frameworks) {
    for (const auto& [executor_id, executor] : framework.executors) {
      for (const auto& [task_id, task] : executor.tasks) {
        if (!task.terminal()) ++live[task.state];
      }
    }
  }
  for (const auto& [state, count] : live) {
    const std::string name = StateName(state);
    page.Add(absl::StrCat("slave/tasks_", name), kTasks, {{"state", name}},
             static_cast<double>(count));
  }
  std::map<v1::TaskState, uint64_t> ended = snapshot.stats.terminal;
  for (const v1::TaskState state :
       {v1::TASK_FAILED, v1::TASK_FINISHED, v1::TASK_GONE, v1::TASK_KILLED, v1::TASK_LOST}) {
    ended[state];
  }
  for (const auto& [state, count] : ended) {
    const std::string name = StateName(state);
    page.Add(absl::StrCat("slave/tasks_", name), kTasksEnded, {{"state", name}},
             static_cast<double>(count));
  }
}

void AddExecutors(const Snapshot& snapshot, MetricsPage& page) {
  uint64_t registering = 0;
  uint64_t running = 0;
  uint64_t terminating = 0;
  for (const auto& [framework_id, framework] : snapshot.frameworks) {
    for (const auto& [executor_id, executor] : framework.executors) {
      switch (executor.phase) {
        case ExecutorPhase::kCheckpointing:
        case ExecutorPhase::kLaunching:
        case ExecutorPhase::kRegistering:
          ++registering;
          break;
        case ExecutorPhase::kRunning:
          ++running;
          break;
        case ExecutorPhase::kTerminating:
          ++terminating;
          break;
        case ExecutorPhase::kTerminated:
          break;
      }
    }
  }
  auto add = [&page](const char* state, uint64_t count) {
    page.Add(absl::StrCat("slave/executors_", state), kExecutors, {{"state", state}},
             static_cast<double>(count));
  };
  add("registering", registering);
  add("running", running);
  add("terminating", terminating);
  page.Add("slave/executors_terminated", kExecutorsTerminated, {},
           static_cast<double>(snapshot.stats.executors_terminated));
}

void AddResources(const Snapshot& snapshot, MetricsPage& page) {
  const ResourceSet total =
      ResourceSet::FromProto(snapshot.info->resources()).value_or(ResourceSet());
  ResourceSet used;
  for (const auto& [framework_id, framework] : snapshot.frameworks) {
    for (const auto& [executor_id, executor] : framework.executors) {
      if (executor.alive()) used += HeldBy(executor);
    }
  }
  auto add = [&](const std::string& name, const std::string& kind, const char* revocable,
                 const ResourceSet& all, const ResourceSet& held) {
    const double has = FromThousandths(all.Scalar(name));
    const double holds = FromThousandths(held.Scalar(name));
    const metrics::Labels labels = {{"resource", name}, {"revocable", revocable}};
    page.Add(absl::StrCat("slave/", name, kind, "_total"), kTotal, labels, has);
    page.Add(absl::StrCat("slave/", name, kind, "_used"), kUsed, labels, holds);
    page.AddMesos(absl::StrCat("slave/", name, kind, "_percent"), has > 0 ? holds / has : 0);
  };
  for (const char* name : {"cpus", "disk", "gpus", "mem"}) {
    add(name, "", "false", total.NonRevocable(), used.NonRevocable());
    add(name, "_revocable", "true", total.Revocable(), used.Revocable());
  }
}

}  // namespace

void AddAgentMetrics(const Snapshot& snapshot, absl::Time started, MetricsPage& page) {
  const AgentStats& stats = snapshot.stats;
  auto count = [](uint64_t value) { return static_cast<double>(value); };
  page.Add("slave/uptime_secs", kUptime, {}, absl::ToDoubleSeconds(snapshot.taken_at - started));
  page.Add("slave/registered", kRegistered, {}, stats.registered ? 1 : 0);
  page.Add("slave/frameworks_active", kFrameworks, {}, count(stats.frameworks));
  AddExecutors(snapshot, page);
  AddTasks(snapshot, page);
  AddResources(snapshot, page);
  page.Add("slave/valid_status_updates", kUpdates, {{"valid", "true"}},
           count(stats.valid_status_updates));
  page.Add("slave/invalid_status_updates", kUpdates, {{"valid", "false"}},
           count(stats.invalid_status_updates));
  page.Add("slave/valid_framework_messages", kMessages, {{"valid", "true"}},
           count(stats.valid_framework_messages));
  page.Add("slave/invalid_framework_messages", kMessages, {{"valid", "false"}},
           count(stats.invalid_framework_messages));
  page.Add("slave/container_launch_errors", kLaunchErrors, {},
           count(stats.container_launch_errors));
  page.Add("containerizer/fetcher/task_fetches_succeeded", kFetches, {{"result", "succeeded"}},
           count(stats.fetches_succeeded));
  page.Add("containerizer/fetcher/task_fetches_failed", kFetches, {{"result", "failed"}},
           count(stats.fetches_failed));
  page.Add("gc/path_removals_pending", kRemovals, {}, count(stats.scheduled_removals));
  page.AddPrometheus(kUnproven, {}, count(stats.unproven_executor_calls));
  page.Add("slave/executor_directory_max_allowed_age_secs", kSandboxAge, {},
           absl::ToDoubleSeconds(stats.allowed_sandbox_age));
  page.AddPrometheus(kPruned, {}, count(stats.pruned_removals));
  page.AddPrometheus(kDiskUsage, {}, stats.disk_usage);
  page.AddPrometheus(kDiskErrors, {}, count(stats.disk_measurements_failed));
  page.AddPrometheus(kPendingUpdates, {}, count(stats.pending_updates));
  page.AddPrometheus(kPendingUpdateBytes, {}, count(stats.pending_update_bytes));
  page.AddPrometheus(kUpdatesWithoutRoom, {}, count(stats.updates_without_room));
  page.AddPrometheus(kCheckpoints, {{"result", "written"}},
                     count(stats.checkpoints - stats.checkpoints_failed));
  page.AddPrometheus(kCheckpoints, {{"result", "failed"}}, count(stats.checkpoints_failed));
}

}  // namespace mesos::agent
