#pragma once

// The figures of an agent's process beside those of its core: its threads, its recovery, and the
// directories that it removes.
//
//   RuntimeFigures figures = {.recovery_time = ...};
//   AddRuntimeMetrics(figures, executor, garbage, page);

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"
#include "common/metrics/metrics_page.h"
#include "common/runtime/asio_executor.h"

namespace mesos::agent {

struct RuntimeFigures {
  // Written before the first reader.
  absl::Duration recovery_time;
  uint64_t recovery_errors = 0;  // what could not be read and was skipped
  uint64_t strays_ended = 0;     // containers of former agents that were not taken up

  std::atomic<uint64_t> launchers_killed{0};  // that did not end their containers in time

  std::atomic<uint64_t> removals_succeeded{0};
  std::atomic<uint64_t> removals_failed{0};
};

// Thread-safe.
void AddRuntimeMetrics(const RuntimeFigures& figures, const AsioExecutor& core_executor,
                       const AsioExecutor& garbage_executor, metrics::MetricsPage& page);

}  // namespace mesos::agent
