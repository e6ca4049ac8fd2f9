#pragma once

// Figures of the machine and of this process: load, memory, processors.
//
//   const SystemStats stats = ReadSystemStats();
//   AddSystemMetrics(stats, page);          // system/load_1min ...
//   AddProcessMetrics(page);                // process_resident_memory_bytes ..., as Prometheus'
//
// Thread-safe. What the system does not tell is 0.

#include <cstdint>

#include "common/metrics/metrics_page.h"

namespace mesos::metrics {

struct SystemStats {
  double load_1min = 0;
  double load_5min = 0;
  double load_15min = 0;
  int64_t cpus = 0;  // processors that are online
  uint64_t mem_total_bytes = 0;
  uint64_t mem_free_bytes = 0;  // not even used by caches
};

SystemStats ReadSystemStats();

void AddSystemMetrics(const SystemStats& stats, MetricsPage& page);

void AddProcessMetrics(MetricsPage& page);

}  // namespace mesos::metrics
