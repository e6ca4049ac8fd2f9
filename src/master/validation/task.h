#pragma once

// Whether a task of a LAUNCH may run: every rule that Mesos has, in its order, with its messages.
//
//   v1::TaskInfo task = ...;
//   NormalizeTask(framework_id, role, &task);
//   LaunchContext context{framework_id, agent_id, left_of_offers, find_task, find_executor};
//   absl::StatusOr<LaunchResources> launch = ValidateTask(task, context);
//   if (!launch.ok()) SendUpdate(TASK_ERROR, REASON_TASK_INVALID, launch.status().message());
//   left_of_offers -= launch->task + launch->executor;
//
// InvalidArgument is a fault of the task; Unimplemented names what this product does not run yet.
// Either message goes to the scheduler as it is. Pure; safe from any thread.

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/resources/resource_set.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::master {

// Where the framework's tasks of that id stand now; terminal and acknowledged tasks count as
// kUnknown.
enum class TaskPresence { kUnknown, kActive, kUnreachable };

// What a task is held against. The references live until ValidateTask returns.
struct LaunchContext {
  absl::string_view framework_id;
  absl::string_view agent_id;  // of the accepted offers
  const ResourceSet& offered;  // what is left of them, with allocation_info
  // Of the framework that launches. Tasks launched earlier in the same ACCEPT count.
  absl::FunctionRef<TaskPresence(absl::string_view task_id)> find_task;
  // The framework's executor of that id on this agent, as it was launched; null where none runs.
  absl::FunctionRef<const v1::ExecutorInfo*(absl::string_view executor_id)> find_executor;
};

// What the launch takes from the offers.
struct LaunchResources {
  ResourceSet task;
  ResourceSet executor;  // empty where the task has none, or its executor runs already
};

// Fills what Mesos lets a scheduler leave out: allocation_info of `role` on resources without one,
// and the framework's id in the task's executor.
void NormalizeTask(absl::string_view framework_id, absl::string_view role, v1::TaskInfo* task);

absl::StatusOr<LaunchResources> ValidateTask(const v1::TaskInfo& task,
                                             const LaunchContext& context);

}  // namespace mesos::master
