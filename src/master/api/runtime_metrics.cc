#include "master/api/runtime_metrics.h"

#include "common/metrics/executor_metrics.h"

namespace mesos::master {
namespace {

constexpr metrics::Family kAllocationRuns = {
    "mesos_allocator_run_seconds", "How long a run of the allocator took.", metrics::Type::kGauge};

}  // namespace

void AddRuntimeMetrics(const AsioExecutor& core_executor, const metrics::Timings& allocator_runs,
                       metrics::MetricsPage& page) {
  const size_t queued = core_executor.queued();
  page.AddMesos("master/event_queue_dispatches", static_cast<double>(queued));
  AddHandlerMetrics("master", core_executor.Snapshot(), queued, page);
  AddTimings("allocator/mesos/allocation_run", allocator_runs.Read(), kAllocationRuns, {}, page);
}

}  // namespace mesos::master
