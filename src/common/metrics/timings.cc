#include "common/metrics/timings.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos::metrics {
namespace {

struct Percentile {
  const char* name;
  double part;
};
constexpr Percentile kPercentiles[] = {{"/p50", 0.5},  {"/p90", 0.9},    {"/p95", 0.95},
                                       {"/p99", 0.99}, {"/p999", 0.999}, {"/p9999", 0.9999}};

// Between the two neighbours, as Mesos interpolates.
double At(const std::vector<double>& sorted, double part) {
  const double place = part * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(place);
  if (below + 1 >= sorted.size()) return sorted.back();
  return sorted[below] + (place - std::floor(place)) * (sorted[below + 1] - sorted[below]);
}

}  // namespace

void Timings::Record(absl::Duration duration) {
  const double seconds = absl::ToDoubleSeconds(duration);
  const auto bucket = std::lower_bound(kBounds.begin(), kBounds.end(), seconds);
  MutexLock lock(mutex_);
  if (window_.size() < kWindow) {
    window_.push_back(seconds * 1000);
  } else {
    window_[next_] = seconds * 1000;
    next_ = (next_ + 1) % kWindow;
  }
  if (bucket != kBounds.end()) ++buckets_[static_cast<size_t>(bucket - kBounds.begin())];
  ++count_;
  sum_ += seconds;
}

Timings::Reading Timings::Read() const {
  Reading reading;
  MutexLock lock(mutex_);
  reading.window = window_;
  std::rotate(reading.window.begin(), reading.window.begin() + static_cast<ptrdiff_t>(next_),
              reading.window.end());
  reading.histogram.count = count_;
  reading.histogram.sum = sum_;
  uint64_t cumulative = 0;
  for (size_t i = 0; i < kBounds.size(); ++i) {
    cumulative += buckets_[i];
    reading.histogram.buckets.emplace_back(kBounds[i], cumulative);
  }
  return reading;
}

void AddTimings(const std::string& name, const Timings::Reading& reading, const Family& family,
                Labels labels, MetricsPage& page) {
  page.AddPrometheus(family, std::move(labels), reading.histogram);
  if (reading.window.empty()) return;
  const std::string prefix = absl::StrCat(name, "_ms");
  page.AddMesos(prefix, reading.window.back());
  std::vector<double> sorted = reading.window;
  std::sort(sorted.begin(), sorted.end());
  page.AddMesos(prefix + "/count", static_cast<double>(sorted.size()));
  page.AddMesos(prefix + "/max", sorted.back());
  page.AddMesos(prefix + "/min", sorted.front());
  for (const Percentile& percentile : kPercentiles) {
    page.AddMesos(prefix + percentile.name, At(sorted, percentile.part));
  }
}

}  // namespace mesos::metrics
