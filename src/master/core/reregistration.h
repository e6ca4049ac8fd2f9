#pragma once

// An agent that has an id comes back, with all that runs there.
//
// Known (it was disconnected, or dials again): what both know goes on; tasks that only the master
// knows are named to the agent, which reports each as it is or as dropped; executors that only the
// master knows are taken out of the books; kills that the agent may have missed are sent again.
// Unknown (this master has started, or gave it up as unreachable): its tasks, executors and
// frameworks are adopted; connected schedulers hear the state of each task again. In both cases a
// framework that was removed meanwhile is shut down at the agent. Core-thread-only.

#include <string>

#include "internal/agent_link.pb.h"
#include "master/core/world.h"

namespace mesos::master {

void ReregisterAgent(World& world, SessionId session, const internal::ReregisterAgent& message,
                     const std::string& peer_ip);

}  // namespace mesos::master
