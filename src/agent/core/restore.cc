#include "agent/core/restore.h"

#include "absl/strings/str_cat.h"
#include "agent/checkpoint/record_codec.h"
#include "agent/core/checks.h"
#include "agent/core/containers.h"
#include "agent/core/kills.h"
#include "agent/core/registration.h"
#include "agent/core/removals.h"
#include "agent/core/task_status.h"
#include "agent/core/task_updates.h"
#include "common/messages/task_state.h"
#include "glog/logging.h"
#include "internal/checkpoint.pb.h"

namespace mesos::agent {
namespace {

Task RestoredTask(const RecoveredTask& recovered) {
  Task task;
  task.info = std::make_shared<const v1::TaskInfo>(recovered.info);
  task.launched_at = recovered.launched_at;
  task.delivery =
      Task::Delivery::kDelivered;  // it may have been; the executor says so when it is back
  task.kill_requested = recovered.kill_requested;
  for (const internal::StatusUpdate& update : recovered.updates) {
    if (!MayComeFromAgent(update.status().state())) continue;
    task.state = update.status().state();
    if (!task.statuses.empty() && task.statuses.back()->state() == task.state) {
      task.statuses.pop_back();
    }
    auto status = std::make_shared<v1::TaskStatus>(update.status());
    status->clear_data();  // for the scheduler alone
    task.statuses.push_back(std::move(status));
    if (task.terminal()) break;
  }
  if (task.state == v1::TASK_KILLING) task.kill_requested = true;
  RestoreHealth(recovered.updates, task);
  return task;
}

std::optional<int32_t> KnownPid(const Executor& executor) {
  for (const auto& [id, task] : executor.tasks) {
    for (const auto& status : task.statuses) {
      if (status->container_status().has_executor_pid()) {
        return static_cast<int32_t>(status->container_status().executor_pid());
      }
    }
  }
  return std::nullopt;
}

void RestoreExecutor(Core& core, Framework& framework, const RecoveredExecutor& recovered) {
  Executor executor;
  executor.framework_id = framework.info->id().value();
  executor.id = recovered.executor_id;
  executor.is_command_task = recovered.is_command_task;
  executor.container_id = recovered.container_id;
  executor.token = recovered.token;
  executor.recovered = true;
  executor.checkpointed = true;
  executor.has_container = true;
  executor.phase =
      recovered.is_command_task ? ExecutorPhase::kRunning : ExecutorPhase::kRegistering;
  executor.info = std::make_shared<const v1::ExecutorInfo>(
      recovered.is_command_task
          ? CommandExecutorInfo(recovered.tasks.front().info, framework.info->id(),
                                core.options.launcher_directory)
          : recovered.info);
  Executor& added = core.table.AddExecutor(framework, std::move(executor));
  for (const RecoveredTask& recovered_task : recovered.tasks) {
    Task& task = core.table.AddTask(added, RestoredTask(recovered_task));
    const TaskKey key{added.framework_id, task.id()};
    const std::string path = meta::TaskUpdates(core.Run(added), key.task_id);
    if (!core.updates.Restore(key, path, recovered_task)) {
      CompleteTask(core, added, key.task_id);
    } else if (added.is_command_task && !task.terminal()) {
      ArmCompletionDeadline(core, added, task, task.launched_at);
    }
  }
  added.pid = KnownPid(added);
  core.Push(ReattachContainer{
      added.container_id,
      ContainerRuntimeDirectory(core.options.runtime_directory, added.container_id),
      core.rebooted});
  if (added.is_command_task) return;
  added.deadline = core.deadlines.Arm(core.now + core.options.executor_reregistration_timeout,
                                      ExecutorReregistrationDue{added.container_id});
}

void RestoreFramework(Core& core, const RecoveredFramework& recovered) {
  Framework* framework = nullptr;
  if (recovered.info.has_value()) {
    framework = &core.table.Add(std::make_shared<const v1::FrameworkInfo>(*recovered.info));
    framework->checkpointed = true;
    for (const RecoveredExecutor& executor : recovered.executors) {
      if (TakenUp(recovered, executor)) RestoreExecutor(core, *framework, executor);
    }
  }
  for (const RecoveredExecutor& executor : recovered.executors) {
    const RunId run{core.agent_id(), recovered.id, executor.executor_id, executor.container_id};
    if (core.table.FindContainer(run.container_id) != nullptr) continue;
    if (!executor.has_sentinel) {
      core.Write({CheckpointWrite::Kind::kReplace, meta::Sentinel(run), EncodeEnd(core.now),
                  /*sync=*/false});
    }
    ScheduleRunRemoval(core, run, executor.ended_at.value_or(core.now));
    if (core.table.FindExecutor(run.framework_id, run.executor_id) == nullptr) {
      ScheduleExecutorRemoval(core, run);
    }
  }
  if (framework == nullptr) {
    ScheduleFrameworkRemoval(core, recovered.id);
  } else if (framework->idle()) {
    FrameworkIdle(core, *framework);
  }
}

void WriteMachine(Core& core) {
  internal::MachineCheckpoint checkpoint;
  checkpoint.set_version(kCheckpointVersion);
  checkpoint.set_machine_id(core.options.machine.machine_id);
  checkpoint.set_product_id(core.options.machine.product_id);
  checkpoint.set_work_directory(core.options.machine.work_directory);
  core.WriteMessage(meta::Machine(), checkpoint);
}

}  // namespace

void Restore(Core& core, RecoveredState recovered) {
  core.rebooted = recovered.rebooted;
  for (const std::string& problem : recovered.problems) {
    LOG(ERROR) << "Skipped in recovery: " << problem;
  }
  if (!core.options.boot_id.empty()) {
    core.Write({CheckpointWrite::Kind::kReplace, meta::BootId(), core.options.boot_id});
  }
  // First, so that a crash in between does not make the copy's agent out of it after all.
  if (recovered.copied) {
    core.Write({CheckpointWrite::Kind::kRemove, meta::LatestAgentLink(), ""});
  }
  if (core.options.machine != MachineIdentity() && core.options.machine != recovered.machine) {
    WriteMachine(core);
  }
  if (!recovered.agent.has_value()) return;
  auto info = std::make_shared<v1::AgentInfo>(core.options.info);
  *info->mutable_id() = recovered.agent->id();
  core.info = std::move(info);
  core.has_id = true;
  core.info_on_disk = core.info->SerializeAsString() == recovered.agent->SerializeAsString();
  WriteAgentInfo(core);
  for (const RecoveredFramework& framework : recovered.frameworks)
    RestoreFramework(core, framework);
  LOG(INFO) << "Recovered agent=" << core.agent_id() << " containers=" << core.table.containers()
            << " tasks=" << core.table.tasks() << " rebooted=" << core.rebooted;
}

}  // namespace mesos::agent
