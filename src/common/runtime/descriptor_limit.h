#pragma once

// How many files and connections the process may have open.
//
//   RETURN_IF_ERROR(RaiseDescriptorLimit());   // first in main

#include "absl/status/status.h"

namespace mesos {

// Raises the soft limit to the hard one. ResourceExhausted, with both numbers and what to do, where
// those are less than 64, with which no daemon comes far. Call with one thread.
absl::Status RaiseDescriptorLimit();

}  // namespace mesos
