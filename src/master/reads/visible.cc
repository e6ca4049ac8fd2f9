#include "master/reads/visible.h"

#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "mesos/v1/master/master.pb.h"

namespace mesos::master {
namespace {

using Rules = auth::Visibility::Rules;

template <typename T, typename Keep>
SharedList<T> Filtered(const SharedList<T>& list, Keep keep) {
  SharedList<T> out;
  for (size_t i = 0; i < list.size(); ++i) {
    if (keep(list[i])) out.PushBack(list[i]);
  }
  return out;
}

SharedList<TaskRecord> FilteredTasks(const Rules& rules, const v1::FrameworkInfo& framework,
                                     const SharedList<TaskRecord>& tasks) {
  return Filtered(tasks, [&](const TaskRecord& task) {
    return rules.SeesTask(framework, std::string(task.id()));
  });
}

std::shared_ptr<const FrameworkView> FilteredFramework(const Rules& rules,
                                                       const FrameworkView& framework) {
  const v1::FrameworkInfo& info = *framework.profile->info;
  auto out = std::make_shared<FrameworkView>();
  out->profile = framework.profile;
  out->connected = framework.connected;
  out->recovered = framework.recovered;
  out->registered_time = framework.registered_time;
  out->reregistered_time = framework.reregistered_time;
  out->used = framework.used;
  out->offers = Filtered(framework.offers, [](const auto&) { return true; });
  out->tasks = FilteredTasks(rules, info, framework.tasks);
  out->completed_tasks = FilteredTasks(rules, info, framework.completed_tasks);
  if (framework.unreachable_tasks != nullptr) {
    auto unreachable = std::make_shared<std::vector<TaskRecord>>();
    for (const TaskRecord& task : *framework.unreachable_tasks) {
      if (rules.SeesTask(info, std::string(task.id()))) unreachable->push_back(task);
    }
    out->unreachable_tasks = std::move(unreachable);
  }
  return out;
}

std::shared_ptr<const CompletedFramework> FilteredCompleted(const Rules& rules,
                                                            const CompletedFramework& framework) {
  auto out = std::make_shared<CompletedFramework>();
  out->profile = framework.profile;
  out->registered_time = framework.registered_time;
  out->reregistered_time = framework.reregistered_time;
  out->unregistered_time = framework.unregistered_time;
  out->tasks = FilteredTasks(rules, *framework.profile->info, framework.tasks);
  out->counters = framework.counters;
  return out;
}

std::map<std::string, double> FilteredWeights(const Rules& rules,
                                              const std::map<std::string, double>& weights) {
  std::map<std::string, double> out;
  for (const auto& [role, weight] : weights) {
    if (rules.SeesRole(role)) out.emplace(role, weight);
  }
  return out;
}

}  // namespace

std::shared_ptr<const Snapshot> Visible(std::shared_ptr<const Snapshot> snapshot,
                                        const auth::Visibility& visibility) {
  if (visibility.all() || snapshot == nullptr) return snapshot;
  const Rules& rules = visibility.rules();
  auto out = std::make_shared<Snapshot>();
  out->time = snapshot->time;
  out->options = snapshot->options;
  out->master_info = snapshot->master_info;
  out->stats = snapshot->stats;
  out->unreachable_agents = snapshot->unreachable_agents;
  out->awaited_agents = snapshot->awaited_agents;
  absl::flat_hash_map<std::string, const v1::FrameworkInfo*> seen;
  for (size_t i = 0; i < snapshot->frameworks.size(); ++i) {
    const auto& framework = snapshot->frameworks[i];
    if (framework == nullptr || !rules.SeesFramework(*framework->profile->info)) continue;
    seen[framework->id()] = framework->profile->info.get();
    out->frameworks.PushBack(FilteredFramework(rules, *framework));
  }
  auto completed = std::make_shared<std::vector<std::shared_ptr<const CompletedFramework>>>();
  for (const auto& framework : *snapshot->completed_frameworks) {
    if (!rules.SeesFramework(*framework->profile->info)) continue;
    completed->push_back(FilteredCompleted(rules, *framework));
  }
  out->completed_frameworks = std::move(completed);
  for (size_t i = 0; i < snapshot->agents.size(); ++i) {
    if (snapshot->agents[i] == nullptr) continue;
    auto agent = std::make_shared<AgentView>(*snapshot->agents[i]);
    std::erase_if(agent->executors, [&](const ExecutorView& executor) {
      auto framework = seen.find(executor.framework_id);
      return framework == seen.end() || !rules.SeesExecutor(*framework->second, *executor.info);
    });
    out->agents.PushBack(std::move(agent));
  }
  out->set_weights = FilteredWeights(rules, snapshot->set_weights);
  out->weights = FilteredWeights(rules, snapshot->weights);
  return out;
}

Subject SubjectOf(const SendToFollowers& told) {
  const v1::master::Event& event = *told.event;
  Subject about{told.framework, ""};
  if (event.has_task_added()) about.task_id = event.task_added().task().task_id().value();
  if (event.has_task_updated()) about.task_id = event.task_updated().status().task_id().value();
  return about;
}

bool IsVisible(const Subject& about, const auth::Visibility& visibility) {
  if (visibility.all() || about.framework == nullptr) return true;
  const Rules& rules = visibility.rules();
  if (!rules.SeesFramework(*about.framework)) return false;
  return about.task_id.empty() || rules.SeesTask(*about.framework, about.task_id);
}

}  // namespace mesos::master
