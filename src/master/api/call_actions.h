#pragma once

// What each call of the master's APIs does, for the gate (common/auth/gate.h). Thread-safe: no
// state.

#include <string>

#include "common/auth/gate.h"
#include "mesos/v1/master/master.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::master {

auth::Action ActionOf(v1::master::Call::Type type);
auth::Action ActionOf(v1::scheduler::Call::Type type);

// PermissionDenied where the caller may not.
absl::Status Admit(const auth::Gate& gate, const auth::Caller& caller,
                   const v1::master::Call& call);
absl::Status Admit(const auth::Gate& gate, const auth::Caller& caller,
                   const v1::scheduler::Call& call);

}  // namespace mesos::master
