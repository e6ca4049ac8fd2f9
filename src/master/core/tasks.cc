#include "master/core/tasks.h"

#include <utility>

#include "common/base/limits.h"
#include "glog/logging.h"
#include "master/core/operator_events.h"

namespace mesos::master {
namespace {

void CountOnAgent(Framework& framework, const Agent& agent) { ++framework.agents[agent.index]; }

void UncountOnAgent(Framework& framework, const Agent& agent) {
  auto it = framework.agents.find(agent.index);
  CHECK(it != framework.agents.end());
  if (--it->second == 0) framework.agents.erase(it);
}

void Book(World& world, Framework& framework, Agent& agent, const std::string& role,
          const ResourceSet& resources) {
  if (resources.empty()) return;  // an executor may have none
  agent.used += resources;
  world.counters.used.Add(resources);
  framework.used[role] += resources;
}

void Unbook(World& world, Framework& framework, Agent& agent, const std::string& role,
            const ResourceSet& resources) {
  if (resources.empty()) return;
  agent.used -= resources;
  world.counters.used.Subtract(resources);
  auto it = framework.used.find(role);
  CHECK(it != framework.used.end());
  it->second -= resources;
  if (it->second.empty()) framework.used.erase(it);
  world.allocator->Release(framework.index, role, agent.index, resources, std::nullopt);
  world.allocation_due = true;
}

void CountStanding(World& world, Framework& framework, v1::TaskState state, int change) {
  world.counters.standing[state] += static_cast<uint64_t>(change);
  framework.counters.standing[state] += static_cast<uint64_t>(change);
}

void ReleaseTask(World& world, Task& task) {
  if (!task.booked) return;
  task.booked = false;
  Unbook(world, *task.framework, *task.agent, task.role, task.resources);
}

}  // namespace

bool IsTerminal(v1::TaskState state) {
  switch (state) {
    case v1::TASK_FINISHED:
    case v1::TASK_FAILED:
    case v1::TASK_KILLED:
    case v1::TASK_LOST:
    case v1::TASK_ERROR:
    case v1::TASK_DROPPED:
    case v1::TASK_GONE:
    case v1::TASK_GONE_BY_OPERATOR:
      return true;
    case v1::TASK_STAGING:
    case v1::TASK_STARTING:
    case v1::TASK_RUNNING:
    case v1::TASK_KILLING:
    case v1::TASK_UNREACHABLE:
    case v1::TASK_UNKNOWN:
      return false;
  }
  return false;
}

void CountEnd(World& world, Framework& framework, const v1::TaskStatus& status,
              v1::TaskState state) {
  ++world.counters.ended[state];
  ++framework.counters.ended[state];
  if (!status.has_reason()) return;
  ++world.counters.ended_for[{state, status.source(), status.reason()}];
}

Task& AddTask(World& world, NewTask task) {
  auto entry = std::make_unique<Task>();
  entry->framework = &task.framework;
  entry->agent = &task.agent;
  entry->info = std::move(task.info);
  entry->role = std::move(task.role);
  entry->resources = std::move(task.resources);
  entry->booked = !IsTerminal(entry->info->state());
  Task& added = *entry;
  const bool is_new = task.framework.tasks.emplace(added.id(), std::move(entry)).second;
  CHECK(is_new) << "framework_id=" << task.framework.id << " task_id=" << added.id()
                << " stands already";
  task.framework.task_list.Insert(&added);
  task.agent.tasks.Insert(&added);
  CountOnAgent(task.framework, task.agent);
  if (added.booked) Book(world, task.framework, task.agent, added.role, added.resources);
  ++world.stats.tasks;
  CountStanding(world, task.framework, added.info->state(), 1);
  TellTaskAdded(world, added);
  return added;
}

Task* FindTask(const Framework& framework, absl::string_view task_id) {
  auto it = framework.tasks.find(task_id);
  return it == framework.tasks.end() ? nullptr : it->second.get();
}

void ApplyStatus(World& world, Task& task, const v1::TaskStatus& status, v1::TaskState latest) {
  v1::Task& info = task.MutableInfo();
  const bool frees = IsTerminal(latest) || latest == v1::TASK_UNREACHABLE;
  if (!IsTerminal(info.state())) {
    if (IsTerminal(latest)) {
      ++world.stats.tasks_ended;
      CountEnd(world, *task.framework, status, latest);
    }
    CountStanding(world, *task.framework, info.state(), -1);
    CountStanding(world, *task.framework, latest, 1);
    info.set_state(latest);
  }
  auto* statuses = info.mutable_statuses();
  const bool repeated =
      !statuses->empty() && status.has_uuid() && statuses->rbegin()->uuid() == status.uuid();
  if (!statuses->empty() && statuses->rbegin()->state() == status.state()) {
    statuses->RemoveLast();
  } else if (statuses->size() == limits::kMaxStatusesPerTask) {
    statuses->DeleteSubrange(0, 1);
  }
  v1::TaskStatus* last = statuses->Add();
  *last = status;
  // May be megabytes, and is of no use here once it is forwarded.
  last->clear_data();
  if (!repeated) TellTaskUpdated(world, task, *last);
  if (frees) ReleaseTask(world, task);
}

void RemoveTask(World& world, Task& task, TaskEnd end) {
  ReleaseTask(world, task);
  Framework& framework = *task.framework;
  Agent& agent = *task.agent;
  framework.task_list.Erase(&task);
  agent.tasks.Erase(&task);
  UncountOnAgent(framework, agent);
  --world.stats.tasks;
  CountStanding(world, framework, task.info->state(), -1);
  auto it = framework.tasks.find(task.id());
  CHECK(it != framework.tasks.end());
  const std::unique_ptr<Task> removed = std::move(it->second);
  framework.tasks.erase(it);
  switch (end) {
    case TaskEnd::kCompleted:
      AddCompletedTask(world, framework, removed->info);
      break;
    case TaskEnd::kUnreachable:
      framework.unreachable_tasks.Put(removed->id(), removed->info);
      break;
  }
}

void AddCompletedTask(World& world, Framework& framework, std::shared_ptr<const v1::Task> info) {
  framework.completed_tasks.push_back(std::move(info));
  if (framework.completed_tasks.size() > world.options.max_completed_tasks_per_framework) {
    framework.completed_tasks.pop_front();
  }
}

Executor& AddExecutor(World& world, NewExecutor executor) {
  auto entry = std::make_unique<Executor>();
  entry->framework = &executor.framework;
  entry->agent = &executor.agent;
  entry->info = std::move(executor.info);
  entry->role = std::move(executor.role);
  entry->resources = std::move(executor.resources);
  Executor& added = *entry;
  const auto key = std::make_pair(executor.framework.index, added.info->executor_id().value());
  const bool is_new = executor.agent.executors.emplace(key, std::move(entry)).second;
  CHECK(is_new) << "agent_id=" << executor.agent.id << " executor_id=" << key.second
                << " stands already";
  CountOnAgent(executor.framework, executor.agent);
  Book(world, executor.framework, executor.agent, added.role, added.resources);
  return added;
}

Executor* FindExecutor(const Agent& agent, const Framework& framework,
                       absl::string_view executor_id) {
  auto it = agent.executors.find(std::make_pair(framework.index, std::string(executor_id)));
  return it == agent.executors.end() ? nullptr : it->second.get();
}

void RemoveExecutor(World& world, Executor& executor) {
  Framework& framework = *executor.framework;
  Agent& agent = *executor.agent;
  Unbook(world, framework, agent, executor.role, executor.resources);
  UncountOnAgent(framework, agent);
  agent.executors.erase(std::make_pair(framework.index, executor.info->executor_id().value()));
}

v1::TaskStatus MakeStatus(const World& world, const MasterStatus& status) {
  v1::TaskStatus made;
  made.mutable_task_id()->set_value(status.task_id);
  if (!status.agent_id.empty()) made.mutable_agent_id()->set_value(status.agent_id);
  made.set_state(status.state);
  made.set_source(v1::TaskStatus::SOURCE_MASTER);
  made.set_reason(status.reason);
  made.set_message(status.message);
  made.set_timestamp(ToSeconds(world.now));
  return made;
}

void SendStatus(World& world, const Framework& framework, v1::TaskStatus status) {
  if (!framework.connected()) return;
  auto event = NewEvent(v1::scheduler::Event::UPDATE);
  *event->mutable_update()->mutable_status() = std::move(status);
  world.SendToFramework(framework, std::move(event));
}

}  // namespace mesos::master
