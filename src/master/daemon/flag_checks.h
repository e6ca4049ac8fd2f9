#pragma once

// Checks that the flags of the master share. InvalidArgument, saying what is wrong with the value.

#include <string>

#include "absl/status/status.h"

namespace mesos::master {

absl::Status CheckPositiveDuration(const std::string& value);
absl::Status CheckPositive(const std::string& value);
absl::Status CheckNotNegative(const std::string& value);

}  // namespace mesos::master
