#pragma once

// The figures of a master's process beside those of its core: the core's thread, the runs of the
// allocator (timed_allocator.h), and the registry.
//
//   RuntimeFigures figures;
//   AddRuntimeMetrics(executor, figures, page);

#include <atomic>
#include <cstddef>

#include "common/metrics/metrics_page.h"
#include "common/metrics/timings.h"
#include "common/runtime/asio_executor.h"

namespace mesos::master {

struct RuntimeFigures {
  metrics::Timings allocator_runs;
  metrics::Timings allocator_latencies;
  metrics::Timings registry_recoveries;
  metrics::Timings registry_writes;
  std::atomic<size_t> registry_queue = 0;  // writes that wait for one under way
  std::atomic<size_t> registry_bytes = 0;
};

// Thread-safe.
void AddRuntimeMetrics(const AsioExecutor& core_executor, const RuntimeFigures& figures,
                       metrics::MetricsPage& page);

}  // namespace mesos::master
