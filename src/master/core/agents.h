#pragma once

// The life of an agent at the master: registration, sessions, health, removal. See the state
// diagram in state.h; an agent that comes back with an id is in reregistration.h.
//
// A connected agent is pinged each agent_ping_timeout; after max_agent_ping_timeouts pings without
// a sign of life, or that long without a session, it is unreachable: its tasks become
// TASK_UNREACHABLE (TASK_LOST without PARTITION_AWARE), its offers are rescinded and every
// framework hears FAILURE. Core-thread-only.

#include <string>

#include "absl/status/statusor.h"
#include "internal/agent_link.pb.h"
#include "master/core/state.h"
#include "master/core/world.h"

namespace mesos::master {

// The first message of an agent without an id.
void RegisterAgent(World& world, SessionId session, const internal::RegisterAgent& message,
                   const std::string& peer_ip);

// The session is gone: no new offers until the agent is back.
void DisconnectAgent(World& world, Agent& agent);

// Why an agent leaves, and so what its tasks become (see the table in agents.cc).
enum class AgentEnd {
  kRemoved,         // it unregistered, or another took its address
  kUnreachable,     // no sign of life
  kGoneByOperator,  // the operator says that it never comes back
};

// `agent` is gone after. `message` is what the schedulers read in the status of each task.
void RemoveAgent(World& world, Agent& agent, AgentEnd end, const std::string& message);

// The operator says that the agent never comes back. NotFound where it is not known.
absl::Status MarkAgentGone(World& world, absl::string_view agent_id);

void OnPong(Agent& agent);
void OnPingDue(World& world, AgentIdx index);
void OnAgentGivenUp(World& world, AgentIdx index);

// ---- Shared with re-registration

// What the agent says of itself; and what follows from it.
struct AgentFacts {
  const v1::AgentInfo& info;
  const std::string& version;
  const google::protobuf::RepeatedPtrField<v1::AgentInfo::Capability>& capabilities;
  const std::string& peer_ip;
};
void SetAgentFacts(World& world, Agent& agent, const AgentFacts& facts);

// The session speaks for the agent from now on; a former one is closed. Starts the pings.
void ConnectAgent(World& world, Agent& agent, SessionId session);

// How long an agent may be silent; the agent is told, too.
absl::Duration TotalPingTimeout(const World& world);

void RefuseAgent(World& world, SessionId session, const absl::Status& why);

// Tells the agent to kill everything and forget its id, and ends its session.
void ShutDownAgent(World& world, SessionId session, const std::string& message);

}  // namespace mesos::master
