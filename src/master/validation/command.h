#pragma once

// Whether a CommandInfo, and the environment in it, is well-formed. Part of task.h and executor.h.
//
// InvalidArgument names the variable or URI. Whether the user exists or the program can be run
// shows on the agent. Pure; safe from any thread.

#include "absl/status/status.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::master {

// What is handed to the operating system must not hold a zero byte, which would cut it short
// unseen.
absl::Status ValidateCommand(const v1::CommandInfo& command);

absl::Status ValidateEnvironment(const v1::Environment& environment);

}  // namespace mesos::master
