#include "master/api/runtime_metrics.h"

#include "common/metrics/executor_metrics.h"

namespace mesos::master {
namespace {

constexpr metrics::Family kAllocationRuns = {
    "mesos_allocator_run_seconds", "How long a run of the allocator took.", metrics::Type::kGauge};

constexpr metrics::Family kAllocationLatencies = {
    "mesos_allocator_run_latency_seconds",
    "How long what changed waited for a run of the allocator.", metrics::Type::kGauge};

constexpr metrics::Family kRegistryRecoveries = {"mesos_registry_recovery_seconds",
                                                 "How long taking the registry over took.",
                                                 metrics::Type::kGauge};
constexpr metrics::Family kRegistryWrites = {"mesos_registry_write_seconds",
                                             "How long a write to the registry took.",
                                             metrics::Type::kGauge};
constexpr metrics::Family kRegistryQueue = {
    "mesos_registry_queue", "Changes that wait for a write to the registry that is under way.",
    metrics::Type::kGauge};
constexpr metrics::Family kRegistryBytes = {"mesos_registry_bytes",
                                            "What the registry's entries take, without the store.",
                                            metrics::Type::kGauge};

}  // namespace

void AddRuntimeMetrics(const AsioExecutor& core_executor, const RuntimeFigures& figures,
                       metrics::MetricsPage& page) {
  const size_t queued = core_executor.queued();
  page.AddMesos("master/event_queue_dispatches", static_cast<double>(queued));
  AddHandlerMetrics("master", core_executor.Snapshot(), queued, page);
  AddTimings("allocator/mesos/allocation_run", figures.allocator_runs.Read(), kAllocationRuns, {},
             page);
  AddTimings("allocator/mesos/allocation_run_latency", figures.allocator_latencies.Read(),
             kAllocationLatencies, {}, page);
  AddTimings("registrar/state_fetch", figures.registry_recoveries.Read(), kRegistryRecoveries, {},
             page);
  AddTimings("registrar/state_store", figures.registry_writes.Read(), kRegistryWrites, {}, page);
  page.Add("registrar/queued_operations", kRegistryQueue, {},
           static_cast<double>(figures.registry_queue));
  page.Add("registrar/registry_size_bytes", kRegistryBytes, {},
           static_cast<double>(figures.registry_bytes));
}

}  // namespace mesos::master
