#pragma once

// The figures of a master under Mesos' names and for Prometheus.
//
//   AddMasterMetrics(uptime, &figures, {.per_framework = true}, page);
//
// What the names of Mesos mean is as in Mesos' documentation of its metrics; which of them this
// master does not have, and why, stands in tests/unit/metrics/left_out.txt. Thread-safe; costs time
// proportional to frameworks and roles.

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "common/metrics/metrics_page.h"
#include "master/core/views/figures.h"

namespace mesos::master {

struct MasterMetricsOptions {
  bool per_framework = true;  // --publish_per_framework_metrics
  // How many frameworks, and how many roles, get series of their own in Prometheus' form; the first
  // by id and by name. Mesos' form has all.
  size_t max_series = 1'000;
};

// `figures` is null where this master does not lead: it has none then but its uptime.
void AddMasterMetrics(absl::Duration uptime, const MasterFigures* figures,
                      const MasterMetricsOptions& options, metrics::MetricsPage& page);

// As a part of one of Mesos' names: whatever could be taken for its structure is percent-encoded.
std::string MetricNamePart(absl::string_view text);

}  // namespace mesos::master
