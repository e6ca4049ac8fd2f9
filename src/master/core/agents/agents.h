#pragma once

// An agent at the master as data: what it says of itself, and its session. How it comes in is in
// admission.h and reregistration.h, how it leaves in agent_health.h and departures.h; the state
// diagram is in state.h. Core-thread-only.

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "internal/agent_link.pb.h"
#include "master/core/world/state.h"
#include "master/core/world/world.h"

namespace mesos::master {

// A new agent that the registry has: it is told its id and its resources are offered.
void AddNewAgent(World& world, const NewAgentAdmitted& admitted);

// The session is gone: no new offers until the agent is back.
void DisconnectAgent(World& world, Agent& agent);

// What the agent says of itself; and what follows from it.
struct AgentFacts {
  std::shared_ptr<const v1::AgentInfo> info;  // with id
  const std::string& version;
  const google::protobuf::RepeatedPtrField<v1::AgentInfo::Capability>& capabilities;
  const std::string& peer_ip;
};
void SetAgentFacts(World& world, Agent& agent, const AgentFacts& facts);

// The newest agent of that host name, address and port; null where there is none.
const Agent* FindAgentAt(const World& world, const v1::AgentInfo& info, const std::string& ip);
void ForgetAgentAddress(World& world, const Agent& agent);

// The session speaks for the agent from now on; a former one is closed. Starts the pings.
void ConnectAgent(World& world, Agent& agent, SessionId session);

void RefuseAgent(World& world, SessionId session, const absl::Status& why);

// Tells the agent to kill everything and forget its id, and ends its session.
void ShutDownAgent(World& world, SessionId session, const std::string& message);

}  // namespace mesos::master
