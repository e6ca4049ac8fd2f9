#pragma once

// The calls of the operator API (master.proto) that change something; reads are answered from a
// snapshot (master/reads). Every other is refused with Unimplemented and its name.
// Core-thread-only.

#include "master/core/events.h"
#include "master/core/world/world.h"

namespace mesos::master {

void OnOperatorCall(World& world, const OperatorCallReceived& received);

// The registry has them.
void OnWeightsRecorded(World& world, const WeightsRecorded& recorded);

}  // namespace mesos::master
