#pragma once

// From RunTasks to a container or a LAUNCH event: a task is refused, or written down and then
// launched.

#include "agent/core/core.h"

namespace mesos::agent {

void RunTasks(Core& core, const internal::RunTasks& message);

// The task.info of `launch` is on disk with all else of `token`, or `status` says why it is not.
void OnTaskCheckpointed(Core& core, const PendingLaunch& launch, CheckpointToken token,
                        const absl::Status& status);

// Sends the queued tasks to their executor, which is connected.
void DeliverQueued(Core& core, Executor& executor);

// The framework with this info, new or changed; its info is written where it differs from what
// stands on disk.
Framework& AdoptFramework(Core& core, const v1::FrameworkInfo& info);

void UpdateFramework(Core& core, const internal::UpdateFramework& message);

}  // namespace mesos::agent
