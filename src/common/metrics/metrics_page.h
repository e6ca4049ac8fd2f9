#pragma once

// The figures of one daemon at one moment, each under Mesos' name and as a typed, labelled
// Prometheus metric; what contributors fill and renderers (render.h) read.
//
//   constexpr Family kTasks = {"mesos_master_tasks", "Tasks that stand now.", Type::kGauge};
//   page.Add("master/tasks_running", kTasks, {{"state", "running"}}, 3);     // both forms
//   page.AddMesos("master/cpus_percent", 0.5);                               // only Mesos' form
//   page.AddPrometheus(kCalls, {{"framework_id", id}}, 7);                   // only Prometheus'
//
// Names of families follow Prometheus' rules: base units, counters end in "_total". A page is plain
// data, filled by one thread. What of it comes from a wire (names of frameworks and roles) is
// bounded by who adds it.

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace mesos::metrics {

enum class Type { kCounter, kGauge };

// A count as a figure.
inline double Number(uint64_t count) { return static_cast<double>(count); }

// Of static storage: pages point to it.
struct Family {
  const char* name;
  const char* help;
  Type type;
};

using Labels = std::vector<std::pair<std::string, std::string>>;

// A distribution, cumulative as Prometheus counts it.
struct Histogram {
  uint64_t count = 0;
  double sum = 0;
  // Upper bound, how many are at most that; ascending, without the last one (+Inf).
  std::vector<std::pair<double, uint64_t>> buckets;
};

// What a page is for; what is added of the other form is dropped.
enum class Form { kMesos, kPrometheus, kBoth };

class MetricsPage {
 public:
  explicit MetricsPage(Form form = Form::kBoth) : form_(form) {}

  // Whether figures of this form are kept: who adds thousands may spare the work.
  bool Wants(Form form) const { return form_ == Form::kBoth || form_ == form; }

  void Add(std::string mesos_name, const Family& family, Labels labels, double value);

  void AddMesos(std::string name, double value);

  // Names that share a prefix and come in thousands: `prefix` + suffixes[i] has values[i].
  // `suffixes` are of static storage.
  void AddMesos(std::string prefix, absl::Span<const absl::string_view> suffixes,
                std::vector<double> values);

  void AddPrometheus(const Family& family, Labels labels, double value);
  // `family.type` does not count.
  void AddPrometheus(const Family& family, Labels labels, Histogram histogram);

  // ---- For renderers

  struct Group {
    std::string prefix;  // the whole name where there are no suffixes, and then there is one value
    absl::Span<const absl::string_view> suffixes;
    std::vector<double> values;

    absl::string_view suffix(size_t i) const {
      return suffixes.empty() ? absl::string_view() : suffixes[i];
    }
  };
  // In the order in which they were added.
  const std::vector<Group>& groups() const { return groups_; }

  // Of all groups together.
  size_t mesos_count() const { return mesos_count_; }

  struct Sample {
    Labels labels;
    double value = 0;
  };
  struct HistogramSample {
    Labels labels;
    Histogram histogram;
  };
  struct FamilySamples {
    const Family* family = nullptr;
    std::vector<Sample> samples;
    std::vector<HistogramSample> histograms;
  };
  // By name of family.
  const std::map<absl::string_view, FamilySamples>& families() const { return families_; }

 private:
  Form form_;
  std::vector<Group> groups_;
  size_t mesos_count_ = 0;
  std::map<absl::string_view, FamilySamples> families_;
};

}  // namespace mesos::metrics
