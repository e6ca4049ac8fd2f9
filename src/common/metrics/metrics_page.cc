#include "common/metrics/metrics_page.h"

#include "glog/logging.h"

namespace mesos::metrics {

void MetricsPage::Add(std::string mesos_name, const Family& family, Labels labels, double value) {
  AddMesos(std::move(mesos_name), value);
  AddPrometheus(family, std::move(labels), value);
}

void MetricsPage::AddMesos(std::string name, double value) {
  if (!Wants(Form::kMesos)) return;
  groups_.push_back({std::move(name), {}, {value}});
  ++mesos_count_;
}

void MetricsPage::AddMesos(std::string prefix, absl::Span<const absl::string_view> suffixes,
                           std::vector<double> values) {
  CHECK_EQ(suffixes.size(), values.size()) << prefix;
  if (!Wants(Form::kMesos)) return;
  mesos_count_ += values.size();
  groups_.push_back({std::move(prefix), suffixes, std::move(values)});
}

void MetricsPage::AddPrometheus(const Family& family, Labels labels, double value) {
  if (!Wants(Form::kPrometheus)) return;
  FamilySamples& samples = families_[family.name];
  samples.family = &family;
  samples.samples.push_back({std::move(labels), value});
}

void MetricsPage::AddPrometheus(const Family& family, Labels labels, Histogram histogram) {
  if (!Wants(Form::kPrometheus)) return;
  FamilySamples& samples = families_[family.name];
  samples.family = &family;
  samples.histograms.push_back({std::move(labels), std::move(histogram)});
}

}  // namespace mesos::metrics
