#include "agent/api/v1_reads.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/resources/resource_set.h"

namespace mesos::agent {
namespace {

using v1::agent::Call;
using v1::agent::Response;

void FillTask(const Snapshot& snapshot, const Executor& executor, const Task& task,
              Response::GetTasks* out) {
  v1::Task rendered = snapshot.Render(executor, task);
  if (task.terminal()) {
    *out->add_terminated_tasks() = std::move(rendered);
    return;
  }
  switch (task.delivery) {
    case Task::Delivery::kCheckpointing:
      *out->add_pending_tasks() = std::move(rendered);
      return;
    case Task::Delivery::kQueued:
      *out->add_queued_tasks() = std::move(rendered);
      return;
    case Task::Delivery::kDelivered:
      *out->add_launched_tasks() = std::move(rendered);
      return;
  }
}

void FillTasks(const Snapshot& snapshot, Response::GetTasks* out) {
  for (const auto& [framework_id, framework] : snapshot.frameworks) {
    for (const auto& [executor_id, executor] : framework.executors) {
      for (const auto& [task_id, task] : executor.tasks) FillTask(snapshot, executor, task, out);
      for (const auto& task : executor.completed_tasks) *out->add_completed_tasks() = *task;
    }
    for (const auto& executor : framework.completed_executors) {
      for (const auto& task : executor->tasks) *out->add_completed_tasks() = *task;
    }
  }
}

void FillExecutors(const Snapshot& snapshot, Response::GetExecutors* out) {
  for (const auto& [framework_id, framework] : snapshot.frameworks) {
    for (const auto& [executor_id, executor] : framework.executors) {
      *out->add_executors()->mutable_executor_info() = *executor.info;
    }
    for (const auto& executor : framework.completed_executors) {
      *out->add_completed_executors()->mutable_executor_info() = *executor->info;
    }
  }
}

void FillFrameworks(const Snapshot& snapshot, Response::GetFrameworks* out) {
  for (const auto& [framework_id, framework] : snapshot.frameworks) {
    Response::GetFrameworks::Framework* entry =
        framework.idle() ? out->add_completed_frameworks() : out->add_frameworks();
    *entry->mutable_framework_info() = *framework.info;
  }
}

void FillContainers(const Snapshot& snapshot, const ProcessTable& processes, Response* out) {
  for (const auto& [framework_id, framework] : snapshot.frameworks) {
    for (const auto& [executor_id, executor] : framework.executors) {
      if (!executor.has_container) continue;
      Response::GetContainers::Container& container =
          *out->mutable_get_containers()->add_containers();
      container.mutable_framework_id()->set_value(framework_id);
      container.mutable_executor_id()->set_value(executor_id);
      container.set_executor_name(executor.info->name());
      container.mutable_container_id()->set_value(executor.container_id);
      v1::ContainerStatus& status = *container.mutable_container_status();
      status.mutable_container_id()->set_value(executor.container_id);
      if (executor.pid.has_value()) status.set_executor_pid(static_cast<uint32_t>(*executor.pid));
      *container.mutable_resource_statistics() =
          ContainerStatistics(executor, snapshot.taken_at, processes);
    }
  }
}

}  // namespace

ResourceSet HeldBy(const Executor& executor) {
  // What the master let through was valid; what is not counts as nothing.
  ResourceSet held = ResourceSet::FromProto(executor.info->resources()).value_or(ResourceSet());
  for (const auto& [id, task] : executor.tasks) {
    if (task.terminal()) continue;
    held += ResourceSet::FromProto(task.info->resources()).value_or(ResourceSet());
  }
  return held;
}

v1::ResourceStatistics ContainerStatistics(const Executor& executor, absl::Time now,
                                           const ProcessTable& processes) {
  constexpr double kThousandths = 1000;
  constexpr int64_t kBytesPerMegabyte = 1 << 20;
  v1::ResourceStatistics statistics;
  statistics.set_timestamp(absl::ToDoubleSeconds(now - absl::UnixEpoch()));
  if (executor.pid.has_value()) {
    const ProcessUsage usage = processes.UsageOf(*executor.pid);
    statistics.set_cpus_user_time_secs(absl::ToDoubleSeconds(usage.user_time));
    statistics.set_cpus_system_time_secs(absl::ToDoubleSeconds(usage.system_time));
    statistics.set_mem_rss_bytes(usage.resident_bytes);
    statistics.set_processes(usage.processes);
    statistics.set_threads(usage.threads);
  }
  const ResourceSet held = HeldBy(executor);
  if (const int64_t cpus = held.Scalar("cpus"); cpus > 0) {
    statistics.set_cpus_soft_limit(static_cast<double>(cpus) / kThousandths);
  }
  if (const int64_t memory = held.Scalar("mem"); memory > 0) {
    const uint64_t bytes = static_cast<uint64_t>(static_cast<double>(memory) / kThousandths *
                                                 static_cast<double>(kBytesPerMegabyte));
    statistics.set_mem_limit_bytes(bytes);
    statistics.set_mem_soft_limit_bytes(bytes);
  }
  return statistics;
}

absl::StatusOr<Response> Read(const Call& call, const Snapshot& snapshot,
                              const std::function<ProcessTable()>& read_processes) {
  Response response;
  switch (call.type()) {
    case Call::GET_AGENT:
      response.set_type(Response::GET_AGENT);
      *response.mutable_get_agent()->mutable_agent_info() = *snapshot.info;
      return response;
    case Call::GET_TASKS:
      response.set_type(Response::GET_TASKS);
      FillTasks(snapshot, response.mutable_get_tasks());
      return response;
    case Call::GET_EXECUTORS:
      response.set_type(Response::GET_EXECUTORS);
      FillExecutors(snapshot, response.mutable_get_executors());
      return response;
    case Call::GET_FRAMEWORKS:
      response.set_type(Response::GET_FRAMEWORKS);
      FillFrameworks(snapshot, response.mutable_get_frameworks());
      return response;
    case Call::GET_CONTAINERS:
      response.set_type(Response::GET_CONTAINERS);
      FillContainers(snapshot, read_processes(), &response);
      return response;
    case Call::GET_OPERATIONS:
      response.set_type(Response::GET_OPERATIONS);
      response.mutable_get_operations();
      return response;
    case Call::GET_RESOURCE_PROVIDERS:
      response.set_type(Response::GET_RESOURCE_PROVIDERS);
      response.mutable_get_resource_providers();
      return response;
    case Call::GET_STATE:
      response.set_type(Response::GET_STATE);
      FillTasks(snapshot, response.mutable_get_state()->mutable_get_tasks());
      FillExecutors(snapshot, response.mutable_get_state()->mutable_get_executors());
      FillFrameworks(snapshot, response.mutable_get_state()->mutable_get_frameworks());
      return response;
    case Call::UNKNOWN:
      if (call.has_type()) break;
      return absl::InvalidArgumentError(
          "Failed to validate agent::Call: Expecting 'type' to be present");
    case Call::GET_HEALTH:
    case Call::GET_FLAGS:
    case Call::GET_VERSION:
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
    case Call::ADD_RESOURCE_PROVIDER_CONFIG:
    case Call::UPDATE_RESOURCE_PROVIDER_CONFIG:
    case Call::REMOVE_RESOURCE_PROVIDER_CONFIG:
    case Call::PRUNE_IMAGES:
    case Call::MARK_RESOURCE_PROVIDER_GONE:
      break;
  }
  return NotServed(call.type());
}

bool IsRead(Call::Type type) {
  constexpr Call::Type kReads[] = {
      Call::GET_AGENT, Call::GET_CONTAINERS, Call::GET_EXECUTORS,          Call::GET_FRAMEWORKS,
      Call::GET_TASKS, Call::GET_OPERATIONS, Call::GET_RESOURCE_PROVIDERS, Call::GET_STATE};
  return std::find(std::begin(kReads), std::end(kReads), type) != std::end(kReads);
}

absl::Status NotServed(Call::Type type) {
  return absl::UnimplementedError(
      absl::StrCat("This agent does not answer ", Call::Type_Name(type), " in this version"));
}

}  // namespace mesos::agent
