#include "master/reads/state_summary.h"

namespace mesos::master {
namespace {

constexpr std::array<v1::TaskState, 10> kShownStates = {
    v1::TASK_STAGING, v1::TASK_STARTING, v1::TASK_RUNNING, v1::TASK_KILLING, v1::TASK_FINISHED,
    v1::TASK_KILLED,  v1::TASK_FAILED,   v1::TASK_LOST,    v1::TASK_ERROR,   v1::TASK_UNREACHABLE};

// How many tasks before its turn one is asked for.
constexpr size_t kAhead = 8;

// Counts the tasks of one framework after the other.
class Walk {
 public:
  Walk(const Snapshot& snapshot, TaskSummary& summary) : summary_(summary) {
    places_.reserve(snapshot.agents.size());
    for (size_t i = 0; i < snapshot.agents.size(); ++i) {
      if (snapshot.agents[i] == nullptr) continue;
      places_.emplace(snapshot.agents[i]->id(), static_cast<uint32_t>(i));
    }
  }

  void Count(uint32_t framework, absl::Span<const TaskRecord> tasks) {
    TaskSummary::Framework& owner = summary_.frameworks[framework];
    for (size_t i = 0; i < tasks.size(); ++i) {
      // A task's bytes stand anywhere in memory: waiting for them is most of what this costs.
      if (i + kAhead < tasks.size()) __builtin_prefetch(tasks[i + kAhead].bytes().data());
      const TaskRecord& task = tasks[i];
      const auto state = static_cast<size_t>(task.state());
      if (state < owner.counts.size()) ++owner.counts[state];
      auto it = places_.find(task.agent_id());
      if (it == places_.end()) {
        owner.gone_agents.insert(task.agent_id());
        continue;
      }
      TaskSummary::Agent& agent = summary_.agents[it->second];
      if (state < agent.counts.size()) ++agent.counts[state];
      // Frameworks come one by one, so the newest is the last.
      if (agent.frameworks.empty() || agent.frameworks.back() != framework) {
        agent.frameworks.push_back(framework);
        owner.agents.push_back(it->second);
      }
    }
  }

  void Count(uint32_t framework, const SharedList<TaskRecord>& tasks) {
    for (size_t i = 0; i < tasks.chunks(); ++i) Count(framework, tasks.chunk(i));
  }

 private:
  TaskSummary& summary_;
  absl::flat_hash_map<absl::string_view, uint32_t> places_;
};

}  // namespace

TaskSummary::TaskSummary(const Snapshot& snapshot)
    : agents(snapshot.agents.size()), frameworks(snapshot.frameworks.size()) {
  Walk walk(snapshot, *this);
  for (size_t i = 0; i < snapshot.frameworks.size(); ++i) {
    if (snapshot.frameworks[i] == nullptr) continue;
    const FrameworkView& framework = *snapshot.frameworks[i];
    const auto place = static_cast<uint32_t>(i);
    walk.Count(place, framework.tasks);
    walk.Count(place, absl::MakeConstSpan(*framework.unreachable_tasks));
    walk.Count(place, framework.completed_tasks);
  }
}

void WriteTaskCounts(json::JsonWriter& json, const TaskCounts& counts) {
  for (const v1::TaskState state : kShownStates) {
    json.Key(v1::TaskState_Name(state)).Uint(counts[static_cast<size_t>(state)]);
  }
}

}  // namespace mesos::master
