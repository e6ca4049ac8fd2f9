#pragma once

// What becomes of an agent that leaves, and of its tasks, once the registry knows it
// (departures.h).
//
// An unreachable agent's tasks become TASK_UNREACHABLE (TASK_LOST without PARTITION_AWARE), a gone
// one's TASK_GONE_BY_OPERATOR, a removed one's TASK_LOST; its offers are rescinded and every
// framework hears FAILURE. Core-thread-only.

#include <string>

#include "absl/time/time.h"
#include "master/core/world/world.h"

namespace mesos::master {

// `agent` is gone after; its session, if it has one, is the caller's to close. `since` is when it
// left, `message` what the schedulers read in the status of each task.
void RemoveAgent(World& world, Agent& agent, AgentEnd end, absl::Time since,
                 const std::string& message);

// One that was awaited: nothing is known of its tasks.
void EndAwaitedAgent(World& world, const std::string& agent_id, AgentEnd end, absl::Time since);

// One that was unreachable is gone: its tasks end.
void EndUnreachableAgent(World& world, const std::string& agent_id, absl::Time since,
                         const std::string& message);

// It is back: all that was unreachable with it is known again, or is not there. Nothing happens
// where it was not unreachable.
void ForgetUnreachable(World& world, const std::string& agent_id);

}  // namespace mesos::master
