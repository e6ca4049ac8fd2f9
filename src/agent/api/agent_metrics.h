#pragma once

// The agent's figures under Mesos' names, and for Prometheus.
//
//   AddAgentMetrics(*snapshot, started, page);
//
// Pure; any thread but the core's.

#include "absl/time/time.h"
#include "agent/core/snapshot.h"
#include "common/metrics/metrics_page.h"

namespace mesos::agent {

void AddAgentMetrics(const Snapshot& snapshot, absl::Time started, metrics::MetricsPage& page);

}  // namespace mesos::agent
