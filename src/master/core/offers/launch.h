#pragma once

// ACCEPT: the offers are taken, the tasks of its LAUNCH operations validated and sent to the agent,
// and what is left goes back under the call's filter. Each task that is refused gets its own status
// update (TASK_ERROR; TASK_DROPPED, or TASK_LOST without PARTITION_AWARE, where an offer is no
// longer valid). Core-thread-only.

#include "absl/status/status.h"
#include "master/core/world/state.h"
#include "master/core/world/world.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::master {

// An error is a refused operation that could not be answered by its id; the rest of the call was
// performed.
absl::Status Accept(World& world, Framework& framework, const v1::scheduler::Call::Accept& accept);

}  // namespace mesos::master
