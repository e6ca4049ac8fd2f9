#pragma once

// The figures of a daemon's HTTP server, for Prometheus.
//
//   AddHttpMetrics(server.Stats(), page);

#include "common/metrics/metrics_page.h"
#include "common/net/http_server.h"

namespace mesos {

void AddHttpMetrics(const net::HttpServerStats& stats, metrics::MetricsPage& page);

}  // namespace mesos
