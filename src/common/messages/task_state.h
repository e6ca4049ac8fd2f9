#pragma once

// What a task's state means to whoever handles it. Pure functions, thread-safe.

#include "mesos/v1/mesos.pb.h"

namespace mesos {

// Whether a task in `state` has ended for good, and holds no resources any more.
bool IsTerminal(v1::TaskState state);

// Whether an agent may say of its task that it is in `state`: in every one but TASK_UNREACHABLE and
// TASK_UNKNOWN, by which a master tells that it has lost sight of the agent or knows nothing of the
// task. The agent refuses them from its executors, and the master from its agents.
bool MayComeFromAgent(v1::TaskState state);

}  // namespace mesos
