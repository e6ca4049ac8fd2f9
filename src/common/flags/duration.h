#pragma once

// Durations as Mesos' flags write them: a number and a unit.
//
//   ParseDuration("5secs");   // also ns, us, ms, mins, hrs, days, weeks; fractions such as
//   "1.5mins" DurationText(absl::Seconds(90));   // "1.5mins"
//
// Pure functions, thread-safe. A bad text is InvalidArgument that names it and the units.

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mesos::flags {

// Never negative; at most some 292 years, what 64 bits of nanoseconds hold.
absl::StatusOr<absl::Duration> ParseDuration(absl::string_view text);

// The largest unit in which the number is at least 1. ParseDuration reads it back.
std::string DurationText(absl::Duration duration);

}  // namespace mesos::flags
