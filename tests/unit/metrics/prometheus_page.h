#pragma once

// Reads Prometheus' text form as strictly as its tools do: what scrapes cleanly has no faults here.
//
//   const PrometheusPage page(text);
//   EXPECT_THAT(page.faults(), IsEmpty());
//   page.Value("mesos_master_tasks{state=\"running\"}");

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace mesos::metrics {

class PrometheusPage {
 public:
  explicit PrometheusPage(absl::string_view text);

  // One sentence each, with the line.
  const std::vector<std::string>& faults() const { return faults_; }

  // Of a series as it is written, labels in their order; nullopt where there is none.
  std::optional<double> Value(const std::string& series) const;

  const std::map<std::string, double>& series() const { return series_; }
  const std::map<std::string, std::string>& types() const { return types_; }

 private:
  // Of one histogram series: its bounds and cumulative counts, its sum and count.
  struct HistogramParts {
    std::vector<std::pair<double, double>> buckets;
    std::optional<double> count;
    bool has_sum = false;
  };

  void ReadComment(const std::string& line);
  void ReadSample(const std::string& line);
  void ReadHistogramPart(const std::string& line, const std::string& name,
                         const std::vector<std::pair<std::string, std::string>>& labels,
                         double value);
  void CheckHistograms();
  void Fault(const std::string& line, const std::string& what);
  // The family that a sample's name belongs to; empty where its type was not told before.
  std::string FamilyOf(const std::string& name) const;

  std::vector<std::string> faults_;
  std::map<std::string, double> series_;
  std::map<std::string, std::string> types_;
  std::set<std::string> helps_;
  std::map<std::string, HistogramParts> histograms_;  // by family and labels without `le`
  std::string family_;                                // of the last sample
  std::set<std::string> ended_families_;
};

}  // namespace mesos::metrics
