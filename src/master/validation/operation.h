#pragma once

// Whether an operation of an ACCEPT has the form that its type asks for, and is one that this
// master performs.
//
//   for (const v1::Offer::Operation& operation : accept.operations()) {
//     absl::Status status = ValidateOperation(operation);
//     if (!status.ok()) { /* TASK_ERROR for each of TasksOf(operation), or the operation fails */ }
//   }
//
// Pure; safe from any thread.

#include <vector>

#include "absl/status/status.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::master {

// InvalidArgument: the type is missing or its part is; Unimplemented: not LAUNCH (see
// unsupported.h).
absl::Status ValidateOperation(const v1::Offer::Operation& operation);

// The tasks that `operation` would launch, of LAUNCH and LAUNCH_GROUP; empty for every other type.
// Each of them must hear of a refusal. The pointers live as long as `operation`.
std::vector<const v1::TaskInfo*> TasksOf(const v1::Offer::Operation& operation);

}  // namespace mesos::master
