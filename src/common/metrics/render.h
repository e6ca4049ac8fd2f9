#pragma once

// A page of metrics as text.
//
//   SnapshotWriter writer(std::move(page));
//   while (writer.Next(out)) Send(std::exchange(out, {}));   // {"master/uptime_secs": 3.5, ...}
//   PrometheusText(page);                                    // for Content-Type kPrometheusType
//
// Every value is a finite number in JSON: one that is not (0/0) is written as 0.0, as a reader of
// Mesos' snapshot cannot take it. A SnapshotWriter is used by one thread; PrometheusText by any.

#include <cstddef>
#include <string>

#include "common/metrics/metrics_page.h"

namespace mesos::metrics {

inline constexpr char kPrometheusType[] = "text/plain; version=0.0.4; charset=utf-8";

// The body of /metrics/snapshot, in pieces: one JSON object.
class SnapshotWriter {
 public:
  explicit SnapshotWriter(MetricsPage page) : page_(std::move(page)) {}

  // Appends the next piece, some 256 KiB; false once there is no more.
  bool Next(std::string& out);

 private:
  const MetricsPage page_;
  size_t next_group_ = 0;
  bool started_ = false;  // something stands in the object
  bool ended_ = false;
};

std::string PrometheusText(const MetricsPage& page);

}  // namespace mesos::metrics
