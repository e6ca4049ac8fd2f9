#include "agent/core/state.h"

#include <utility>

namespace mesos::agent {

bool Framework::HasCapability(v1::FrameworkInfo::Capability::Type type) const {
  for (const auto& capability : info->capabilities()) {
    if (capability.type() == type) return true;
  }
  return false;
}

Framework* FrameworkTable::Find(const std::string& framework_id) {
  auto it = frameworks_.find(framework_id);
  return it == frameworks_.end() ? nullptr : &it->second;
}

Framework& FrameworkTable::Add(std::shared_ptr<const v1::FrameworkInfo> info) {
  Framework& framework = frameworks_[info->id().value()];
  framework.info = std::move(info);
  return framework;
}

void FrameworkTable::Remove(const std::string& framework_id) {
  Framework* framework = Find(framework_id);
  if (framework == nullptr) return;
  while (!framework->executors.empty()) {
    RemoveExecutor(framework_id, std::string(framework->executors.begin()->first));
  }
  frameworks_.erase(framework_id);
}

Executor* FrameworkTable::FindExecutor(const std::string& framework_id,
                                       const std::string& executor_id) {
  Framework* framework = Find(framework_id);
  if (framework == nullptr) return nullptr;
  auto it = framework->executors.find(executor_id);
  return it == framework->executors.end() ? nullptr : &it->second;
}

Executor* FrameworkTable::FindContainer(const std::string& container_id) {
  auto it = containers_.find(container_id);
  if (it == containers_.end()) return nullptr;
  return FindExecutor(it->second.framework_id, it->second.executor_id);
}

Executor& FrameworkTable::AddExecutor(Framework& framework, Executor executor) {
  containers_[executor.container_id] = {executor.framework_id, executor.id};
  std::string id = executor.id;
  return framework.executors.insert_or_assign(std::move(id), std::move(executor)).first->second;
}

void FrameworkTable::RemoveExecutor(const std::string& framework_id,
                                    const std::string& executor_id) {
  Framework* framework = Find(framework_id);
  if (framework == nullptr) return;
  auto it = framework->executors.find(executor_id);
  if (it == framework->executors.end()) return;
  for (const auto& [task_id, task] : it->second.tasks) tasks_.erase(TaskKey{framework_id, task_id});
  containers_.erase(it->second.container_id);
  framework->executors.erase(it);
}

FrameworkTable::TaskRef FrameworkTable::FindTask(const std::string& framework_id,
                                                 const std::string& task_id) {
  auto it = tasks_.find(TaskKey{framework_id, task_id});
  if (it == tasks_.end()) return {};
  TaskRef ref;
  ref.framework = Find(framework_id);
  ref.executor = FindExecutor(framework_id, it->second);
  ref.task = &ref.executor->tasks.find(task_id)->second;
  return ref;
}

Task& FrameworkTable::AddTask(Executor& executor, Task task) {
  std::string id = task.id();
  tasks_[TaskKey{executor.framework_id, id}] = executor.id;
  return executor.tasks.insert_or_assign(std::move(id), std::move(task)).first->second;
}

void FrameworkTable::RemoveTask(Executor& executor, const std::string& task_id) {
  tasks_.erase(TaskKey{executor.framework_id, task_id});
  executor.tasks.erase(task_id);
}

}  // namespace mesos::agent
