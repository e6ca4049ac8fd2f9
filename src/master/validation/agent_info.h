#pragma once

// Whether what an agent says of itself at registration holds together.
//
//   RETURN_IF_ERROR(ValidateReregisterAgent(message.reregister_agent()));
//
// InvalidArgument names the fault; the master refuses the agent with it. Pure; safe from any
// thread.

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "internal/agent_link.pb.h"

namespace mesos::master {

// Hostname, resources, attributes; no id.
absl::Status ValidateRegisterAgent(const internal::RegisterAgent& message);

// The same with an id, and: frameworks distinct and valid; each executor and task belongs to one of
// them; no id twice; tasks name this agent and are in a state that an agent may tell; resources
// valid, of one role each, none used twice, and all of them the agent's.
// What frameworks use for which `is_removed` does not count: they were removed, and what they had
// may run for others while it still ends there.
absl::Status ValidateReregisterAgent(
    const internal::ReregisterAgent& message,
    absl::FunctionRef<bool(const std::string& framework_id)> is_removed = [](const std::string&) {
      return false;
    });

}  // namespace mesos::master
