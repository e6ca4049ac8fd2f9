#pragma once

// Agents that the registry has as admitted and that have not come back to this master.
//
// After a failover that is all of them. Who has not come back when agent_reregister_timeout has
// passed is given up as unreachable, one after the other under the rate limit; where more than
// recovery_agent_removal_limit of them are missing the master abdicates instead, since it is more
// likely to be cut off itself. Core-thread-only.

#include <memory>
#include <string>

#include "master/core/world/world.h"

namespace mesos::master {

// What the registry held when this master came to lead.
void RecoverRegistry(World& world, const Registry& registry);
void OnRecoveryOver(World& world);

// An admitted agent without a session: it has as long as a disconnected one to come back.
void AwaitAgent(World& world, std::shared_ptr<const v1::AgentInfo> info);
void OnAwaitedAgentGivenUp(World& world, const std::string& agent_id);

// It is here: what the registry says of it; null where it was not awaited.
std::shared_ptr<const v1::AgentInfo> StopAwaiting(World& world, const std::string& agent_id);

// Whether the registry has it as admitted.
bool IsAdmitted(const World& world, absl::string_view agent_id);

}  // namespace mesos::master
