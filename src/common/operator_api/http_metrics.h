#pragma once

// The figures of a daemon's HTTP server, for Prometheus.
//
//   AddHttpMetrics(server.Stats(), page);

#include <cstdint>

#include "common/metrics/metrics_page.h"
#include "common/net/http_server.h"

namespace mesos {

void AddHttpMetrics(const net::HttpServerStats& stats, metrics::MetricsPage& page);

// Of the streams over gRPC: how many were closed since their peer did not read.
void AddGrpcMetrics(uint64_t stalled_streams, metrics::MetricsPage& page);

}  // namespace mesos
