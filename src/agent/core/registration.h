#pragma once

// The link to the master: dialed, registered on, watched, and dialed again when it breaks.

#include "agent/core/core.h"

namespace mesos::agent {

// What this agent can do beyond what every agent can.
std::vector<v1::AgentInfo::Capability::Type> AgentCapabilities();

void DialMaster(Core& core);
void OnLinkOpened(Core& core, const MasterLinkOpened& event);
void OnLinkClosed(Core& core, const MasterLinkClosed& event);

// Dials, or gives up a link that is silent, where that is due.
void OnLinkDue(Core& core);

// Writes the agent's info, unless it is known to be on disk. A failed write is tried again.
void WriteAgentInfo(Core& core);
void OnAgentInfoCheckpointed(Core& core, const absl::Status& status);

void OnRegistered(Core& core, const internal::AgentRegistered& message);
void OnReregistered(Core& core, const internal::AgentReregistered& message);
void OnReconcileTasks(Core& core, const internal::ReconcileTasks& message);
void OnPing(Core& core, const internal::Ping& ping);

}  // namespace mesos::agent
