#pragma once

// How long something takes each time: what Mesos' timers tell, and a Prometheus histogram.
//
//   Timings runs;
//   runs.Record(absl::Milliseconds(3));
//   AddTimings("allocator/mesos/allocation_run", runs.Read(), kAllocationRuns, {}, page);
//
// Mesos' form has the last value and, of the last kWindow, count, least, greatest and percentiles;
// the histogram counts all. Thread-safe.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/base/mutex.h"
#include "common/metrics/metrics_page.h"

namespace mesos::metrics {

class Timings {
 public:
  // As many as Mesos keeps.
  static constexpr size_t kWindow = 1'000;
  // Upper bounds of the histogram, in seconds.
  static constexpr std::array<double, 12> kBounds = {0.00001, 0.00003, 0.0001, 0.0003, 0.001, 0.003,
                                                     0.01,    0.03,    0.1,    0.3,    1,     10};

  struct Reading {
    std::vector<double> window;  // milliseconds, in the order in which they came
    Histogram histogram;         // seconds
  };

  void Record(absl::Duration duration);
  Reading Read() const;

 private:
  mutable Mutex mutex_;
  // A ring once it is full; `next_` is then its oldest.
  std::vector<double> window_ ABSL_GUARDED_BY(mutex_);
  size_t next_ ABSL_GUARDED_BY(mutex_) = 0;
  std::array<uint64_t, kBounds.size()> buckets_ ABSL_GUARDED_BY(mutex_) = {};  // not cumulative
  uint64_t count_ ABSL_GUARDED_BY(mutex_) = 0;
  double sum_ ABSL_GUARDED_BY(mutex_) = 0;
};

// `name`_ms, and with something recorded `name`_ms/count, /max, /min, /p50 ... /p9999.
void AddTimings(const std::string& name, const Timings::Reading& reading, const Family& family,
                Labels labels, MetricsPage& page);

}  // namespace mesos::metrics
