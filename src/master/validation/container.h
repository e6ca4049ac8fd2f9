#pragma once

// Whether a ContainerInfo is well-formed. Part of task.h and executor.h; what is well-formed and
// cannot be run yet is refused in unsupported.h.
//
// InvalidArgument carries Mesos' text. Pure; safe from any thread.

#include "absl/status/status.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::master {

absl::Status ValidateContainer(const v1::ContainerInfo& container);

}  // namespace mesos::master
