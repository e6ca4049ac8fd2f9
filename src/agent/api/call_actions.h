#pragma once

// What each call of the agent's operator API does, for the gate (common/auth/gate.h); whoever calls
// the executor API acts as an executor. Thread-safe: no state.

#include "common/auth/gate.h"
#include "mesos/v1/agent/agent.pb.h"

namespace mesos::agent {

auth::Action ActionOf(v1::agent::Call::Type type);

// PermissionDenied where the caller may not.
absl::Status Admit(const auth::Gate& gate, const auth::Caller& caller, const v1::agent::Call& call);

}  // namespace mesos::agent
