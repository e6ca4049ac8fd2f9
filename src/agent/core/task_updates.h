#pragma once

// How a task changes its state: an update is made complete, written, forwarded, and the task is
// completed once the scheduler has acknowledged a terminal one.

#include <string>

#include "absl/strings/string_view.h"
#include "agent/core/core.h"

namespace mesos::agent {

// An update by the agent itself, without what CompleteStatus fills in.
v1::TaskStatus AgentStatus(v1::TaskState state, v1::TaskStatus::Reason reason,
                           absl::string_view message);

// An update in the name of a command task's executor.
v1::TaskStatus CommandStatus(v1::TaskState state);

// Takes `status` (its ids, time and uuid are filled in where missing) as the task's newest.
// `on_disk` false keeps its stream in memory: for a task that could not be written. The task, and
// with it the executor, may be gone afterwards where its framework is being shut down.
StatusUpdateStreams::Added UpdateTask(Core& core, Framework& framework, Executor& executor,
                                      Task& task, v1::TaskStatus status, bool on_disk = true);

// An update about a task that the agent does not hold.
void UpdateUnknownTask(Core& core, const std::string& framework_id, const std::string& task_id,
                       const std::string& executor_id, v1::TaskStatus status);

// The scheduler's acknowledgement.
void Acknowledge(Core& core, const internal::AcknowledgeStatusUpdate& acknowledgement);

// The task is over and nobody waits for it: it moves to the executor's history.
void CompleteTask(Core& core, Executor& executor, const std::string& task_id);

}  // namespace mesos::agent
