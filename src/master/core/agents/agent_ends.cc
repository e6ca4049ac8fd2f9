#include "master/core/agents/agent_ends.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "glog/logging.h"
#include "master/core/agents/agents.h"
#include "master/core/offers/offers.h"
#include "master/core/operators/operator_events.h"
#include "master/core/tasks/tasks.h"

namespace mesos::master {
namespace {

struct TaskFate {
  v1::TaskState state;
  v1::TaskStatus::Reason reason;
  TaskEnd end;
};

TaskFate FateOf(AgentEnd end, bool partition_aware) {
  switch (end) {
    case AgentEnd::kRemoved:
      return {v1::TASK_LOST, v1::TaskStatus::REASON_AGENT_REMOVED, TaskEnd::kCompleted};
    case AgentEnd::kUnreachable:
      return {partition_aware ? v1::TASK_UNREACHABLE : v1::TASK_LOST,
              v1::TaskStatus::REASON_AGENT_REMOVED, TaskEnd::kUnreachable};
    case AgentEnd::kGoneByOperator:
      if (!partition_aware) {
        return {v1::TASK_LOST, v1::TaskStatus::REASON_AGENT_REMOVED, TaskEnd::kCompleted};
      }
      return {v1::TASK_GONE_BY_OPERATOR, v1::TaskStatus::REASON_AGENT_REMOVED_BY_OPERATOR,
              TaskEnd::kCompleted};
  }
  LOG(FATAL) << "Not an AgentEnd: " << static_cast<int>(end);
}

// A task that has ended and only waits for its acknowledgement keeps its end.
void EndTask(World& world, Task& task, AgentEnd end, absl::Time since, const std::string& message) {
  Framework& framework = *task.framework;
  const TaskFate fate = FateOf(end, framework.partition_aware);
  if (IsTerminal(task.state())) {
    RemoveTask(world, task, TaskEnd::kCompleted);
    return;
  }
  v1::TaskStatus status =
      MakeStatus(world, {task.id, task.agent->id, fate.state, fate.reason, message});
  SetExecutorId(task.record(), status);
  if (end == AgentEnd::kUnreachable) {
    status.mutable_unreachable_time()->set_nanoseconds(ToNanoseconds(since));
  }
  ApplyStatus(world, task, status, fate.state);
  SendStatus(world, framework, std::move(status));
  RemoveTask(world, task, fate.end);
}

void TellFrameworksOfLoss(World& world, const std::string& agent_id) {
  auto event = NewEvent(v1::scheduler::Event::FAILURE);
  event->mutable_failure()->mutable_agent_id()->set_value(agent_id);
  for (const auto& framework : world.frameworks) {
    if (framework != nullptr) world.SendToFramework(*framework, event);
  }
}

FormerAgent Remember(const Agent& agent, absl::Time since) {
  FormerAgent former{since, {}};
  for (const Task* task : agent.tasks) former.tasks.emplace_back(task->framework->id, task->id);
  return former;
}

// The tasks that were unreachable with the agent end now.
void EndUnreachableTasks(World& world, const FormerAgent& former, const std::string& message) {
  for (const auto& [framework_id, task_id] : former.tasks) {
    Framework* framework = world.FindFramework(framework_id);
    if (framework == nullptr) continue;
    const TaskRecord* found = framework->unreachable_tasks.Find(task_id);
    if (found == nullptr) continue;
    const TaskRecord unreachable = *found;
    const TaskFate fate = FateOf(AgentEnd::kGoneByOperator, framework->partition_aware);
    v1::TaskStatus status = MakeStatus(
        world, {task_id, std::string(unreachable.agent_id()), fate.state, fate.reason, message});
    SetExecutorId(unreachable, status);
    CountEnd(world, *framework, status, fate.state);
    framework->unreachable_tasks.Erase(task_id);
    AddCompletedTask(world, *framework, unreachable.WithStatus(status, fate.state));
    SendStatus(world, *framework, std::move(status));
  }
}

}  // namespace

void RemoveAgent(World& world, Agent& agent, AgentEnd end, absl::Time since,
                 const std::string& message) {
  LOG(INFO) << "Removing agent_id=" << agent.id << " hostname=" << agent.info->hostname()
            << " tasks=" << agent.tasks.size() << ": " << message;
  FormerAgent former = Remember(agent, since);
  for (Task* task : agent.tasks.Copy()) EndTask(world, *task, end, since, message);
  while (!agent.executors.empty()) RemoveExecutor(world, *agent.executors.begin()->second);
  DiscardOffers(world, agent, Rescind::kYes);
  switch (end) {
    case AgentEnd::kRemoved:
      ++world.stats.agents_removed;
      break;
    case AgentEnd::kUnreachable:
      ++world.stats.agents_unreachable;
      world.unreachable_agents.Put(agent.id, std::move(former));
      break;
    case AgentEnd::kGoneByOperator:
      ++world.stats.agents_removed;
      ++world.counters.removed_gone;
      world.gone_agents.Put(agent.id, std::move(former));
      break;
  }
  if (agent.connected()) --world.stats.connected_agents;
  ForgetAgentAddress(world, agent);
  const std::string agent_id = agent.id;
  world.RemoveAgent(agent);
  // Of an unreachable one operators hear by its tasks, as in Mesos.
  if (end != AgentEnd::kUnreachable) TellAgentRemoved(world, agent_id);
  TellFrameworksOfLoss(world, agent_id);
}

void EndAwaitedAgent(World& world, const std::string& agent_id, AgentEnd end, absl::Time since) {
  auto it = world.awaited_agents.find(agent_id);
  CHECK(it != world.awaited_agents.end()) << agent_id;
  FormerAgent former{since, {}};
  world.deadlines.Cancel(it->second.deadline);
  world.awaited_agents.erase(it);
  world.awaited_views = nullptr;
  switch (end) {
    case AgentEnd::kRemoved:
      break;
    case AgentEnd::kUnreachable:
      ++world.stats.agents_unreachable;
      world.unreachable_agents.Put(agent_id, std::move(former));
      break;
    case AgentEnd::kGoneByOperator:
      ++world.stats.agents_removed;
      ++world.counters.removed_gone;
      world.gone_agents.Put(agent_id, std::move(former));
      break;
  }
  TellFrameworksOfLoss(world, agent_id);
}

void EndUnreachableAgent(World& world, const std::string& agent_id, absl::Time since,
                         const std::string& message) {
  const FormerAgent* unreachable = world.unreachable_agents.Find(agent_id);
  CHECK(unreachable != nullptr) << agent_id;
  FormerAgent gone = *unreachable;
  world.unreachable_agents.Erase(agent_id);
  EndUnreachableTasks(world, gone, message);
  gone.since = since;
  world.gone_agents.Put(agent_id, std::move(gone));
}

void ForgetUnreachable(World& world, const std::string& agent_id) {
  const FormerAgent* former = world.unreachable_agents.Find(agent_id);
  if (former == nullptr) return;
  for (const auto& [framework_id, task_id] : former->tasks) {
    if (Framework* framework = world.FindFramework(framework_id)) {
      framework->unreachable_tasks.Erase(task_id);
      world.Touch(*framework);
    }
  }
  world.unreachable_agents.Erase(agent_id);
}

}  // namespace mesos::master
