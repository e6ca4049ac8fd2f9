#include "agent/core/kills.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "agent/core/checks.h"
#include "agent/core/containers.h"
#include "agent/core/task_status.h"
#include "agent/core/task_updates.h"
#include "glog/logging.h"
#include "mesos/v1/executor/executor.pb.h"

namespace mesos::agent {
namespace {

constexpr absl::Duration kDefaultKillGrace = absl::Seconds(3);

absl::Duration KillGrace(const Task& task, const std::optional<v1::KillPolicy>& policy) {
  int64_t nanoseconds = absl::ToInt64Nanoseconds(kDefaultKillGrace);
  if (policy.has_value() && policy->has_grace_period()) {
    nanoseconds = policy->grace_period().nanoseconds();
  } else if (task.info->kill_policy().has_grace_period()) {
    nanoseconds = task.info->kill_policy().grace_period().nanoseconds();
  }
  return absl::Nanoseconds(std::max<int64_t>(nanoseconds, 0));
}

void SendKill(Core& core, const Executor& executor, const Task& task) {
  auto event = std::make_shared<v1::executor::Event>();
  event->set_type(v1::executor::Event::KILL);
  *event->mutable_kill()->mutable_task_id() = task.info->task_id();
  if (task.kill_policy.has_value())
    *event->mutable_kill()->mutable_kill_policy() = *task.kill_policy;
  core.Push(SendToExecutor{executor.session, std::move(event)});
}

// The task is known nowhere: the scheduler learns so.
void AnswerUnknown(Core& core, const std::string& framework_id, const std::string& task_id) {
  const TaskKey key{framework_id, task_id};
  if (core.updates.Has(key)) return;  // its terminal update is on its way
  Framework* framework = core.table.Find(framework_id);
  LOG(WARNING) << "Cannot kill unknown task=" << task_id << " framework=" << framework_id;
  if (framework == nullptr || framework->terminating) return;
  UpdateUnknownTask(
      core, framework_id, task_id, "",
      AgentStatus(DroppedState(*framework), v1::TaskStatus::REASON_EXECUTOR_TERMINATED,
                  "Cannot find executor"));
}

}  // namespace

void KillCommandTask(Core& core, Executor& executor, const std::optional<v1::KillPolicy>& policy) {
  Task& task = executor.tasks.begin()->second;
  Framework& framework = *core.table.Find(executor.framework_id);
  if (task.terminal()) return;
  const absl::Duration grace = KillGrace(task, policy);
  if (task.kill_requested && grace >= task.kill_grace) return;
  const bool first = !task.kill_requested;
  StopChecks(core, task);
  task.kill_requested = true;
  task.kill_grace = grace;
  const TaskKey key{executor.framework_id, task.id()};
  if (first && !framework.terminating) {
    core.updates.Open(key, meta::TaskUpdates(core.Run(executor), key.task_id));
    core.updates.RecordKill(key);
    const bool has_state =
        framework.HasCapability(v1::FrameworkInfo::Capability::TASK_KILLING_STATE);
    if (has_state && task.state != v1::TASK_STAGING && task.state != v1::TASK_KILLING) {
      UpdateTask(core, framework, executor, task, CommandStatus(v1::TASK_KILLING));
    }
  }
  core.Push(KillContainer{executor.container_id, grace});
}

void KillTask(Core& core, const internal::KillTask& kill) {
  const std::string& task_id = kill.task_id().value();
  const FrameworkTable::TaskRef ref = core.table.FindTask(kill.framework_id().value(), task_id);
  if (!ref) {
    AnswerUnknown(core, kill.framework_id().value(), task_id);
    return;
  }
  if (ref.task->terminal() || ref.framework->terminating) return;
  LOG(INFO) << "Asked to kill task=" << task_id << " framework=" << kill.framework_id().value();
  Executor& executor = *ref.executor;
  if (ref.task->delivery != Task::Delivery::kDelivered) {
    std::erase(executor.queued, task_id);
    UpdateTask(core, *ref.framework, executor, *ref.task,
               AgentStatus(v1::TASK_KILLED, v1::TaskStatus::REASON_TASK_KILLED_DURING_LAUNCH,
                           "Killed before delivery to the executor"));
    // Nothing was launched yet, and nothing will be.
    if (executor.is_command_task) ExecutorGone(core, executor, std::nullopt);
    return;
  }
  std::optional<v1::KillPolicy> policy;
  if (kill.has_kill_policy()) policy = kill.kill_policy();
  if (executor.is_command_task) {
    KillCommandTask(core, executor, policy);
    return;
  }
  ref.task->kill_requested = true;
  ref.task->kill_policy = policy;
  if (executor.session != SessionId::kNone) SendKill(core, executor, *ref.task);
}

void SendPendingKills(Core& core, Executor& executor) {
  for (const auto& [id, task] : executor.tasks) {
    if (task.kill_requested && !task.terminal() && task.delivery == Task::Delivery::kDelivered) {
      SendKill(core, executor, task);
    }
  }
}

void ArmCompletionDeadline(Core& core, const Executor& executor, Task& task, absl::Time started) {
  if (!task.info->has_max_completion_time()) return;
  core.deadlines.Cancel(task.completion_deadline);
  task.completion_deadline = core.deadlines.Arm(
      started + absl::Nanoseconds(task.info->max_completion_time().nanoseconds()),
      TaskCompletionDue{{executor.framework_id, task.id()}});
}

void OnTaskCompletionDue(Core& core, const TaskCompletionDue& due) {
  const FrameworkTable::TaskRef ref = core.table.FindTask(due.task.framework_id, due.task.task_id);
  if (!ref || ref.task->terminal()) return;
  ref.task->completion_deadline = DeadlineId::kNone;
  if (ref.task->kill_requested) return;
  LOG(INFO) << "Killing task=" << due.task.task_id << " framework=" << due.task.framework_id
            << ": its max_completion_time has passed";
  ref.task->out_of_time = true;
  KillCommandTask(core, *ref.executor, std::nullopt);
}

}  // namespace mesos::agent
