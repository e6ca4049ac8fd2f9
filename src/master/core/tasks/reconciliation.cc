#include "master/core/tasks/reconciliation.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "glog/logging.h"
#include "master/core/agents/transitions.h"
#include "master/core/tasks/tasks.h"

namespace mesos::master {
namespace {

// Ids that this master gave begin with its own id.
bool IsOurs(const World& world, absl::string_view id) {
  return absl::StartsWith(id, absl::StrCat(world.options.id, "-"));
}

// Whether an agent of before this master's start may still come back with the task, although no
// registry tells of it.
bool MayComeBackUnannounced(const World& world, const Framework& framework,
                            absl::string_view agent_id) {
  if (world.options.durable_registry) return false;
  if (world.now >= world.options.start_time + world.options.agent_reregister_timeout) return false;
  return agent_id.empty() ? !IsOurs(world, framework.id) : !IsOurs(world, agent_id);
}

// Whether the agent is still to come back, or the registry takes in what becomes of it.
bool MayComeBack(const World& world, const Framework& framework, absl::string_view agent_id) {
  if (agent_id.empty() ? AnyTransition(world)
                       : world.awaited_agents.contains(agent_id) || InTransition(world, agent_id)) {
    return true;
  }
  return MayComeBackUnannounced(world, framework, agent_id);
}

struct Verdict {
  v1::TaskState state;
  const char* message;
  std::optional<absl::Time> unreachable_since;
};

// nullopt: nobody can tell yet.
std::optional<Verdict> JudgeUnknownTask(const World& world, const Framework& framework,
                                        absl::string_view agent_id) {
  if (world.FindAgent(agent_id) != nullptr) {
    return Verdict{v1::TASK_GONE, "Reconciliation: Task is unknown to the agent", std::nullopt};
  }
  if (const FormerAgent* agent = world.unreachable_agents.Find(agent_id)) {
    return Verdict{v1::TASK_UNREACHABLE, "Reconciliation: Task is unreachable", agent->since};
  }
  if (world.gone_agents.Contains(agent_id)) {
    return Verdict{v1::TASK_GONE_BY_OPERATOR, "Reconciliation: Task is gone", std::nullopt};
  }
  if (MayComeBack(world, framework, agent_id)) return std::nullopt;
  return Verdict{v1::TASK_UNKNOWN, "Reconciliation: Task is unknown", std::nullopt};
}

}  // namespace

v1::TaskStatus DescribeTask(const World& world, const v1::Task& task) {
  v1::TaskStatus status = MakeStatus(
      world, {task.task_id().value(), task.agent_id().value(),
              task.has_status_update_state() ? task.status_update_state() : task.state(),
              v1::TaskStatus::REASON_RECONCILIATION, "Reconciliation: Latest task state"});
  if (task.has_executor_id()) *status.mutable_executor_id() = task.executor_id();
  if (!task.statuses().empty()) {
    const v1::TaskStatus& last = *task.statuses().rbegin();
    if (last.has_healthy()) status.set_healthy(last.healthy());
    if (last.has_check_status()) *status.mutable_check_status() = last.check_status();
    if (last.has_container_status()) *status.mutable_container_status() = last.container_status();
  }
  return status;
}

std::optional<v1::TaskStatus> ReconcileTask(const World& world, const Framework& framework,
                                            absl::string_view task_id, absl::string_view agent_id) {
  if (const Task* task = FindTask(framework, task_id)) {
    return DescribeTask(world, task->record().ToProto());
  }
  // The scheduler may not remember where its task ran; this master does.
  if (agent_id.empty()) {
    if (const auto* unreachable = framework.unreachable_tasks.Find(task_id)) {
      agent_id = unreachable->agent_id();
    }
  }
  const std::optional<Verdict> verdict = JudgeUnknownTask(world, framework, agent_id);
  if (!verdict) {
    LOG(INFO) << "Not answering the reconciliation of task_id=" << task_id
              << " framework_id=" << framework.id << " yet: its agent may still come back";
    return std::nullopt;
  }
  v1::TaskStatus status =
      MakeStatus(world, {std::string(task_id), std::string(agent_id),
                         framework.partition_aware ? verdict->state : v1::TASK_LOST,
                         v1::TaskStatus::REASON_RECONCILIATION, verdict->message});
  if (verdict->unreachable_since) {
    status.mutable_unreachable_time()->set_nanoseconds(ToNanoseconds(*verdict->unreachable_since));
  }
  return status;
}

}  // namespace mesos::master
