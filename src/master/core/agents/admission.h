#pragma once

// How an agent comes in: a new one, or one that has an id. What the next leader must know of it is
// in the registry before the agent hears that it is in.
//
//   new                          written as admitted, under an id of this master
//   known, or awaited            taken back at once: the registry has it; changed facts are noted
//   unreachable, or unknown      written as admitted, then taken back (reregistration.h)
//   gone                         told to kill everything and to forget its id
//
// Core-thread-only.

#include "master/core/world/world.h"

namespace mesos::master {

// The first message of a session: RegisterAgent and ReregisterAgent respectively.
void RegisterAgent(World& world, const AgentMessageReceived& received);
void ReregisterAgent(World& world, const AgentMessageReceived& received);

// Any message of an agent's session.
void OnAgentMessage(World& world, const AgentMessageReceived& received);
void OnAgentSessionClosed(World& world, SessionId session);

// ---- The registry has it
void OnAdmitted(World& world, const NewAgentAdmitted& admitted);
void OnAdmitted(World& world, const FormerAgentAdmitted& admitted);

}  // namespace mesos::master
