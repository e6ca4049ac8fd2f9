#pragma once

// How many files and connections the process may have open.
//
//   RETURN_IF_ERROR(RaiseDescriptorLimit());   // first in main

#include <cstdint>

#include "absl/status/statusor.h"

namespace mesos {

// Raises the soft limit to the hard one, and returns the soft one of before. ResourceExhausted,
// with both numbers and what to do, where those are less than 64, with which no daemon comes far.
// Call with one thread.
absl::StatusOr<uint32_t> RaiseDescriptorLimit();

}  // namespace mesos
