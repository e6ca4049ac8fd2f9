#include "common/metrics/render.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <sstream>
#include <utility>
#include <vector>

#include "common/json/json_writer.h"
#include "prometheus/metric_family.h"
#include "prometheus/text_serializer.h"

namespace mesos::metrics {
namespace {

constexpr size_t kPieceBytes = 256 << 10;

// The end of a key, and its value. Most values are 0 or small whole numbers, and there may be tens
// of thousands of them.
void AppendNumber(double value, std::string& out) {
  if (value == 0) {
    out += "\":0.0";
    return;
  }
  out += "\":";
  if (std::trunc(value) == value && std::fabs(value) < 1e15) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof(digits), static_cast<int64_t>(value));
    out.append(digits, end.ptr);
    out += ".0";
    return;
  }
  json::JsonWriter(out).Double(std::isfinite(value) ? value : 0.0);
}

// `prefix` as the beginning of a JSON string, the opening quote included.
std::string OpenKey(const std::string& prefix) {
  std::string text;
  json::JsonWriter(text).String(prefix);
  text.pop_back();
  return text;
}

// How many bytes the UTF-8 sequence at the begin of `text` has; 0 where none is there.
size_t SequenceLength(absl::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const size_t length = first < 0x80                    ? 1
                        : first >= 0xc2 && first < 0xe0 ? 2
                        : first >= 0xe0 && first < 0xf0 ? 3
                        : first >= 0xf0 && first < 0xf5 ? 4
                                                        : 0;
  if (length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 0;
  }
  // Overlong forms, surrogates, and what is beyond Unicode.
  const unsigned char second = length > 1 ? static_cast<unsigned char>(text[1]) : 0;
  if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second >= 0xa0) ||
      (first == 0xf0 && second < 0x90) || (first == 0xf4 && second >= 0x90)) {
    return 0;
  }
  return length;
}

// A scraper drops a whole page for one byte that is not UTF-8.
std::string LabelValue(absl::string_view text) {
  std::string value;
  value.reserve(text.size());
  while (!text.empty()) {
    const size_t length = SequenceLength(text);
    if (length == 0) {
      value += '?';
    } else {
      value.append(text.data(), length);
    }
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return value;
}

std::vector<prometheus::ClientMetric::Label> ToLabels(const Labels& labels) {
  std::vector<prometheus::ClientMetric::Label> converted;
  converted.reserve(labels.size());
  for (const auto& [name, value] : labels) converted.push_back({name, LabelValue(value)});
  return converted;
}

prometheus::ClientMetric ToMetric(const MetricsPage::Sample& sample, Type type) {
  prometheus::ClientMetric metric;
  metric.label = ToLabels(sample.labels);
  switch (type) {
    case Type::kCounter:
      metric.counter.value = sample.value;
      break;
    case Type::kGauge:
      metric.gauge.value = sample.value;
      break;
  }
  return metric;
}

prometheus::ClientMetric ToMetric(const MetricsPage::HistogramSample& sample) {
  prometheus::ClientMetric metric;
  metric.label = ToLabels(sample.labels);
  metric.histogram.sample_count = sample.histogram.count;
  metric.histogram.sample_sum = sample.histogram.sum;
  for (const auto& [bound, count] : sample.histogram.buckets) {
    metric.histogram.bucket.push_back({count, bound});
  }
  metric.histogram.bucket.push_back(
      {sample.histogram.count, std::numeric_limits<double>::infinity()});
  return metric;
}

prometheus::MetricType ToType(Type type) {
  switch (type) {
    case Type::kCounter:
      return prometheus::MetricType::Counter;
    case Type::kGauge:
      return prometheus::MetricType::Gauge;
  }
  return prometheus::MetricType::Untyped;
}

}  // namespace

bool SnapshotWriter::Next(std::string& out) {
  if (ended_) return false;
  out.reserve(out.size() + std::min(kPieceBytes + kPieceBytes / 8, page_.mesos_count() * 100));
  if (next_group_ == 0) out += '{';
  const std::vector<MetricsPage::Group>& groups = page_.groups();
  const size_t end = out.size() + kPieceBytes;
  for (; next_group_ < groups.size() && out.size() < end; ++next_group_) {
    const MetricsPage::Group& group = groups[next_group_];
    const std::string key = OpenKey(group.prefix);
    for (size_t i = 0; i < group.values.size(); ++i) {
      if (started_) out += ',';
      started_ = true;
      out += key;
      const absl::string_view suffix = group.suffix(i);
      out.append(suffix.data(), suffix.size());
      AppendNumber(group.values[i], out);
    }
  }
  if (next_group_ == groups.size()) {
    out += '}';
    ended_ = true;
  }
  return true;
}

std::string PrometheusText(const MetricsPage& page) {
  std::vector<prometheus::MetricFamily> families;
  families.reserve(page.families().size());
  for (const auto& [name, samples] : page.families()) {
    prometheus::MetricFamily family;
    family.name = samples.family->name;
    family.help = samples.family->help;
    family.type = samples.histograms.empty() ? ToType(samples.family->type)
                                             : prometheus::MetricType::Histogram;
    family.metric.reserve(samples.samples.size() + samples.histograms.size());
    for (const auto& sample : samples.samples) {
      family.metric.push_back(ToMetric(sample, samples.family->type));
    }
    for (const auto& sample : samples.histograms) family.metric.push_back(ToMetric(sample));
    families.push_back(std::move(family));
  }
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, families);
  return text.str();
}

}  // namespace mesos::metrics
