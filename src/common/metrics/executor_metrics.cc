#include "common/metrics/executor_metrics.h"

namespace mesos::metrics {
namespace {

constexpr Family kQueueTime = {"mesos_handler_queue_seconds",
                               "How long work waited for its thread, by its name.", Type::kGauge};
constexpr Family kRunTime = {"mesos_handler_run_seconds", "How long work took, by its name.",
                             Type::kGauge};
constexpr Family kQueueMax = {"mesos_handler_queue_max_seconds",
                              "The longest that work waited for its thread.", Type::kGauge};
constexpr Family kRunMax = {"mesos_handler_run_max_seconds", "The longest that work took.",
                            Type::kGauge};
constexpr Family kQueued = {"mesos_handlers_queued", "Work that waits for the thread.",
                            Type::kGauge};

Histogram ToHistogram(const HandlerStats& stats, const HandlerStats::Counts& counts,
                      absl::Duration total) {
  Histogram histogram;
  histogram.count = stats.count;
  histogram.sum = absl::ToDoubleSeconds(total);
  uint64_t cumulative = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    cumulative += counts[i];
    histogram.buckets.emplace_back(static_cast<double>(HandlerStats::kBounds[i]) / 1e9, cumulative);
  }
  return histogram;
}

}  // namespace

void AddHandlerMetrics(const std::string& thread, const std::vector<HandlerStats>& handlers,
                       size_t queued, MetricsPage& page) {
  page.AddPrometheus(kQueued, {{"thread", thread}}, static_cast<double>(queued));
  for (const HandlerStats& stats : handlers) {
    const Labels labels = {{"thread", thread}, {"handler", stats.name}};
    page.AddPrometheus(kQueueTime, labels,
                       ToHistogram(stats, stats.queue_counts, stats.queue_total));
    page.AddPrometheus(kRunTime, labels, ToHistogram(stats, stats.run_counts, stats.run_total));
    page.AddPrometheus(kQueueMax, labels, absl::ToDoubleSeconds(stats.queue_max));
    page.AddPrometheus(kRunMax, labels, absl::ToDoubleSeconds(stats.run_max));
  }
}

}  // namespace mesos::metrics
