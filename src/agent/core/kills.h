#pragma once

// Ending tasks on request: of their scheduler, or because their time is up.

#include <optional>

#include "agent/core/core.h"

namespace mesos::agent {

void KillTask(Core& core, const internal::KillTask& kill);

// Asks the container of a command task to end, with the grace period of `policy`, else of the
// task's own policy, else 3 seconds. A shorter one than before shortens what is under way.
void KillCommandTask(Core& core, Executor& executor, const std::optional<v1::KillPolicy>& policy);

// Arms the deadline of the task's max_completion_time, where it has one.
void ArmCompletionDeadline(Core& core, const Executor& executor, Task& task, absl::Time started);
void OnTaskCompletionDue(Core& core, const TaskCompletionDue& due);

// Sends a KILL event for every task of the executor that was asked to end while it was not
// connected.
void SendPendingKills(Core& core, Executor& executor);

}  // namespace mesos::agent
