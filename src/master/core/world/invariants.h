#pragma once

// Whether the books of a world add up: what each agent has used and offered is the sum of its
// tasks, executors and offers, within its total; frameworks, agents and indices name each other.
// Pure; costs time proportional to everything.

#include "absl/status/status.h"
#include "master/core/world/world.h"

namespace mesos::master {

// Internal names the object and both sides of what differs.
absl::Status CheckInvariants(const World& world);

}  // namespace mesos::master
