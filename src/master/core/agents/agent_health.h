#pragma once

// Which agents are given up as unreachable, and when.
//
// A connected agent is pinged each agent_ping_timeout; after max_agent_ping_timeouts pings without
// a sign of life, or that long without a session, or where it does not come back after a failover,
// its removal is scheduled. Removals take turns under agent_removal_spacing; a sign of life before
// its turn cancels it. Core-thread-only.

#include <string>

#include "master/core/world/world.h"

namespace mesos::master {

// How long an agent may be silent; the agent is told, too.
absl::Duration TotalPingTimeout(const World& world);

// Over how long agents are to spread their return once this master is gone; agents are told. Those
// that are still awaited count: they will have come back by then.
int64_t ReturnSpreadMilliseconds(const World& world);

// The next ping is due in a while.
void ArmPing(World& world, Agent& agent);

void OnPong(World& world, Agent& agent);
void OnPingDue(World& world, AgentIdx index);
void OnAgentGivenUp(World& world, AgentIdx index);

void ScheduleRemoval(World& world, const std::string& agent_id);
void CancelRemoval(World& world, const std::string& agent_id);
void OnRemovalPermit(World& world);

}  // namespace mesos::master
