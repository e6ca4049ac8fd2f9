#include "tests/unit/metrics/prometheus_page.h"

#include <algorithm>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace mesos::metrics {
namespace {

using LabelList = std::vector<std::pair<std::string, std::string>>;

bool IsName(const std::string& text) {
  return !text.empty() && !absl::ascii_isdigit(text[0]) &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '_' || c == ':';
         });
}

// Takes `{a="b",c="d"}` off the front of `text`; false where it is malformed.
bool TakeLabels(absl::string_view& text, LabelList& labels) {
  if (!absl::ConsumePrefix(&text, "{")) return true;
  std::set<std::string> names;
  while (!absl::ConsumePrefix(&text, "}")) {
    const size_t equals = text.find("=\"");
    if (equals == absl::string_view::npos) return false;
    const std::string name(text.substr(0, equals));
    if (!IsName(name) || !names.insert(name).second) return false;
    text.remove_prefix(equals + 2);
    std::string value;
    while (!text.empty() && text[0] != '"') {
      if (text[0] == '\n') return false;
      if (text[0] == '\\') {
        text.remove_prefix(1);
        if (text.empty() || (text[0] != '\\' && text[0] != '"' && text[0] != 'n')) return false;
      }
      value += text[0];
      text.remove_prefix(1);
    }
    if (!absl::ConsumePrefix(&text, "\"")) return false;
    labels.emplace_back(name, value);
    if (!absl::ConsumePrefix(&text, ",") && !absl::StartsWith(text, "}")) return false;
  }
  return true;
}

bool ReadNumber(const std::string& text, double* value) {
  if (text == "+Inf") *value = std::numeric_limits<double>::infinity();
  if (text == "+Inf") return true;
  return absl::SimpleAtod(text, value);
}

}  // namespace

PrometheusPage::PrometheusPage(absl::string_view text) {
  if (!text.empty() && !absl::EndsWith(text, "\n")) Fault("", "the last line does not end");
  const std::vector<std::string> lines = absl::StrSplit(text, '\n');
  for (const std::string& line : lines) {
    if (line.empty()) continue;
    if (line[0] == '#') {
      ReadComment(line);
    } else {
      ReadSample(line);
    }
  }
  CheckHistograms();
}

std::optional<double> PrometheusPage::Value(const std::string& series) const {
  auto it = series_.find(series);
  if (it == series_.end()) return std::nullopt;
  return it->second;
}

void PrometheusPage::Fault(const std::string& line, const std::string& what) {
  faults_.push_back(absl::StrCat(what, ": ", line));
}

void PrometheusPage::ReadComment(const std::string& line) {
  const std::vector<std::string> words = absl::StrSplit(line, absl::MaxSplits(' ', 3));
  if (words.size() < 3) return Fault(line, "a comment that says nothing");
  const std::string& name = words[2];
  if (!IsName(name)) Fault(line, "not a name");
  if (words[1] == "HELP") {
    if (words.size() < 4 || words[3].empty()) Fault(line, "no help");
    if (!helps_.insert(name).second) Fault(line, "help given twice");
  } else if (words[1] == "TYPE") {
    static const std::set<std::string> kTypes = {"counter", "gauge", "histogram"};
    if (words.size() < 4 || kTypes.count(words[3]) == 0) return Fault(line, "not a type of ours");
    if (!types_.emplace(name, words[3]).second) Fault(line, "type given twice");
    const bool total = absl::EndsWith(name, "_total");
    if (total != (words[3] == "counter")) Fault(line, "counters, and they alone, end in _total");
  } else {
    Fault(line, "neither HELP nor TYPE");
  }
}

std::string PrometheusPage::FamilyOf(const std::string& name) const {
  if (types_.count(name) > 0 && types_.at(name) != "histogram") return name;
  for (const char* suffix : {"_bucket", "_sum", "_count"}) {
    if (!absl::EndsWith(name, suffix)) continue;
    const std::string family(absl::StripSuffix(name, suffix));
    if (types_.count(family) > 0 && types_.at(family) == "histogram") return family;
  }
  return "";
}

void PrometheusPage::ReadSample(const std::string& line) {
  const size_t name_end = line.find_first_of("{ ");
  if (name_end == std::string::npos) return Fault(line, "no value");
  const std::string name = line.substr(0, name_end);
  absl::string_view rest = absl::string_view(line).substr(name_end);
  LabelList labels;
  if (!IsName(name) || !TakeLabels(rest, labels)) return Fault(line, "malformed");
  const std::string series = line.substr(0, line.size() - rest.size());
  double value = 0;
  if (!absl::ConsumePrefix(&rest, " ") || !ReadNumber(std::string(rest), &value)) {
    return Fault(line, "not a value");
  }
  const std::string family = FamilyOf(name);
  if (family.empty() || helps_.count(family) == 0) Fault(line, "no TYPE and HELP before it");
  if (family != family_) {
    if (ended_families_.count(family) > 0) Fault(line, "its family is not in one piece");
    ended_families_.insert(family_);
    family_ = family;
  }
  if (!series_.emplace(series, value).second) Fault(line, "there twice");
  if (types_.count(family) > 0 && types_.at(family) == "counter" && value < 0) {
    Fault(line, "a counter below 0");
  }
  if (family != name) ReadHistogramPart(line, name, labels, value);
}

void PrometheusPage::ReadHistogramPart(const std::string& line, const std::string& name,
                                       const LabelList& labels, double value) {
  std::string key = FamilyOf(name);
  std::optional<double> bound;
  for (const auto& [label, text] : labels) {
    double number = 0;
    if (label == "le" && ReadNumber(text, &number)) bound = number;
    if (label != "le") absl::StrAppend(&key, ",", label, "=", text);
  }
  HistogramParts& parts = histograms_[key];
  if (absl::EndsWith(name, "_bucket")) {
    if (!bound) return Fault(line, "a bucket without bound");
    parts.buckets.emplace_back(*bound, value);
  } else if (absl::EndsWith(name, "_count")) {
    parts.count = value;
  } else {
    parts.has_sum = true;
  }
}

void PrometheusPage::CheckHistograms() {
  for (const auto& [key, parts] : histograms_) {
    if (!parts.has_sum || !parts.count || parts.buckets.empty()) {
      Fault(key, "a histogram without sum, count or buckets");
      continue;
    }
    for (size_t i = 1; i < parts.buckets.size(); ++i) {
      if (parts.buckets[i].first <= parts.buckets[i - 1].first ||
          parts.buckets[i].second < parts.buckets[i - 1].second) {
        Fault(key, "buckets that do not ascend");
      }
    }
    if (parts.buckets.back().first != std::numeric_limits<double>::infinity() ||
        parts.buckets.back().second != *parts.count) {
      Fault(key, "the bucket +Inf is not the count");
    }
  }
}

}  // namespace mesos::metrics
