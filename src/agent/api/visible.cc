#include "agent/api/visible.h"

#include <algorithm>
#include <deque>

namespace mesos::agent {
namespace {

using Rules = auth::Visibility::Rules;

template <typename TaskList>
void KeepVisible(const Rules& rules, const v1::FrameworkInfo& framework, TaskList& completed) {
  std::erase_if(completed, [&](const auto& task) {
    return !rules.SeesTask(framework, task->task_id().value());
  });
}

}  // namespace

std::shared_ptr<const Snapshot> Visible(std::shared_ptr<const Snapshot> snapshot,
                                        const auth::Visibility& visibility) {
  if (visibility.all() || snapshot == nullptr) return snapshot;
  const Rules& rules = visibility.rules();
  auto out = std::make_shared<Snapshot>(*snapshot);
  std::erase_if(out->frameworks,
                [&](const auto& entry) { return !rules.SeesFramework(*entry.second.info); });
  for (auto& [id, framework] : out->frameworks) {
    const v1::FrameworkInfo& info = *framework.info;
    std::erase_if(framework.executors,
                  [&](const auto& entry) { return !rules.SeesExecutor(info, *entry.second.info); });
    for (auto& [executor_id, executor] : framework.executors) {
      std::erase_if(executor.tasks,
                    [&](const auto& entry) { return !rules.SeesTask(info, entry.first); });
      KeepVisible(rules, info, executor.completed_tasks);
    }
    std::deque<std::shared_ptr<const CompletedExecutor>> completed;
    for (const auto& executor : framework.completed_executors) {
      if (!rules.SeesExecutor(info, *executor->info)) continue;
      auto kept = std::make_shared<CompletedExecutor>(*executor);
      KeepVisible(rules, info, kept->tasks);
      completed.push_back(std::move(kept));
    }
    framework.completed_executors = std::move(completed);
  }
  return out;
}

}  // namespace mesos::agent
