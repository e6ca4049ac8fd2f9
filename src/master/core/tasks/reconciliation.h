#pragma once

// What RECONCILE tells a scheduler of its tasks (frameworks/paging.h sends it), as
// docs/reconciliation.md of Mesos has it.
//
// A known task is answered with the last state that was sent. Of an unknown task: TASK_GONE where
// its agent is registered, TASK_UNREACHABLE or TASK_GONE_BY_OPERATOR where its agent is, else
// TASK_UNKNOWN; each of them TASK_LOST for a framework without PARTITION_AWARE. There is no answer
// as long as the agent may still come back with the task to a master that has just started.
// Core-thread-only.

#include <optional>

#include "absl/strings/string_view.h"
#include "master/core/world/state.h"
#include "master/core/world/world.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::master {

// How one task stands; nullopt where nobody can tell yet. `agent_id` is empty where the scheduler
// does not name it.
std::optional<v1::TaskStatus> ReconcileTask(const World& world, const Framework& framework,
                                            absl::string_view task_id, absl::string_view agent_id);

// The status of a known task as RECONCILE gives it; other callers change reason and message.
v1::TaskStatus DescribeTask(const World& world, const v1::Task& task);

}  // namespace mesos::master
