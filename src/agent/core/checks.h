#pragma once

// Checks and health checks of command tasks, as CheckInfo and HealthCheck ask for them: when they
// run, what the scheduler is told, and the end of a task that keeps failing. (Those of other tasks
// are their executors' to perform.)
//
//             task runs                 due                   finished, or timed out
//   inactive ───────────▶ wait (delay) ─────▶ under way ─────────────────────────▶ wait (interval)
//       ▲                                         ▲                 due                │
//       │                                         └────────────────────────────────────┤
//       └──────────────── the task is asked to end, or has ended ──────────────────────┘
//
// The scheduler gets the task's state again, with the reason of the check: of a check where its
// outcome differs from the one before; of a health check at the first success, the first after
// failures, and at every failure. Failures before the first success do not count within the grace
// period. So many failures in a row as `consecutive_failures` says end the task: TASK_KILLED with
// healthy false. While many updates of a task wait for their acknowledgement, no more are added;
// the outcome is told later.
//
// An agent that restarts goes on: the count of failures and whether the task was ever healthy come
// from its recorded updates.

#include "agent/core/core.h"

namespace mesos::agent {

// The task runs since `started`; its checks begin. No-op for a task without any.
void StartChecks(Core& core, const Executor& executor, Task& task, absl::Time started);

// Cancels what is under way and waits.
void StopChecks(Core& core, Task& task);

// Takes what the recorded updates of a task say of its health.
void RestoreHealth(const std::vector<internal::StatusUpdate>& updates, Task& task);

// As clients expect of a task with a check: its latest outcome, or an empty one, in every status.
void AddCheckStatus(const Task& task, v1::TaskStatus* status);

void OnCheckDue(Core& core, const CheckDue& due);
void OnCheckFinished(Core& core, const CheckFinished& event);

}  // namespace mesos::agent
