#pragma once

// What operators who follow the master's events are told: the nouns of the state as they come,
// change and go.
//
//   FollowEvents(world, session);               // SUBSCRIBED, then all that happens
//   TellTaskAdded(world, task);                 // costs nothing while nobody follows
//
// Every event goes to all who follow, and a HEARTBEAT each heartbeat_interval. At most
// MasterOptions::max_event_subscribers follow; of more, the oldest is closed. Core-thread-only.

#include <string>

#include "master/core/world/state.h"
#include "master/core/world/world.h"

namespace mesos::master {

void FollowEvents(World& world, SessionId session);
void UnfollowEvents(World& world, SessionId session);
void OnFollowerHeartbeatDue(World& world);

// After the task stands in the books.
void TellTaskAdded(World& world, const Task& task);
// After `status` was applied to the task.
void TellTaskUpdated(World& world, const Task& task, const v1::TaskStatus& status);

void TellFrameworkAdded(World& world, const Framework& framework);
void TellFrameworkUpdated(World& world, const Framework& framework);
void TellFrameworkRemoved(World& world, const Framework& framework);

void TellAgentAdded(World& world, const Agent& agent);
void TellAgentRemoved(World& world, const std::string& agent_id);

}  // namespace mesos::master
