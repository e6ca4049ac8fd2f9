#pragma once

// Whether a task's check or health check is well-formed. Part of task.h.
//
// InvalidArgument carries Mesos' text without the "Task uses invalid ..." in front. Pure; safe from
// any thread.

#include "absl/status/status.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::master {

absl::Status ValidateCheck(const v1::CheckInfo& check);
absl::Status ValidateHealthCheck(const v1::HealthCheck& check);

}  // namespace mesos::master
