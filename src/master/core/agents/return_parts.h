#pragma once

// An agent that has much tells it in parts before it re-registers: they are kept by session until
// the message that ends them, and put together with it. Bounded for each agent and in all.
// Core-thread-only.

#include "master/core/events.h"
#include "master/core/world/world.h"

namespace mesos::master {

// `received` is a ReregistrationPart on a session that has not registered. One that goes over a
// bound ends the session: ResourceExhausted where the agent has more than may be, Unavailable where
// others have and it may dial again.
void KeepReturnPart(World& world, const AgentMessageReceived& received);

// `received`, a ReregisterAgent, with what its session has told in parts.
AgentMessageReceived PutTogether(World& world, const AgentMessageReceived& received);

// The session is gone, and what it told with it.
void DropReturnParts(World& world, SessionId session);

}  // namespace mesos::master
