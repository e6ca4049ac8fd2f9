#include "master/daemon/flag_checks.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/flags/flags.h"

namespace mesos::master {

absl::Status CheckPositiveDuration(const std::string& value) {
  RETURN_IF_ERROR(flags::CheckDuration(value));
  if (flags::DurationFlag(value) > absl::ZeroDuration()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("'", value, "' is not longer than nothing"));
}

absl::Status CheckPositive(const std::string& value) {
  int number = 0;
  if (absl::SimpleAtoi(value, &number) && number > 0) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("'", value, "' is not 1 or more"));
}

absl::Status CheckNotNegative(const std::string& value) {
  int number = 0;
  if (absl::SimpleAtoi(value, &number) && number >= 0) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("'", value, "' is not 0 or more"));
}

}  // namespace mesos::master
