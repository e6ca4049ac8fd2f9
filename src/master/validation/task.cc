#include "master/validation/task.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "master/validation/check.h"
#include "master/validation/command.h"
#include "master/validation/container.h"
#include "master/validation/executor.h"
#include "master/validation/id.h"
#include "master/validation/resource_rules.h"
#include "master/validation/unsupported.h"

namespace mesos::master {
namespace {

using v1::TaskInfo;

// `status` with `prefix` in front of its message.
absl::Status Prefixed(absl::string_view prefix, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(prefix, status.message()));
}

absl::Status ValidateIdentity(const TaskInfo& task, const LaunchContext& context) {
  const std::string& id = task.task_id().value();
  RETURN_IF_ERROR(ValidateId("TaskID", id));
  switch (context.find_task(id)) {
    case TaskPresence::kUnknown:
      break;
    case TaskPresence::kActive:
      return absl::InvalidArgumentError(absl::StrCat("Task has duplicate ID: ", id));
    case TaskPresence::kUnreachable:
      return absl::InvalidArgumentError(
          absl::StrCat("Task reuses the ID of an unreachable task: ", id));
  }
  if (task.agent_id().value() != context.agent_id) {
    return absl::InvalidArgumentError(absl::StrCat("Task uses invalid agent ",
                                                   task.agent_id().value(), " while agent ",
                                                   context.agent_id, " is expected"));
  }
  return absl::OkStatus();
}

absl::Status ValidateDurations(const TaskInfo& task) {
  if (task.kill_policy().grace_period().nanoseconds() < 0) {
    return absl::InvalidArgumentError("Task's 'kill_policy.grace_period' must be non-negative");
  }
  if (task.max_completion_time().nanoseconds() < 0) {
    return absl::InvalidArgumentError("Task's `max_completion_time` must be non-negative");
  }
  return absl::OkStatus();
}

absl::Status ValidateChecks(const TaskInfo& task) {
  if (task.has_check()) {
    RETURN_IF_ERROR(Prefixed("Task uses invalid check: ", ValidateCheck(task.check())));
  }
  if (task.has_health_check()) {
    RETURN_IF_ERROR(
        Prefixed("Task uses invalid health check: ", ValidateHealthCheck(task.health_check())));
  }
  return absl::OkStatus();
}

absl::Status ValidateTaskResources(const TaskInfo& task) {
  const ResourceProtos& resources = task.resources();
  if (resources.empty()) return absl::InvalidArgumentError("Task uses no resources");
  RETURN_IF_ERROR(Prefixed("Task uses invalid resources: ", ValidateResourceForms(resources)));
  RETURN_IF_ERROR(
      Prefixed("Task uses duplicate persistence ID: ", ValidateUniquePersistenceIds(resources)));
  RETURN_IF_ERROR(Prefixed("Invalid task resources: ", ValidateOneAllocationRole(resources)));
  return Prefixed("Task mixes revocable and non-revocable resources: ",
                  ValidateRevocableUnmixed(resources));
}

absl::Status ValidateCommandAndContainer(const TaskInfo& task) {
  if (task.has_command()) {
    RETURN_IF_ERROR(Prefixed("Task's `CommandInfo` is invalid: ", ValidateCommand(task.command())));
  }
  if (task.has_container()) {
    RETURN_IF_ERROR(
        Prefixed("Task's `ContainerInfo` is invalid: ", ValidateContainer(task.container())));
  }
  return absl::OkStatus();
}

// How much the task asks of `name`; negative where it does not ask.
double Requested(const TaskInfo& task, absl::string_view name) {
  double sum = -1;
  for (const v1::Resource& resource : task.resources()) {
    if (resource.name() == name) sum = (sum < 0 ? 0 : sum) + resource.scalar().value();
  }
  return sum;
}

absl::Status ValidateLimits(const TaskInfo& task) {
  for (const auto& [name, limit] : task.limits()) {
    if (name != "cpus" && name != "mem") {
      return absl::InvalidArgumentError(
          "Only cpus and mem may be included in a task's resource limits");
    }
  }
  if (auto limit = task.limits().find("cpus"); limit != task.limits().end()) {
    const double cpus = Requested(task, "cpus");
    if (cpus < 0) {
      return absl::InvalidArgumentError(
          "When a CPU limit is specified, a CPU request must also be specified");
    }
    if (!(limit->second.value() >= cpus)) {
      return absl::InvalidArgumentError(
          "The cpu limit must be greater than or equal to the cpu request");
    }
  }
  if (auto limit = task.limits().find("mem"); limit != task.limits().end()) {
    const double mem = Requested(task, "mem");
    if (mem < 0) {
      return absl::InvalidArgumentError(
          "When a memory limit is specified, a memory request must also be specified");
    }
    if (!(limit->second.value() >= mem)) {
      return absl::InvalidArgumentError(
          "The memory limit must be greater than or equal to the memory request");
    }
  }
  return absl::OkStatus();
}

absl::Status ValidateTaskExecutor(const TaskInfo& task, const ResourceSet& executor_resources,
                                  const LaunchContext& context, const v1::ExecutorInfo* running) {
  const v1::ExecutorInfo& executor = task.executor();
  RETURN_IF_ERROR(ValidateExecutorForLaunch(executor, context.framework_id, running));
  if (executor.has_type() && executor.type() != v1::ExecutorInfo::CUSTOM) {
    return absl::InvalidArgumentError("'ExecutorInfo.type' must be 'CUSTOM'");
  }
  if (!executor.has_command()) {
    return absl::InvalidArgumentError("'ExecutorInfo.command' must be set");
  }
  for (const v1::Resource& resource : executor.resources()) {
    if (!resource.has_shared()) continue;
    return absl::InvalidArgumentError(absl::StrCat("Executor resources ",
                                                   executor_resources.ToString(),
                                                   " should not contain any shared resources"));
  }
  const v1::LinuxInfo& linux_info = executor.container().linux_info();
  if (linux_info.has_share_cgroups() && linux_info.share_cgroups()) {
    return absl::InvalidArgumentError(
        "The 'share_cgroups' field cannot be set to 'true' on executor containers");
  }
  return absl::OkStatus();
}

// The task and its executor, taken together.
absl::Status ValidateTogether(const TaskInfo& task, const ResourceSet& task_resources,
                              const ResourceSet& executor_resources) {
  if (!task.has_executor()) return absl::OkStatus();
  if (!task_resources.AddsUpWith(executor_resources)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "There are overlapping resources in the task resources ", task_resources.ToString(),
        " and executor resources ", executor_resources.ToString()));
  }
  ResourceProtos all = task.resources();
  all.MergeFrom(task.executor().resources());
  RETURN_IF_ERROR(
      Prefixed("Task and its executor use invalid resources: ", ValidateResourceForms(all)));
  RETURN_IF_ERROR(Prefixed("Task and its executor use duplicate persistence ID: ",
                           ValidateUniquePersistenceIds(all)));
  return Prefixed("Task and its executor mix revocable and non-revocable resources: ",
                  ValidateRevocableUnmixed(all));
}

