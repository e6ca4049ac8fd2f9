#pragma once

// The figures of a master's process beside those of its core: the core's thread, and the runs of
// the allocator (timed_allocator.h).
//
//   metrics::Timings runs;
//   AddRuntimeMetrics(executor, runs, page);

#include "common/metrics/metrics_page.h"
#include "common/metrics/timings.h"
#include "common/runtime/asio_executor.h"

namespace mesos::master {

// Thread-safe.
void AddRuntimeMetrics(const AsioExecutor& core_executor, const metrics::Timings& allocator_runs,
                       metrics::MetricsPage& page);

}  // namespace mesos::master
