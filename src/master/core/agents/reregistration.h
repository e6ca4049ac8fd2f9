#pragma once

// An agent that the registry has as admitted comes back, with all that runs there.
//
// Known (it was disconnected, or dials again): what both know goes on; tasks that only the master
// knows are named to the agent, which reports each as it is or as dropped; executors that only the
// master knows are taken out of the books; kills that the agent may have missed are sent again.
// Not known (this master has come to lead, or gave it up as unreachable): its tasks, executors and
// frameworks are adopted; unless it was awaited, connected schedulers hear the state of each task
// again. In both cases a framework that was removed meanwhile is shut down at the agent.
// Core-thread-only.

#include <string>

#include "internal/agent_link.pb.h"
#include "master/core/world/world.h"

namespace mesos::master {

// `received` is a ReregisterAgent of an agent that is not in transition. It is refused where what
// it says cannot be.
void TakeBack(World& world, const AgentMessageReceived& received);

// Whether it could be taken back, were it admitted; not for one that is known.
absl::Status CheckReregistration(const World& world, const internal::ReregisterAgent& message);

}  // namespace mesos::master