// What a command task runs must be there; only an image could bring a command of its own.
absl::Status ValidateRunnable(const TaskInfo& task) {
  const v1::CommandInfo& command = task.has_executor() ? task.executor().command() : task.command();
  if (command.has_value() && !command.value().empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(task.has_executor() ? "Executor" : "Task",
                   "'s `CommandInfo` is invalid: 'value' must be the ",
                   command.shell() ? "shell command" : "path of the program", " to run"));
}

absl::Status ValidateShareCgroups(const TaskInfo& task) {
  const v1::LinuxInfo& linux_info = task.container().linux_info();
  if (!linux_info.has_share_cgroups() || linux_info.share_cgroups()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "Only tasks in a task group may have 'share_cgroups' set to 'false'");
}

void Allocate(absl::string_view role, ResourceProtos* resources) {
  for (v1::Resource& resource : *resources) {
    if (resource.allocation_info().has_role()) continue;
    resource.mutable_allocation_info()->set_role(std::string(role));
  }
}

}  // namespace

void NormalizeTask(absl::string_view framework_id, absl::string_view role, TaskInfo* task) {
  Allocate(role, task->mutable_resources());
  if (task->has_executor()) {
    Allocate(role, task->mutable_executor()->mutable_resources());
    if (!task->executor().has_framework_id()) {
      task->mutable_executor()->mutable_framework_id()->set_value(std::string(framework_id));
    }
  }
  // Older clients name the kind of a health check only by what they fill in.
  if (task->has_health_check() && !task->health_check().has_type()) {
    v1::HealthCheck* check = task->mutable_health_check();
    if (check->has_command() && !check->has_http()) {
      check->set_type(v1::HealthCheck::COMMAND);
    } else if (check->has_http() && !check->has_command()) {
      check->set_type(v1::HealthCheck::HTTP);
    }
  }
}

absl::StatusOr<LaunchResources> ValidateTask(const TaskInfo& task, const LaunchContext& context) {
  ASSIGN_OR_RETURN(ResourceSet task_resources, ResourceSet::FromProto(task.resources()));
  ASSIGN_OR_RETURN(ResourceSet executor_resources,
                   ResourceSet::FromProto(task.executor().resources()));
  RETURN_IF_ERROR(ValidateIdentity(task, context));
  RETURN_IF_ERROR(ValidateDurations(task));
  RETURN_IF_ERROR(ValidateChecks(task));
  RETURN_IF_ERROR(ValidateTaskResources(task));
  RETURN_IF_ERROR(ValidateCommandAndContainer(task));
  RETURN_IF_ERROR(ValidateLimits(task));
  if (task.has_executor() == task.has_command()) {
    return absl::InvalidArgumentError(
        "Task should have at least one (but not both) of CommandInfo or ExecutorInfo present");
  }
  const v1::ExecutorInfo* running = nullptr;
  if (task.has_executor()) {
    running = context.find_executor(task.executor().executor_id().value());
    RETURN_IF_ERROR(ValidateTaskExecutor(task, executor_resources, context, running));
  }
  RETURN_IF_ERROR(ValidateTogether(task, task_resources, executor_resources));
  LaunchResources launch{std::move(task_resources), {}};
  if (running == nullptr) launch.executor = std::move(executor_resources);
  const ResourceSet total = launch.task + launch.executor;
  if (!context.offered.Contains(total)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "Total resources ", total.ToString(),
        " required by task and its executor is more than available ", context.offered.ToString()));
  }
  RETURN_IF_ERROR(ValidateShareCgroups(task));
  RETURN_IF_ERROR(CheckTaskSupported(task));
  RETURN_IF_ERROR(ValidateRunnable(task));
  return launch;
}

}  // namespace mesos::master
