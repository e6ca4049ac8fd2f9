#pragma once

// Whether a scheduler's Call has the form that its type asks for. First thing done with every call.
//
//   RETURN_IF_ERROR(ValidateSchedulerCall(call));     // "Failed to validate scheduler::Call:
//   Expecting ..."
//
// InvalidArgument carries the whole text that an HTTP client reads in the 400 answer. What needs
// state (is the framework known, is the offer valid) is not looked at here. Pure; safe from any
// thread.

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::master {

// `principal` is who the session authenticated as; empty where authentication is off.
absl::Status ValidateSchedulerCall(const v1::scheduler::Call& call,
                                   absl::string_view principal = {});

}  // namespace mesos::master
