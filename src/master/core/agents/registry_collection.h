#pragma once

// Forgets agents that have been unreachable or gone for long: each registry_gc_interval, those
// beyond registry_max_agent_count (the oldest first) and those older than registry_max_agent_age.
// An agent that returns after that is admitted like one that nobody knows. Core-thread-only.

#include "master/core/world/world.h"

namespace mesos::master {

void ArmRegistryCollection(World& world);
void OnRegistryCollection(World& world);

// At once where there are more than twice as many as may be.
void CollectIfCrowded(World& world);

// The registry has forgotten them.
void OnForgotten(World& world, const AgentsForgotten& forgotten);

}  // namespace mesos::master
