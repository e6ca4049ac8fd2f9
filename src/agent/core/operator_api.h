#pragma once

// The operator calls that read the agent's state.

#include "absl/status/statusor.h"
#include "agent/core/core.h"

namespace mesos::agent {

// Unimplemented names a call that this agent does not answer.
absl::StatusOr<std::shared_ptr<const v1::agent::Response>> AnswerOperator(
    Core& core, const v1::agent::Call& call);

}  // namespace mesos::agent
