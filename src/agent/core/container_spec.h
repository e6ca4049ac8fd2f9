#pragma once

// From a task or an executor to what its container is made of. Pure functions.

#include "absl/status/status.h"
#include "agent/core/core.h"
#include "agent/core/events.h"
#include "agent/core/state.h"

namespace mesos::agent {

// PATH of a command that brings none of its own.
inline constexpr char kDefaultPath[] =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// OK where this agent can run `task`: its ids fit into paths and it asks for nothing that is out of
// scope. InvalidArgument names the task and what cannot be done otherwise.
absl::Status ValidateTask(const v1::TaskInfo& task, const std::string& agent_id);

// The container of a command task (its only task), or of a custom executor.
ContainerSpec MakeContainerSpec(const Core& core, const Framework& framework,
                                const Executor& executor);

// `command` in the sandbox of a command task, as its user and with its environment: for a check.
ContainerSpec MakeCheckSpec(const Core& core, const Framework& framework, const Executor& executor,
                            const v1::CommandInfo& command);

}  // namespace mesos::agent
