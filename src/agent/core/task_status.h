#pragma once

// The texts and messages about a task's state, as Mesos words them. Pure functions.

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/core/state.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::agent {

// "exited with status 3", "terminated with signal Terminated"; `status` as wait(2) gives it.
std::string DescribeWaitStatus(int32_t status);
bool ExitedWithZero(int32_t status);

// "5secs", "1.5mins": how Mesos writes a duration.
std::string MesosDuration(absl::Duration duration);

// TASK_DROPPED for who is partition-aware, TASK_LOST for all others.
v1::TaskState DroppedState(const Framework& framework);

// The task as the APIs show it. `in_flight` is the update that the scheduler gets now, or null.
v1::Task RenderTask(const Executor& executor, const Task& task, absl::string_view agent_id,
                    const internal::StatusUpdate* in_flight);

// The executor that stands for a command task in every listing. `launcher` is the path of its
// program.
v1::ExecutorInfo CommandExecutorInfo(const v1::TaskInfo& task, const v1::FrameworkID& framework_id,
                                     absl::string_view launcher_directory);

}  // namespace mesos::agent
