#pragma once

// What the operator API tells of the master's state, as v1 messages. Pure: reads the world, changes
// nothing.

#include "master/core/world.h"
#include "mesos/v1/master/master.pb.h"

namespace mesos::master {

void ReadAgents(const World& world, v1::master::Response::GetAgents* out);
void ReadFrameworks(const World& world, v1::master::Response::GetFrameworks* out);
void ReadExecutors(const World& world, v1::master::Response::GetExecutors* out);
void ReadTasks(const World& world, v1::master::Response::GetTasks* out);
void ReadRoles(const World& world, v1::master::Response::GetRoles* out);
void ReadMaster(const World& world, v1::master::Response::GetMaster* out);

void ReadAgent(const Agent& agent, v1::master::Response::GetAgents::Agent* out);
void ReadFramework(const Framework& framework, v1::master::Response::GetFrameworks::Framework* out);

}  // namespace mesos::master
