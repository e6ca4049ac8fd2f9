#pragma once

// Whether what an agent says of itself at registration holds together.
//
//   RETURN_IF_ERROR(ValidateReregisterAgent(message.reregister_agent()));
//
// InvalidArgument names the fault; the master refuses the agent with it. Pure; safe from any
// thread.

#include "absl/status/status.h"
#include "internal/agent_link.pb.h"

namespace mesos::master {

// Hostname, resources, attributes; no id.
absl::Status ValidateRegisterAgent(const internal::RegisterAgent& message);

// The same with an id, and: frameworks distinct and valid; each executor and task belongs to one of
// them; no id twice; tasks name this agent; resources valid.
absl::Status ValidateReregisterAgent(const internal::ReregisterAgent& message);

}  // namespace mesos::master
