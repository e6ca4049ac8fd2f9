#include "agent/core/containers.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/checkpoint/record_codec.h"
#include "agent/core/checks.h"
#include "agent/core/kills.h"
#include "agent/core/removals.h"
#include "agent/core/task_status.h"
#include "agent/core/task_updates.h"
#include "glog/logging.h"
#include "mesos/v1/executor/executor.pb.h"

namespace mesos::agent {
namespace {

// Where the restarted agent finds nothing of a container, it was not launched: a launcher leaves
// its pid behind before the command starts. A boot may have taken that away.
bool NeverRan(const Core& core, const Executor& executor, const Task& task) {
  return executor.recovered && !core.rebooted && task.state == v1::TASK_STAGING;
}

// The terminal update of a command task whose container is gone.
v1::TaskStatus EndOfCommand(const Core& core, const Framework& framework, const Executor& executor,
                            const Task& task, const ContainerExited& event) {
  if (event.launch_failed) {
    if (task.kill_requested) {
      return AgentStatus(v1::TASK_KILLED, v1::TaskStatus::REASON_TASK_KILLED_DURING_LAUNCH,
                         event.message);
    }
    if (event.sandbox_failed) {
      return AgentStatus(DroppedState(framework), v1::TaskStatus::REASON_EXECUTOR_TERMINATED,
                         event.message);
    }
    return AgentStatus(v1::TASK_FAILED, v1::TaskStatus::REASON_CONTAINER_LAUNCH_FAILED,
                       absl::StrCat("Failed to launch container: ", event.message));
  }
  if (event.status.has_value()) {
    v1::TaskStatus status = CommandStatus(v1::TASK_FAILED);
    if (task.out_of_time) {
      status.set_reason(v1::TaskStatus::REASON_MAX_COMPLETION_TIME_REACHED);
    } else if (task.kill_requested) {
      status.set_state(v1::TASK_KILLED);
    } else if (ExitedWithZero(*event.status)) {
      status.set_state(v1::TASK_FINISHED);
    }
    status.set_message(absl::StrCat("Command ", DescribeWaitStatus(*event.status)));
    return status;
  }
  const std::string why = event.message.empty() ? "its end is not known" : event.message;
  if (executor.termination.has_value()) {
    return AgentStatus(v1::TASK_FAILED, executor.termination->reason,
                       executor.termination->message);
  }
  if (task.kill_requested) {
    return AgentStatus(v1::TASK_KILLED, v1::TaskStatus::REASON_EXECUTOR_TERMINATED,
                       absl::StrCat("Executor terminated: ", why));
  }
  if (NeverRan(core, executor, task)) {
    return AgentStatus(DroppedState(framework), v1::TaskStatus::REASON_AGENT_RESTARTED,
                       absl::StrCat("Task was not running when the agent restarted: ", why));
  }
  return AgentStatus(v1::TASK_FAILED,
                     core.rebooted && executor.recovered
                         ? v1::TaskStatus::REASON_AGENT_RESTARTED
                         : v1::TaskStatus::REASON_EXECUTOR_TERMINATED,
                     absl::StrCat("Executor terminated: ", why));
}

// The update of a custom executor's task that the executor did not end itself.
v1::TaskStatus EndOfExecutor(const Core& core, const Framework& framework, const Executor& executor,
                             const Task& task, const ContainerExited& event) {
  if (executor.termination.has_value()) {
    return AgentStatus(v1::TASK_FAILED, executor.termination->reason,
                       executor.termination->message);
  }
  if (event.launch_failed && event.sandbox_failed) {
    return AgentStatus(DroppedState(framework), v1::TaskStatus::REASON_EXECUTOR_TERMINATED,
                       event.message);
  }
  if (event.launch_failed) {
    return AgentStatus(v1::TASK_FAILED, v1::TaskStatus::REASON_CONTAINER_LAUNCH_FAILED,
                       absl::StrCat("Failed to launch container: ", event.message));
  }
  if (!event.status.has_value() && NeverRan(core, executor, task)) {
    return AgentStatus(DroppedState(framework), v1::TaskStatus::REASON_AGENT_RESTARTED,
                       "Task was not running when the agent restarted");
  }
  const std::string how = event.status.has_value() ? DescribeWaitStatus(*event.status)
                          : event.message.empty()  ? "its end is not known"
                                                   : event.message;
  return AgentStatus(v1::TASK_FAILED, v1::TaskStatus::REASON_EXECUTOR_TERMINATED,
                     absl::StrCat("Executor terminated: ", how));
}

bool Fetches(const Executor& executor) {
  if (!executor.is_command_task) return executor.info->command().uris_size() > 0;
  return !executor.tasks.empty() && executor.tasks.begin()->second.info->command().uris_size() > 0;
}

std::vector<std::string> LiveTaskIds(const Executor& executor) {
  std::vector<std::string> ids;
  for (const auto& [id, task] : executor.tasks) {
    if (!task.terminal()) ids.push_back(id);
  }
  return ids;
}

void CompleteRun(Core& core, Framework& framework, Executor& executor) {
  const RunId run = core.Run(executor);
  core.Write({CheckpointWrite::Kind::kReplace, meta::Sentinel(run), EncodeEnd(core.now),
              /*sync=*/false});
  core.Push(RemoveDirectory{
      ContainerRuntimeDirectory(core.options.runtime_directory, executor.container_id)});
  ScheduleRunRemoval(core, run, core.now);
  ScheduleExecutorRemoval(core, run);
  framework.completed_executors.push_back(
      std::make_shared<const CompletedExecutor>(CompletedExecutor{
          executor.id, executor.info, executor.container_id, std::move(executor.completed_tasks)}));
  if (framework.completed_executors.size() > core.options.max_completed_executors_per_framework) {
    framework.completed_executors.pop_front();
    ++core.stats.completed_executors_dropped;
  }
  core.deadlines.Cancel(executor.deadline);
  core.table.RemoveExecutor(run.framework_id, run.executor_id);
}

}  // namespace

// Frameworks without executors are remembered for a while; the longest idle are forgotten first.
void FrameworkIdle(Core& core, Framework& framework) {
  const std::string id = framework.info->id().value();
  std::erase(core.idle_frameworks, id);
  framework.terminating = false;
  ScheduleFrameworkRemoval(core, id);
  core.idle_frameworks.push_back(id);
  while (core.idle_frameworks.size() > core.options.max_completed_frameworks) {
    core.table.Remove(core.idle_frameworks.front());
    core.idle_frameworks.pop_front();
    ++core.stats.completed_frameworks_dropped;
  }
}

void OnContainerStarted(Core& core, const ContainerStarted& event) {
  Executor* executor = core.table.FindContainer(event.container_id);
  if (executor == nullptr || !executor->alive()) return;
  executor->pid = event.pid;
  if (!executor->recovered && Fetches(*executor)) ++core.stats.fetches_succeeded;
  if (!executor->is_command_task) {
    if (executor->phase == ExecutorPhase::kLaunching) executor->phase = ExecutorPhase::kRegistering;
    return;
  }
  if (executor->phase == ExecutorPhase::kLaunching) executor->phase = ExecutorPhase::kRunning;
  if (executor->tasks.empty()) return;
  Task& task = executor->tasks.begin()->second;
  Framework& framework = *core.table.Find(executor->framework_id);
  if (task.kill_requested || task.terminal() || framework.terminating) return;
  if (task.state != v1::TASK_STAGING) {  // a former agent process has told so
    StartChecks(core, *executor, task, task.launched_at);
    return;
  }
  UpdateTask(core, framework, *executor, task, CommandStatus(v1::TASK_STARTING));
  UpdateTask(core, framework, *executor, task, CommandStatus(v1::TASK_RUNNING));
  ArmCompletionDeadline(core, *executor, task, core.now);
  StartChecks(core, *executor, task, core.now);
}

void OnContainerExited(Core& core, const ContainerExited& event) {
  Executor* executor = core.table.FindContainer(event.container_id);
  if (executor == nullptr || !executor->has_container) return;
  executor->has_container = false;
  Framework& framework = *core.table.Find(executor->framework_id);
  const std::string framework_id = executor->framework_id;
  const std::string executor_id = executor->id;
  if (event.launch_failed) {
    ++core.stats.container_launch_errors;
    if (absl::StartsWith(event.message, kFetchFailed)) ++core.stats.fetches_failed;
    LOG(WARNING) << "Container failed to launch container=" << event.container_id
                 << " executor=" << executor_id << ": " << event.message;
  }
  // The phase keeps the executor in place until ExecutorGone.
  for (const std::string& task_id : LiveTaskIds(*executor)) {
    Task& task = executor->tasks.find(task_id)->second;
    v1::TaskStatus status =
        framework.terminating
            ? AgentStatus(v1::TASK_KILLED, v1::TaskStatus::REASON_FRAMEWORK_REMOVED,
                          "Framework was shut down")
        : executor->is_command_task ? EndOfCommand(core, framework, *executor, task, event)
                                    : EndOfExecutor(core, framework, *executor, task, event);
    if (task.unhealthy && status.state() == v1::TASK_KILLED) status.set_healthy(false);
    UpdateTask(core, framework, *executor, task, std::move(status));
  }
  ExecutorGone(core, *executor, event.status);
}

absl::Duration ShutdownGrace(const Core& core, const Executor& executor) {
  if (executor.info->has_shutdown_grace_period()) {
    return std::max(absl::ZeroDuration(),
                    absl::Nanoseconds(executor.info->shutdown_grace_period().nanoseconds()));
  }
  return core.options.executor_shutdown_grace_period;
}

void ShutdownExecutor(Core& core, Executor& executor, TerminationReason reason) {
  if (!executor.alive() || executor.phase == ExecutorPhase::kTerminating) return;
  if (executor.phase == ExecutorPhase::kCheckpointing) {
    Framework& framework = *core.table.Find(executor.framework_id);
    for (const std::string& task_id : LiveTaskIds(executor)) {
      UpdateTask(core, framework, executor, executor.tasks.find(task_id)->second,
                 AgentStatus(v1::TASK_KILLED, v1::TaskStatus::REASON_TASK_KILLED_DURING_LAUNCH,
                             "Killed before delivery to the executor"));
    }
    ExecutorGone(core, executor, std::nullopt);
    return;
  }
  if (executor.is_command_task) {
    if (!executor.tasks.empty()) KillCommandTask(core, executor, std::nullopt);
    return;
  }
  executor.phase = ExecutorPhase::kTerminating;
  executor.termination = std::move(reason);
  const absl::Duration grace = ShutdownGrace(core, executor);
  core.deadlines.Cancel(executor.deadline);
  executor.deadline = core.deadlines.Arm(core.now + grace, ExecutorGraceDue{executor.container_id});
  if (executor.session == SessionId::kNone) {
    core.Push(KillContainer{executor.container_id, grace});
    return;
  }
  auto shutdown = std::make_shared<v1::executor::Event>();
  shutdown->set_type(v1::executor::Event::SHUTDOWN);
  core.Push(SendToExecutor{executor.session, std::move(shutdown)});
}

void DestroyExecutor(Core& core, Executor& executor, TerminationReason reason) {
  if (!executor.alive() || executor.destroyed) return;
  executor.phase = ExecutorPhase::kTerminating;
  executor.destroyed = true;
  if (!executor.termination.has_value()) executor.termination = std::move(reason);
  core.deadlines.Cancel(executor.deadline);
  executor.deadline = DeadlineId::kNone;
  core.Push(DestroyContainer{executor.container_id});
}

void OnExecutorGraceDue(Core& core, const ExecutorGraceDue& due) {
  Executor* executor = core.table.FindContainer(due.container_id);
  if (executor == nullptr || executor->phase != ExecutorPhase::kTerminating) return;
  executor->deadline = DeadlineId::kNone;
  LOG(INFO) << "Executor did not shut down in time, destroying it executor=" << executor->id
            << " framework=" << executor->framework_id;
  DestroyExecutor(core, *executor, {});
}

void ExecutorGone(Core& core, Executor& executor, std::optional<int32_t> status) {
  executor.phase = ExecutorPhase::kTerminated;
  ++core.stats.executors_terminated;
  core.deadlines.Cancel(executor.deadline);
  executor.deadline = DeadlineId::kNone;
  if (executor.session != SessionId::kNone) {
    core.Push(CloseExecutorSession{executor.session, absl::OkStatus()});
    executor.session = SessionId::kNone;
  }
  if (!executor.is_command_task) {
    LOG(INFO) << "Executor terminated executor=" << executor.id
              << " framework=" << executor.framework_id
              << " how=" << (status.has_value() ? DescribeWaitStatus(*status) : "unknown");
    internal::AgentMessage message;
    internal::ExecutorExited& exited = *message.mutable_executor_exited();
    exited.mutable_framework_id()->set_value(executor.framework_id);
    exited.mutable_executor_id()->set_value(executor.id);
    exited.set_status(status.value_or(-1));
    core.SendToMaster(std::move(message));
  }
  MaybeCompleteRun(core, executor);
}

void MaybeCompleteRun(Core& core, Executor& executor) {
  if (executor.alive() || !executor.tasks.empty()) return;
  Framework& framework = *core.table.Find(executor.framework_id);
  CompleteRun(core, framework, executor);
  if (framework.idle()) FrameworkIdle(core, framework);
  MaybeFinishEnding(core);
}

void ShutdownFramework(Core& core, const std::string& framework_id) {
  Framework* framework = core.table.Find(framework_id);
  if (framework == nullptr || framework->idle()) return;
  LOG(INFO) << "Shutting down framework=" << framework_id;
  framework->terminating = true;
  std::vector<std::string> executors;
  for (auto& [id, executor] : framework->executors) executors.push_back(id);
  for (const std::string& id : executors) {
    Executor* executor = core.table.FindExecutor(framework_id, id);
    if (executor == nullptr) continue;
    // Nobody acknowledges any more.
    std::vector<std::string> ended;
    for (auto& [task_id, task] : executor->tasks) {
      core.updates.Drop(TaskKey{framework_id, task_id});
      if (task.terminal()) ended.push_back(task_id);
    }
    for (const std::string& task_id : ended) {
      executor = core.table.FindExecutor(framework_id, id);
      if (executor != nullptr) CompleteTask(core, *executor, task_id);
    }
    executor = core.table.FindExecutor(framework_id, id);
    if (executor != nullptr) {
      ShutdownExecutor(core, *executor,
                       {v1::TaskStatus::REASON_FRAMEWORK_REMOVED, "Framework was shut down"});
    }
  }
}

void BeginEnding(Core& core, absl::Status status, bool unregister) {
  if (core.ending.has_value()) return;
  core.ending = Ending{std::move(status), unregister};
  absl::Duration longest = core.options.executor_shutdown_grace_period;
  std::vector<std::string> frameworks;
  for (const auto& [id, framework] : core.table.frameworks()) {
    frameworks.push_back(id);
    for (const auto& [executor_id, executor] : framework.executors) {
      longest = std::max(longest, ShutdownGrace(core, executor));
    }
  }
  constexpr absl::Duration kMargin = absl::Seconds(10);
  core.deadlines.Arm(core.now + longest + kMargin, ExitAnywayDue{});
  for (const std::string& id : frameworks) ShutdownFramework(core, id);
  MaybeFinishEnding(core);
}

void MaybeFinishEnding(Core& core) {
  if (!core.ending.has_value() || core.ending->forgetting) return;
  for (const auto& [id, framework] : core.table.frameworks()) {
    for (const auto& [executor_id, executor] : framework.executors) {
      if (executor.alive()) return;
    }
  }
  core.ending->forgetting = true;
  core.Write({CheckpointWrite::Kind::kRemove, meta::LatestAgentLink(), ""});
  core.Awaited().ending = true;
}

}  // namespace mesos::agent
