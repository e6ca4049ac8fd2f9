#include "master/core/agents/offering.h"

#include "master/core/agents/transitions.h"

namespace mesos::master {

bool MayBeOffered(const World& world, const Agent& agent) {
  const bool leaving = InTransition(world, agent.id);
  return agent.connected() && !leaving;
}

void OfferOrWithhold(World& world, const Agent& agent) {
  world.allocator->SetAgentActive(agent.index, MayBeOffered(world, agent));
}

}  // namespace mesos::master
