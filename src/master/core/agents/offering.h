#pragma once

// Whether what an agent has may be offered: decided here and nowhere else.
//
//   OfferOrWithhold(world, agent);      // after whatever it depends on has changed
//
// An agent is withheld while it is away and while it is about to leave for good. What else is to
// keep an agent's resources from offers becomes a case of MayBeOffered, and calls OfferOrWithhold
// where it begins and ends. CheckInvariants holds the allocator to it. Core-thread-only.

#include "master/core/world/world.h"

namespace mesos::master {

bool MayBeOffered(const World& world, const Agent& agent);

// Tells the allocator, which knows the agent. What is outstanding is the caller's to discard.
void OfferOrWithhold(World& world, const Agent& agent);

}  // namespace mesos::master
