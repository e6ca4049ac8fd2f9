#include "agent/api/runtime_metrics.h"

#include "common/metrics/executor_metrics.h"

namespace mesos::agent {
namespace {

using metrics::Family;
using metrics::Type;

constexpr Family kRecoveryTime = {"mesos_agent_recovery_seconds",
                                  "How long it took to read the checkpoints.", Type::kGauge};
constexpr Family kRecoveryErrors = {"mesos_agent_recovery_errors",
                                    "Checkpoints that could not be read and were skipped.",
                                    Type::kGauge};
constexpr Family kDirectoryRemovals = {"mesos_agent_directory_removals_total",
                                       "Directories that were removed, by result.", Type::kCounter};
constexpr Family kStraysEnded = {"mesos_agent_stray_containers_ended",
                                 "Containers of former agents that were ended at the start.",
                                 Type::kGauge};
constexpr Family kLaunchersKilled = {"mesos_agent_launchers_killed_total",
                                     "Launchers that did not end their containers in time.",
                                     Type::kCounter};

}  // namespace

void AddRuntimeMetrics(const RuntimeFigures& figures, const AsioExecutor& core_executor,
                       const AsioExecutor& garbage_executor, metrics::MetricsPage& page) {
  page.Add("slave/recovery_time_secs", kRecoveryTime, {},
           absl::ToDoubleSeconds(figures.recovery_time));
  page.Add("slave/recovery_errors", kRecoveryErrors, {},
           static_cast<double>(figures.recovery_errors));
  page.Add("slave/stray_containers_ended", kStraysEnded, {},
           static_cast<double>(figures.strays_ended));
  page.Add("slave/launchers_killed", kLaunchersKilled, {},
           static_cast<double>(figures.launchers_killed));
  page.Add("gc/path_removals_succeeded", kDirectoryRemovals, {{"result", "removed"}},
           static_cast<double>(figures.removals_succeeded));
  page.Add("gc/path_removals_failed", kDirectoryRemovals, {{"result", "failed"}},
           static_cast<double>(figures.removals_failed));
  AddHandlerMetrics("agent", core_executor.Snapshot(), core_executor.queued(), page);
  AddHandlerMetrics("garbage", garbage_executor.Snapshot(), garbage_executor.queued(), page);
}

}  // namespace mesos::agent
