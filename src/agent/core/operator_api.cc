#include "agent/core/operator_api.h"

#include "absl/strings/str_cat.h"
#include "agent/core/task_status.h"
#include "mesos/v1/agent/agent.pb.h"

namespace mesos::agent {
namespace {

using v1::agent::Call;
using v1::agent::Response;

void FillTasks(Core& core, Response::GetTasks* out) {
  for (const auto& [framework_id, framework] : core.table.frameworks()) {
    for (const auto& [executor_id, executor] : framework.executors) {
      for (const auto& [task_id, task] : executor.tasks) {
        const StatusUpdatePtr in_flight = core.updates.InFlight(TaskKey{framework_id, task_id});
        v1::Task rendered = RenderTask(executor, task, core.agent_id(), in_flight.get());
        if (task.terminal()) {
          *out->add_terminated_tasks() = std::move(rendered);
          continue;
        }
        switch (task.delivery) {
          case Task::Delivery::kCheckpointing:
            *out->add_pending_tasks() = std::move(rendered);
            break;
          case Task::Delivery::kQueued:
            *out->add_queued_tasks() = std::move(rendered);
            break;
          case Task::Delivery::kDelivered:
            *out->add_launched_tasks() = std::move(rendered);
            break;
        }
      }
      for (const auto& task : executor.completed_tasks) *out->add_completed_tasks() = *task;
    }
    for (const CompletedExecutor& executor : framework.completed_executors) {
      for (const auto& task : executor.tasks) *out->add_completed_tasks() = *task;
    }
  }
}

void FillExecutors(const Core& core, Response::GetExecutors* out) {
  for (const auto& [framework_id, framework] : core.table.frameworks()) {
    for (const auto& [executor_id, executor] : framework.executors) {
      *out->add_executors()->mutable_executor_info() = *executor.info;
    }
    for (const CompletedExecutor& executor : framework.completed_executors) {
      *out->add_completed_executors()->mutable_executor_info() = *executor.info;
    }
  }
}

void FillFrameworks(const Core& core, Response::GetFrameworks* out) {
  for (const auto& [framework_id, framework] : core.table.frameworks()) {
    Response::GetFrameworks::Framework* entry =
        framework.idle() ? out->add_completed_frameworks() : out->add_frameworks();
    *entry->mutable_framework_info() = *framework.info;
  }
}

void FillContainers(const Core& core, Response::GetContainers* out) {
  for (const auto& [framework_id, framework] : core.table.frameworks()) {
    for (const auto& [executor_id, executor] : framework.executors) {
      if (!executor.has_container) continue;
      Response::GetContainers::Container& container = *out->add_containers();
      container.mutable_framework_id()->set_value(framework_id);
      container.mutable_executor_id()->set_value(executor_id);
      container.set_executor_name(executor.info->name());
      container.mutable_container_id()->set_value(executor.container_id);
      v1::ContainerStatus& status = *container.mutable_container_status();
      status.mutable_container_id()->set_value(executor.container_id);
      if (executor.pid.has_value()) status.set_executor_pid(static_cast<uint32_t>(*executor.pid));
    }
  }
}

absl::StatusOr<std::shared_ptr<const Response>> Unsupported(const Call& call) {
  return absl::UnimplementedError(
      absl::StrCat("This agent does not answer ", Call::Type_Name(call.type())));
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Response>> AnswerOperator(Core& core, const Call& call) {
  auto response = std::make_shared<Response>();
  switch (call.type()) {
    case Call::GET_HEALTH:
      response->set_type(Response::GET_HEALTH);
      response->mutable_get_health()->set_healthy(true);
      return response;
    case Call::GET_VERSION:
      response->set_type(Response::GET_VERSION);
      response->mutable_get_version()->mutable_version_info()->set_version(core.options.version);
      return response;
    case Call::GET_AGENT:
      response->set_type(Response::GET_AGENT);
      *response->mutable_get_agent()->mutable_agent_info() = *core.info;
      return response;
    case Call::GET_TASKS:
      response->set_type(Response::GET_TASKS);
      FillTasks(core, response->mutable_get_tasks());
      return response;
    case Call::GET_EXECUTORS:
      response->set_type(Response::GET_EXECUTORS);
      FillExecutors(core, response->mutable_get_executors());
      return response;
    case Call::GET_FRAMEWORKS:
      response->set_type(Response::GET_FRAMEWORKS);
      FillFrameworks(core, response->mutable_get_frameworks());
      return response;
    case Call::GET_CONTAINERS:
      response->set_type(Response::GET_CONTAINERS);
      FillContainers(core, response->mutable_get_containers());
      return response;
    case Call::GET_STATE:
      response->set_type(Response::GET_STATE);
      FillTasks(core, response->mutable_get_state()->mutable_get_tasks());
      FillExecutors(core, response->mutable_get_state()->mutable_get_executors());
      FillFrameworks(core, response->mutable_get_state()->mutable_get_frameworks());
      return response;
    case Call::UNKNOWN:
      if (!call.has_type()) {
        return absl::InvalidArgumentError("Expecting 'type' to be present");
      }
      return Unsupported(call);
    case Call::GET_FLAGS:
    case Call::GET_METRICS:
    case Call::GET_LOGGING_LEVEL:
    case Call::SET_LOGGING_LEVEL:
    case Call::LIST_FILES:
    case Call::READ_FILE:
    case Call::LAUNCH_NESTED_CONTAINER:
    case Call::WAIT_NESTED_CONTAINER:
    case Call::KILL_NESTED_CONTAINER:
    case Call::LAUNCH_NESTED_CONTAINER_SESSION:
    case Call::ATTACH_CONTAINER_INPUT:
    case Call::ATTACH_CONTAINER_OUTPUT:
    case Call::REMOVE_NESTED_CONTAINER:
    case Call::LAUNCH_CONTAINER:
    case Call::WAIT_CONTAINER:
    case Call::KILL_CONTAINER:
    case Call::REMOVE_CONTAINER:
    case Call::GET_RESOURCE_PROVIDERS:
    case Call::ADD_RESOURCE_PROVIDER_CONFIG:
    case Call::UPDATE_RESOURCE_PROVIDER_CONFIG:
    case Call::REMOVE_RESOURCE_PROVIDER_CONFIG:
    case Call::PRUNE_IMAGES:
    case Call::GET_OPERATIONS:
    case Call::MARK_RESOURCE_PROVIDER_GONE:
      return Unsupported(call);
  }
  return Unsupported(call);
}

}  // namespace mesos::agent
