#include "master/core/tasks/tasks.h"

#include <utility>

#include "glog/logging.h"
#include "master/core/operators/operator_events.h"

namespace mesos::master {
namespace {

void CountOnAgent(Framework& framework, const Agent& agent) { ++framework.agents[agent.index]; }

void UncountOnAgent(Framework& framework, const Agent& agent) {
  auto it = framework.agents.find(agent.index);
  CHECK(it != framework.agents.end());
  if (--it->second == 0) framework.agents.erase(it);
}

void Subtract(absl::btree_map<std::string, ResourceSet>& books, const std::string& role,
              const ResourceSet& resources) {
  auto it = books.find(role);
  if (it == books.end()) return;
  it->second -= resources;
  if (it->second.empty()) books.erase(it);
}

void Book(World& world, Framework& framework, Agent& agent, const std::string& role,
          const ResourceSet& resources) {
  world.Touch(framework);
  world.Touch(agent);
  if (resources.empty()) return;  // an executor may have none
  agent.used += resources;
  world.counters.used.Add(resources);
  agent.used_by_role[role] += resources;
  framework.used.Add(agent.index, role, resources);
}

void Unbook(World& world, Framework& framework, Agent& agent, const std::string& role,
            const ResourceSet& resources) {
  world.Touch(framework);
  world.Touch(agent);
  if (resources.empty()) return;
  agent.used -= resources;
  world.counters.used.Subtract(resources);
  Subtract(agent.used_by_role, role, resources);
  framework.used.Subtract(agent.index, role, resources);
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
  entry->id = task.info.task_id().value();
  entry->role = std::move(task.role);
  entry->resources = std::move(task.resources);
  entry->booked = !IsTerminal(task.info.state());
  Task& added = *entry;
  const bool is_new = task.framework.tasks.emplace(added.id, std::move(entry)).second;
  CHECK(is_new) << "framework_id=" << task.framework.id << " task_id=" << added.id
                << " stands already";
  world.Touch(task.framework);
  task.framework.task_list.Insert(&added);
  task.framework.task_records.PushBack(TaskRecord(task.info));
  task.agent.tasks.Insert(&added);
  CountOnAgent(task.framework, task.agent);
  if (added.booked) Book(world, task.framework, task.agent, added.role, added.resources);
  ++world.stats.tasks;
  CountStanding(world, task.framework, added.state(), 1);
  TellTaskAdded(world, added);
  return added;
}

Task* FindTask(const Framework& framework, absl::string_view task_id) {
  auto it = framework.tasks.find(task_id);
  return it == framework.tasks.end() ? nullptr : it->second.get();
}

void ApplyStatus(World& world, Task& task, const v1::TaskStatus& status, v1::TaskState latest) {
  const bool frees = IsTerminal(latest) || latest == v1::TASK_UNREACHABLE;
  const TaskRecord& before = task.record();
  const bool had_ended = IsTerminal(before.state());
  const bool repeated =
      status.has_uuid() && before.status_update_uuid() == absl::string_view(status.uuid());
  if (!had_ended) {
    if (IsTerminal(latest)) {
      ++world.stats.tasks_ended;
      CountEnd(world, *task.framework, status, latest);
    }
    CountStanding(world, *task.framework, before.state(), -1);
    CountStanding(world, *task.framework, latest, 1);
  }
  world.Touch(*task.framework);
  const StatusBound bound{world.options.max_statuses_per_task,
                          &world.stats.bounds_met.statuses_per_task};
  task.framework->task_records.Set(
      task.framework_slot, before.WithStatus(status, had_ended ? before.state() : latest, bound));
  if (!repeated) TellTaskUpdated(world, task, status);
  if (frees) ReleaseTask(world, task);
}

void RemoveTask(World& world, Task& task, TaskEnd end) {
  ReleaseTask(world, task);
  Framework& framework = *task.framework;
  Agent& agent = *task.agent;
  const TaskRecord record = task.record();
  world.Touch(framework);
  framework.task_records.EraseBySwap(task.framework_slot);
  framework.task_list.Erase(&task);
  agent.tasks.Erase(&task);
  UncountOnAgent(framework, agent);
  --world.stats.tasks;
  CountStanding(world, framework, record.state(), -1);
  auto it = framework.tasks.find(task.id);
  CHECK(it != framework.tasks.end());
  const std::unique_ptr<Task> removed = std::move(it->second);
  framework.tasks.erase(it);
  switch (end) {
    case TaskEnd::kCompleted:
      AddCompletedTask(world, framework, record);
      break;
    case TaskEnd::kUnreachable:
      framework.unreachable_tasks.Put(removed->id, record);
      break;
  }
}

void AddCompletedTask(World& world, Framework& framework, TaskRecord task) {
  world.Touch(framework);
  ++framework.completed_ids[task.id()];
  framework.completed_tasks.PushBack(std::move(task));
  if (framework.completed_tasks.size() > world.options.max_completed_tasks_per_framework) {
    auto oldest = framework.completed_ids.find(framework.completed_tasks[0].id());
    CHECK(oldest != framework.completed_ids.end());
    if (--oldest->second == 0) framework.completed_ids.erase(oldest);
    framework.completed_tasks.PopFront();
    ++world.stats.bounds_met.completed_tasks;
  }
}

void ForgetCompleted(World& world, Framework& framework, absl::string_view task_id) {
  if (framework.completed_ids.erase(task_id) == 0) return;
  world.Touch(framework);
  SharedList<TaskRecord> kept;
  for (size_t i = 0; i < framework.completed_tasks.size(); ++i) {
    const TaskRecord& task = framework.completed_tasks[i];
    if (task.id() != task_id) kept.PushBack(task);
  }
  framework.completed_tasks = std::move(kept);
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

void SetExecutorId(const TaskRecord& task, v1::TaskStatus& status) {
  const absl::string_view id = task.executor_id();
  if (!id.empty()) status.mutable_executor_id()->set_value(std::string(id));
}

void SendStatus(World& world, const Framework& framework, v1::TaskStatus status) {
  if (!framework.connected()) return;
  auto event = NewEvent(v1::scheduler::Event::UPDATE);
  *event->mutable_update()->mutable_status() = std::move(status);
  world.SendToFramework(framework, std::move(event));
}

}  // namespace mesos::master
