#include "common/flags/duration.h"

#include <cmath>
#include <cstdint>
#include <limits>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace mesos::flags {
namespace {

struct Unit {
  const char* name;
  double nanoseconds;
};

constexpr Unit kUnits[] = {
    {"weeks", 7 * 86400e9}, {"days", 86400e9}, {"hrs", 3600e9}, {"mins", 60e9},
    {"secs", 1e9},          {"ms", 1e6},       {"us", 1e3},     {"ns", 1}};

}  // namespace

absl::StatusOr<absl::Duration> ParseDuration(absl::string_view text) {
  const size_t split = text.find_first_not_of("0123456789.");
  const absl::string_view number = text.substr(0, split);
  const absl::string_view suffix =
      split == absl::string_view::npos ? absl::string_view() : text.substr(split);
  double value = 0;
  for (const Unit& unit : kUnits) {
    if (suffix != unit.name || !absl::SimpleAtod(number, &value)) continue;
    const double nanoseconds = value * unit.nanoseconds;
    if (!(nanoseconds < static_cast<double>(std::numeric_limits<int64_t>::max()))) {
      return absl::InvalidArgumentError(
          absl::StrCat("'", text, "' is too long for a duration; the limit is 292 years"));
    }
    return absl::Nanoseconds(std::llround(nanoseconds));
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "'", text, "' is not a duration; write a number that is not negative and a unit ",
      "(ns, us, ms, secs, mins, hrs, days, weeks), such as '5secs'"));
}

std::string DurationText(absl::Duration duration) {
  const double nanoseconds = absl::ToDoubleNanoseconds(duration);
  for (const Unit& unit : kUnits) {
    if (nanoseconds >= unit.nanoseconds) {
      return absl::StrCat(nanoseconds / unit.nanoseconds, unit.name);
    }
  }
  return "0ns";
}

}  // namespace mesos::flags
