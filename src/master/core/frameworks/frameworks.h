#pragma once

// The life of a framework: SUBSCRIBE, SUBSCRIBE again (failover), disconnection, UPDATE_FRAMEWORK,
// removal.
//
// See the state diagram in state.h. A second SUBSCRIBE with the same id replaces the session of the
// first. A disconnected framework is inactive and offered nothing; after its failover_timeout it is
// removed: its tasks end as TASK_KILLED in history and the agents shut them down. Core-thread-only.

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "master/core/world/state.h"
#include "master/core/world/world.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::master {

// A valid FrameworkInfo is answered with SUBSCRIBED and HEARTBEAT, any other with ERROR and the
// session's end.
void Subscribe(World& world, SessionId session, const v1::scheduler::Call& call);

// InvalidArgument names the field that may not change.
absl::Status UpdateFramework(World& world, Framework& framework,
                             const v1::scheduler::Call::UpdateFramework& update);

// The session is gone without TEARDOWN.
void DisconnectFramework(World& world, Framework& framework);

// For good: to completed history. `framework` is gone after.
void RemoveFramework(World& world, Framework& framework, absl::string_view why);

// A framework that an agent runs and this master does not know; it has agent_reregister_timeout, or
// its own failover_timeout where that is longer, to subscribe.
Framework& RecoverFramework(World& world, const v1::FrameworkInfo& info);

// Tells an agent what the framework says of itself now.
void SendFrameworkInfo(World& world, const Framework& framework, const Agent& agent);

void OnHeartbeatDue(World& world, FrameworkIdx index);
void OnFailoverTimeout(World& world, FrameworkIdx index);

}  // namespace mesos::master
