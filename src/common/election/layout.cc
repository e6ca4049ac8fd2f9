#include "common/election/layout.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace mesos::election {
namespace {

// ZooKeeper's counter has ten digits, and a sign once it overflows.
std::optional<int64_t> SequenceOf(absl::string_view name) {
  int64_t sequence = 0;
  if (!absl::ConsumePrefix(&name, kCandidatePrefix) &&
      !absl::ConsumePrefix(&name, kOldCandidatePrefix)) {
    return std::nullopt;
  }
  if (name.size() < 10 || !absl::SimpleAtoi(name, &sequence)) return std::nullopt;
  return sequence;
}

}  // namespace

std::optional<std::string> LowestCandidate(const std::vector<std::string>& names) {
  std::optional<std::string> lowest;
  int64_t lowest_sequence = 0;
  for (const std::string& name : names) {
    const std::optional<int64_t> sequence = SequenceOf(name);
    if (!sequence || (lowest && *sequence >= lowest_sequence)) continue;
    lowest = name;
    lowest_sequence = *sequence;
  }
  return lowest;
}

std::string ChildPath(absl::string_view parent, absl::string_view name) {
  return absl::StrCat(parent == "/" ? "" : parent, "/", name);
}

std::vector<std::string> PathAndParents(absl::string_view path) {
  std::vector<std::string> paths;
  for (size_t slash = path.find('/', 1); slash != absl::string_view::npos;
       slash = path.find('/', slash + 1)) {
    paths.emplace_back(path.substr(0, slash));
  }
  if (path != "/") paths.emplace_back(path);
  return paths;
}

}  // namespace mesos::election
