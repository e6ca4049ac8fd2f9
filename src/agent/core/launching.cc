#include "agent/core/launching.h"

#include "absl/strings/str_cat.h"
#include "agent/checkpoint/record_codec.h"
#include "agent/core/container_spec.h"
#include "agent/core/containers.h"
#include "agent/core/registration.h"
#include "agent/core/removals.h"
#include "agent/core/task_status.h"
#include "agent/core/task_updates.h"
#include "glog/logging.h"
#include "internal/checkpoint.pb.h"
#include "mesos/v1/executor/executor.pb.h"

namespace mesos::agent {
namespace {

void Refuse(Core& core, const v1::FrameworkID& framework_id, const v1::TaskInfo& task,
            v1::TaskStatus status) {
  LOG(WARNING) << "Refusing task=" << task.task_id().value()
               << " framework=" << framework_id.value() << ": " << status.message();
  ++core.stats.tasks_refused;
  const std::string& executor_id =
      task.has_executor() ? task.executor().executor_id().value() : task.task_id().value();
  UpdateUnknownTask(core, framework_id.value(), task.task_id().value(), executor_id,
                    std::move(status));
}

// Why `task` cannot go to the executor that has its executor's id already; nullopt where it can.
std::optional<v1::TaskStatus> CheckExisting(const Framework& framework, const Executor& executor,
                                            const v1::TaskInfo& task) {
  auto drop = [&](absl::string_view message) {
    return AgentStatus(DroppedState(framework), v1::TaskStatus::REASON_EXECUTOR_TERMINATED,
                       message);
  };
  if (executor.phase == ExecutorPhase::kTerminating) return drop("Executor terminating");
  if (executor.phase == ExecutorPhase::kTerminated) return drop("Executor terminated");
  if (executor.is_command_task || !task.has_executor()) {
    return AgentStatus(v1::TASK_ERROR, v1::TaskStatus::REASON_TASK_INVALID,
                       absl::StrCat("Executor id '", executor.id, "' is in use by another task"));
  }
  return std::nullopt;
}

Executor& CreateExecutor(Core& core, Framework& framework, const v1::TaskInfo& task) {
  Executor executor;
  executor.framework_id = framework.info->id().value();
  executor.is_command_task = !task.has_executor();
  executor.container_id = core.random.Uuid();
  if (executor.is_command_task) {
    executor.info = std::make_shared<const v1::ExecutorInfo>(
        CommandExecutorInfo(task, framework.info->id(), core.options.launcher_directory));
  } else {
    v1::ExecutorInfo info = task.executor();
    *info.mutable_framework_id() = framework.info->id();
    executor.info = std::make_shared<const v1::ExecutorInfo>(std::move(info));
    executor.token = core.options.new_secret ? core.options.new_secret() : core.random.Uuid();
  }
  executor.id = executor.info->executor_id().value();
  const RunId run = core.Run(executor);
  KeepExecutor(core, run);
  executor.checkpointed = executor.is_command_task;  // it follows from its task
  return core.table.AddExecutor(framework, std::move(executor));
}

// As with a framework's info.
void WriteExecutorInfo(Core& core, Executor& executor) {
  if (executor.checkpointed) return;
  internal::ExecutorCheckpoint checkpoint;
  checkpoint.set_version(kCheckpointVersion);
  *checkpoint.mutable_info() = *executor.info;
  if (!executor.token.empty()) checkpoint.set_token(executor.token);
  core.WriteMessage(meta::ExecutorInfo(core.agent_id(), executor.framework_id, executor.id),
                    checkpoint);
  executor.info_token = core.next_token;
}

void LaunchTask(Core& core, Framework& framework, const v1::TaskInfo& info) {
  const std::string& task_id = info.task_id().value();
  const std::string framework_id = framework.info->id().value();
  if (core.table.FindTask(framework_id, task_id)) {
    LOG(WARNING) << "Ignoring a second launch of task=" << task_id << " framework=" << framework_id;
    return;
  }
  if (core.updates.Has(TaskKey{framework_id, task_id})) {
    LOG(WARNING) << "Ignoring the launch of task=" << task_id << " framework=" << framework_id
                 << ": the end of the one of that id that was refused is not acknowledged yet";
    return;
  }
  const absl::Status valid = ValidateTask(info, core.agent_id());
  if (!valid.ok()) {
    Refuse(core, framework.info->id(), info,
           AgentStatus(v1::TASK_ERROR, v1::TaskStatus::REASON_TASK_INVALID, valid.message()));
    return;
  }
  const std::string& executor_id =
      info.has_executor() ? info.executor().executor_id().value() : task_id;
  Executor* executor = core.table.FindExecutor(framework_id, executor_id);
  if (executor != nullptr) {
    if (std::optional<v1::TaskStatus> refusal = CheckExisting(framework, *executor, info)) {
      Refuse(core, framework.info->id(), info, *std::move(refusal));
      return;
    }
  } else {
    executor = &CreateExecutor(core, framework, info);
  }
  WriteExecutorInfo(core, *executor);
  const RunId run = core.Run(*executor);
  internal::TaskCheckpoint checkpoint;
  checkpoint.set_version(kCheckpointVersion);
  *checkpoint.mutable_info() = info;
  checkpoint.set_launched_at_nanoseconds(absl::ToUnixNanos(core.now));
  core.WriteMessage(meta::TaskInfo(run, task_id), checkpoint);
  if (executor->tasks.empty() && executor->phase == ExecutorPhase::kCheckpointing) {
    core.Write({CheckpointWrite::Kind::kSymlink, meta::LatestRunLink(run), run.container_id,
                /*sync=*/false});
  }
  Task task;
  task.info = std::make_shared<const v1::TaskInfo>(info);
  task.launched_at = core.now;
  core.table.AddTask(*executor, std::move(task));
  core.Awaited().launches.push_back({executor->container_id, task_id});
}

void LaunchExecutor(Core& core, Framework& framework, Executor& executor) {
  executor.phase = ExecutorPhase::kLaunching;
  executor.has_container = true;
  core.Push(LaunchContainer{MakeContainerSpec(core, framework, executor)});
  if (executor.is_command_task) return;
  LOG(INFO) << "Launching executor=" << executor.id << " framework=" << executor.framework_id
            << " container=" << executor.container_id;
  executor.deadline = core.deadlines.Arm(core.now + core.options.executor_registration_timeout,
                                         ExecutorRegistrationDue{executor.container_id});
}

// Without its checkpoint a task is not run: a restart would not find it again.
void NotCheckpointed(Core& core, Framework& framework, Executor& executor, Task* task,
                     const absl::Status& status) {
  if (task != nullptr && !task->terminal()) {
    // A part of it may stand there; a restart would take that for a task that was launched.
    core.Write({CheckpointWrite::Kind::kRemove, meta::TaskDirectory(core.Run(executor), task->id()),
                "", /*sync=*/false});
    UpdateTask(core, framework, executor, *task,
               AgentStatus(DroppedState(framework), v1::TaskStatus::REASON_EXECUTOR_TERMINATED,
                           absl::StrCat("Failed to write the task to disk: ", status.message())),
               /*on_disk=*/false);
  }
  if (executor.phase != ExecutorPhase::kCheckpointing) return;
  for (const auto& [id, other] : executor.tasks) {
    if (!other.terminal()) return;
  }
  ExecutorGone(core, executor, std::nullopt);
}

}  // namespace

Framework& AdoptFramework(Core& core, const v1::FrameworkInfo& info) {
  const std::string& id = info.id().value();
  Framework* framework = core.table.Find(id);
  if (framework == nullptr) {
    framework = &core.table.Add(std::make_shared<const v1::FrameworkInfo>(info));
  } else if (framework->info->SerializeAsString() != info.SerializeAsString()) {
    framework->info = std::make_shared<const v1::FrameworkInfo>(info);
    framework->checkpointed = false;
  }
  // Written with every launch until one of these writes is known to have worked: a checkpoint may
  // fail while the next is on its way already.
  if (!framework->checkpointed) {
    internal::FrameworkCheckpoint checkpoint;
    checkpoint.set_version(kCheckpointVersion);
    *checkpoint.mutable_info() = info;
    core.WriteMessage(meta::FrameworkInfo(core.agent_id(), id), checkpoint);
    framework->info_token = core.next_token;
  }
  return *framework;
}

void UpdateFramework(Core& core, const internal::UpdateFramework& message) {
  core.updates.Resend(core.now, message.framework().id().value());
  if (core.table.Find(message.framework().id().value()) == nullptr) return;
  AdoptFramework(core, message.framework());
}

void RunTasks(Core& core, const internal::RunTasks& message) {
  const v1::FrameworkInfo& info = message.framework();
  if (core.ending.has_value()) {
    LOG(WARNING) << "Ignoring tasks of framework=" << info.id().value() << ": the agent is ending";
    return;
  }
  const absl::Status valid = ValidatePathId("Framework", info.id().value());
  if (!valid.ok()) {
    for (const v1::TaskInfo& task : message.tasks()) {
      Refuse(core, info.id(), task,
             AgentStatus(v1::TASK_ERROR, v1::TaskStatus::REASON_TASK_INVALID, valid.message()));
    }
    return;
  }
  if (const Framework* known = core.table.Find(info.id().value());
      known != nullptr && known->terminating) {
    for (const v1::TaskInfo& task : message.tasks()) {
      Refuse(core, info.id(), task,
             AgentStatus(DroppedState(*known), v1::TaskStatus::REASON_FRAMEWORK_REMOVED,
                         "Framework is being shut down on this agent"));
    }
    return;
  }
  std::erase(core.idle_frameworks, info.id().value());
  KeepFramework(core, info.id().value());
  WriteAgentInfo(core);
  Framework& framework = AdoptFramework(core, info);
  for (const v1::TaskInfo& task : message.tasks()) LaunchTask(core, framework, task);
  // Refused tasks leave no executor behind.
  if (framework.idle()) FrameworkIdle(core, framework);
}

void OnTaskCheckpointed(Core& core, const PendingLaunch& launch, CheckpointToken token,
                        const absl::Status& status) {
  Executor* executor = core.table.FindContainer(launch.container_id);
  if (executor == nullptr || !executor->alive()) return;
  Framework& framework = *core.table.Find(executor->framework_id);
  if (status.ok() && framework.info_token == token) framework.checkpointed = true;
  if (status.ok() && executor->info_token == token) executor->checkpointed = true;
  auto it = executor->tasks.find(launch.task_id);
  Task* task = it == executor->tasks.end() ? nullptr : &it->second;
  if (!status.ok()) {
    NotCheckpointed(core, framework, *executor, task, status);
    return;
  }
  const bool wanted = task != nullptr && !task->terminal();
  if (wanted) {
    task->delivery = Task::Delivery::kQueued;
    ++core.stats.tasks_launched;
  }
  if (executor->is_command_task) {
    if (!wanted || executor->phase != ExecutorPhase::kCheckpointing) return;
    task->delivery = Task::Delivery::kDelivered;
    LOG(INFO) << "Launching task=" << launch.task_id << " framework=" << executor->framework_id
              << " container=" << executor->container_id;
    LaunchExecutor(core, framework, *executor);
    return;
  }
  if (wanted) executor->queued.push_back(launch.task_id);
  if (executor->phase == ExecutorPhase::kCheckpointing) {
    // Every task may have been killed meanwhile.
    bool any = false;
    for (const auto& [id, other] : executor->tasks) any = any || !other.terminal();
    if (any) {
      LaunchExecutor(core, framework, *executor);
    } else {
      ExecutorGone(core, *executor, std::nullopt);
    }
    return;
  }
  if (executor->phase == ExecutorPhase::kRunning && executor->session != SessionId::kNone) {
    DeliverQueued(core, *executor);
  }
}

void DeliverQueued(Core& core, Executor& executor) {
  std::vector<std::string> queued = std::exchange(executor.queued, {});
  for (const std::string& task_id : queued) {
    auto it = executor.tasks.find(task_id);
    if (it == executor.tasks.end() || it->second.terminal()) continue;
    it->second.delivery = Task::Delivery::kDelivered;
    auto event = std::make_shared<v1::executor::Event>();
    event->set_type(v1::executor::Event::LAUNCH);
    *event->mutable_launch()->mutable_task() = *it->second.info;
    core.Push(SendToExecutor{executor.session, std::move(event)});
  }
}

}  // namespace mesos::agent
