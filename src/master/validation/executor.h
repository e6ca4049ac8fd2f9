#pragma once

// Whether an ExecutorInfo is well-formed, and fits the executor that runs under its id already.
//
//   RETURN_IF_ERROR(ValidateExecutor(task.executor()));
//   RETURN_IF_ERROR(ValidateExecutorForLaunch(task.executor(), framework_id, running));
//
// InvalidArgument carries Mesos' text. Pure; safe from any thread.

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::master {

// Rules on the message alone: type against command, id, grace period, command, container.
absl::Status ValidateExecutor(const v1::ExecutorInfo& executor);

// The rules above, and: it belongs to `framework_id`; its resources are of one role and not mixed;
// it says the same as `running`, the executor that runs under its id on that agent (null where
// there is none).
absl::Status ValidateExecutorForLaunch(const v1::ExecutorInfo& executor,
                                       absl::string_view framework_id,
                                       const v1::ExecutorInfo* running);

}  // namespace mesos::master
