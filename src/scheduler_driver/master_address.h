#pragma once

// The forms of a master's address that a driver takes.
//
//   ParseMasterAddress("10.0.0.1:5050");     // also a name, and [::1]:5050
//   ParseMasterAddress("zk://...");          // Unimplemented: what this version lacks, and what to
//   say instead
//
// A pure function, thread-safe.

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mesos::scheduler_driver {

// "host:port", as a dial takes it. InvalidArgument and Unimplemented name the text.
absl::StatusOr<std::string> ParseMasterAddress(absl::string_view text);

}  // namespace mesos::scheduler_driver
