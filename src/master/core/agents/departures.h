#pragma once

// How an agent leaves: what the next leader must know of it is written to the registry first, and
// nobody is told before it is there (agent_ends.h). Until then the agent stands as it is, and is
// not offered any more. Core-thread-only.

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "master/core/world/world.h"

namespace mesos::master {

// The agent signs off on its session.
void UnregisterAgent(World& world, Agent& agent);

// No sign of life of an agent that is registered or awaited, and not in transition. Nothing happens
// where it is neither.
void BeginUnreachable(World& world, const std::string& agent_id);

// The operator says that the agent never comes back: NotFound where it is not known, OK where that
// is known; nullopt where the registry has to take it in first, which answers `call`.
std::optional<absl::Status> MarkAgentGone(World& world, const std::string& agent_id,
                                          CallToken call);

// The registry has it.
void OnEndRecorded(World& world, const AgentEndRecorded& recorded);

}  // namespace mesos::master
