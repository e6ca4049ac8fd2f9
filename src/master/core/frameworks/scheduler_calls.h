#pragma once

// Every call of a scheduler: validated, matched with its session, performed, answered. See events.h
// for how a refusal reaches the caller. Core-thread-only.

#include "master/core/events.h"
#include "master/core/world/world.h"

namespace mesos::master {

void OnSchedulerCall(World& world, const SchedulerCallReceived& received);
void OnSchedulerSessionClosed(World& world, SessionId session);

}  // namespace mesos::master
