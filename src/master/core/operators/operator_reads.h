#pragma once

// One agent, framework or executor as the operator API tells of it: as a part of a read, or of an
// event. Pure.

#include "master/core/views/snapshot.h"
#include "mesos/v1/master/master.pb.h"

namespace mesos::master {

void ReadAgent(const AgentView& agent, v1::master::Response::GetAgents::Agent* out);

// `agents` has those of its offers. Its tasks are read apart.
void ReadFramework(const FrameworkView& framework,
                   v1::master::Response::GetFrameworks::Framework* out);
void ReadFramework(const CompletedFramework& framework,
                   v1::master::Response::GetFrameworks::Framework* out);

void ReadExecutor(const AgentView& agent, const ExecutorView& executor,
                  v1::master::Response::GetExecutors::Executor* out);

// As its framework sees it, but for the ids of executors.
void ReadOffer(const OfferView& offer, const FrameworkProfile& framework, v1::Offer* out);
// The part of it that no other offer has: its id, resources and allocation_info.
void ReadOfferItself(const OfferView& offer, const FrameworkProfile& framework, v1::Offer* out);

}  // namespace mesos::master
