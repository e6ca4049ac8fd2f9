#include "agent/core/task_updates.h"

#include "agent/core/checks.h"
#include "agent/core/containers.h"
#include "agent/core/task_status.h"
#include "glog/logging.h"

namespace mesos::agent {
namespace {

void FillIn(Core& core, const std::string& task_id, v1::TaskStatus* status) {
  status->mutable_task_id()->set_value(task_id);
  *status->mutable_agent_id() = core.info->id();
  if (!status->has_timestamp()) {
    status->set_timestamp(absl::ToDoubleSeconds(core.now - absl::UnixEpoch()));
  }
  if (!status->has_uuid()) status->set_uuid(core.random.UuidBytes());
}

// Of a container that has run: there is nothing to tell of one that never started.
void FillInContainer(const Core& core, const Executor& executor, v1::TaskStatus* status) {
  if (!executor.pid.has_value()) return;
  v1::ContainerStatus& container = *status->mutable_container_status();
  if (!container.has_container_id()) {
    container.mutable_container_id()->set_value(executor.container_id);
  }
  if (!container.has_executor_pid()) {
    container.set_executor_pid(static_cast<uint32_t>(*executor.pid));
  }
  if (container.network_infos_size() == 0) {
    v1::NetworkInfo::IPAddress& address = *container.add_network_infos()->add_ip_addresses();
    address.set_protocol(core.options.ip.find(':') == std::string::npos ? v1::NetworkInfo::IPv4
                                                                        : v1::NetworkInfo::IPv6);
    address.set_ip_address(core.options.ip);
  }
}

// As clients expect it: one entry a state, the newest of it. Data are for the scheduler alone.
void RememberStatus(Core& core, Task& task, v1::TaskStatus status) {
  status.clear_data();
  if (!task.statuses.empty() && task.statuses.back()->state() == status.state()) {
    task.statuses.pop_back();
  }
  if (task.statuses.size() >= core.options.max_statuses_per_task) {
    task.statuses.erase(task.statuses.begin());
    ++core.stats.statuses_dropped;
  }
  task.statuses.push_back(std::make_shared<const v1::TaskStatus>(std::move(status)));
}

internal::StatusUpdate MakeUpdate(const std::string& framework_id, const v1::TaskStatus& status) {
  internal::StatusUpdate update;
  update.mutable_framework_id()->set_value(framework_id);
  *update.mutable_status() = status;
  return update;
}

}  // namespace

v1::TaskStatus AgentStatus(v1::TaskState state, v1::TaskStatus::Reason reason,
                           absl::string_view message) {
  v1::TaskStatus status;
  status.set_state(state);
  status.set_source(v1::TaskStatus::SOURCE_AGENT);
  status.set_reason(reason);
  status.set_message(std::string(message));
  return status;
}

v1::TaskStatus CommandStatus(v1::TaskState state) {
  v1::TaskStatus status;
  status.set_state(state);
  status.set_source(v1::TaskStatus::SOURCE_EXECUTOR);
  return status;
}

StatusUpdateStreams::Added UpdateTask(Core& core, Framework& framework, Executor& executor,
                                      Task& task, v1::TaskStatus status, bool on_disk) {
  const TaskKey key{executor.framework_id, task.id()};
  FillIn(core, key.task_id, &status);
  status.mutable_executor_id()->set_value(executor.id);
  FillInContainer(core, executor, &status);
  if (executor.is_command_task) AddCheckStatus(task, &status);
  const bool terminal = IsTerminal(status.state());
  if (!framework.terminating) {
    core.updates.Open(key, on_disk ? meta::TaskUpdates(core.Run(executor), key.task_id) : "");
    const StatusUpdateStreams::Added added =
        core.updates.Add(core.now, key, MakeUpdate(key.framework_id, status));
    if (added != StatusUpdateStreams::Added::kNew) return added;
  }
  if (terminal) {
    LOG(INFO) << "Task ended task=" << key.task_id << " framework=" << key.framework_id
              << " state=" << v1::TaskState_Name(status.state());
    ++core.stats.terminal[status.state()];
    core.deadlines.Cancel(task.completion_deadline);
    task.completion_deadline = DeadlineId::kNone;
    StopChecks(core, task);
  }
  if (status.source() == v1::TaskStatus::SOURCE_EXECUTOR) ++core.stats.valid_status_updates;
  task.state = status.state();
  RememberStatus(core, task, std::move(status));
  if (terminal && framework.terminating) CompleteTask(core, executor, key.task_id);
  return StatusUpdateStreams::Added::kNew;
}

void UpdateUnknownTask(Core& core, const std::string& framework_id, const std::string& task_id,
                       const std::string& executor_id, v1::TaskStatus status) {
  FillIn(core, task_id, &status);
  if (!executor_id.empty()) status.mutable_executor_id()->set_value(executor_id);
  const TaskKey key{framework_id, task_id};
  core.updates.Open(key, "");
  core.updates.Add(core.now, key, MakeUpdate(framework_id, status));
}

void Acknowledge(Core& core, const internal::AcknowledgeStatusUpdate& acknowledgement) {
  const TaskKey key{acknowledgement.framework_id().value(), acknowledgement.task_id().value()};
  switch (core.updates.Acknowledge(core.now, key, acknowledgement.uuid())) {
    case StatusUpdateStreams::Acknowledged::kUnexpected:
      VLOG(1) << "Unexpected acknowledgement task=" << key.task_id
              << " framework=" << key.framework_id;
      return;
    case StatusUpdateStreams::Acknowledged::kDone:
      return;
    case StatusUpdateStreams::Acknowledged::kClosed:
      break;
  }
  const FrameworkTable::TaskRef ref = core.table.FindTask(key.framework_id, key.task_id);
  // A refused task had a stream of its own; a task of the same id that runs is another one.
  if (ref && ref.task->terminal()) CompleteTask(core, *ref.executor, key.task_id);
}

void CompleteTask(Core& core, Executor& executor, const std::string& task_id) {
  auto it = executor.tasks.find(task_id);
  if (it == executor.tasks.end()) return;
  const TaskKey key{executor.framework_id, task_id};
  core.updates.Drop(key);
  core.deadlines.Cancel(it->second.completion_deadline);
  auto completed = std::make_shared<v1::Task>(
      RenderTask(executor, it->second, core.agent_id(), /*in_flight=*/nullptr));
  if (!it->second.statuses.empty()) {  // the last that was told, and acknowledged
    completed->set_status_update_state(it->second.statuses.back()->state());
    completed->set_status_update_uuid(it->second.statuses.back()->uuid());
  }
  executor.completed_tasks.push_back(std::move(completed));
  if (executor.completed_tasks.size() > core.options.max_completed_tasks_per_executor) {
    executor.completed_tasks.pop_front();
  }
  std::erase(executor.queued, key.task_id);
  core.table.RemoveTask(executor, key.task_id);
  MaybeCompleteRun(core, executor);
}

}  // namespace mesos::agent
