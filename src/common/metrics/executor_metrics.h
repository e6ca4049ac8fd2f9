#pragma once

// The work of an executor, by the name under which it was posted: how often it ran, how long it
// waited and how long it took.
//
//   AddHandlerMetrics("master", executor.Snapshot(), executor.queued(), page);
//
// Thread-safe. Names are literals of the program, so there are few.

#include <vector>

#include "common/metrics/metrics_page.h"
#include "common/runtime/asio_executor.h"

namespace mesos::metrics {

// `thread` labels what belongs to this executor.
void AddHandlerMetrics(const std::string& thread, const std::vector<HandlerStats>& handlers,
                       size_t queued, MetricsPage& page);

}  // namespace mesos::metrics
