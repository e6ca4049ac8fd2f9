#pragma once

// What the registry has to know before it is true: writes under way, and who waits for them.
//
//   BeginTransition(world, agent_id);
//   WriteToRegistry(world, {MarkGone{agent_id, now}}, AgentEndRecorded{...});
//   ... OnPersisted calls what the pending write names, which ends in EndTransition
//
// One thing at a time is done about an agent: while its transition lasts, its return and further
// calls about it wait in the transition, and are handled again when it ends. What fails to be
// written ends this master's leadership, so nothing is ever undone. Core-thread-only.

#include <string>
#include <vector>

#include "master/core/world/world.h"

namespace mesos::master {

void WriteToRegistry(World& world, std::vector<RegistryOperation> operations, PendingWrite then);
void OnPersisted(World& world, const Persisted& persisted);

bool InTransition(const World& world, absl::string_view agent_id);
// The agent is not in transition.
void BeginTransition(World& world, const std::string& agent_id);
// Handles what has waited.
void EndTransition(World& world, const std::string& agent_id);

// Whether there is an agent of which nobody can tell yet whether it is here.
bool AnyTransition(const World& world);

// This master leads no longer.
void AbdicateNow(World& world, const absl::Status& why);

// ---- Sessions whose registration is under way

// Keeps the message until the registration is through. False where the session is not joining.
bool KeepForLater(World& world, const AgentMessageReceived& received);
// The session is not joining any more: what came meanwhile, in order; nullopt where it has closed.
std::optional<std::vector<AgentMessageReceived>> StopJoining(World& world, SessionId session);
// A joining session has closed.
void OnJoiningClosed(World& world, SessionId session);

}  // namespace mesos::master
