#include "master/core/world/invariants.h"

#include <string>

#include "absl/container/btree_map.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "master/core/agents/offering.h"
#include "master/core/tasks/tasks.h"
#include "master/core/views/views.h"

namespace mesos::master {
namespace {

absl::Status Differ(absl::string_view what, const ResourceSet& kept, const ResourceSet& summed) {
  return absl::InternalError(
      absl::StrCat(what, ": the books have ", kept.ToString(), ", the sum is ", summed.ToString()));
}

absl::Status CheckAgent(const World& world, const Agent& agent) {
  const std::string name = absl::StrCat("agent_id=", agent.id);
  ResourceSet used;
  for (const Task* task : agent.tasks) {
    if (task->agent != &agent || FindTask(*task->framework, task->id) != task) {
      return absl::InternalError(
          absl::StrCat(name, " lists a task that is not its own: ", task->id));
    }
    if (task->booked) used += task->resources;
  }
  for (const auto& [key, executor] : agent.executors) {
    if (world.FindFramework(key.first) != executor->framework) {
      return absl::InternalError(absl::StrCat(name, " has executor_id=", key.second, " of nobody"));
    }
    used += executor->resources;
  }
  ResourceSet offered;
  for (const Offer* offer : agent.offers) offered += offer->resources;
  if (!(used == agent.used)) return Differ(absl::StrCat(name, " used"), agent.used, used);
  if (!(offered == agent.offered))
    return Differ(absl::StrCat(name, " offered"), agent.offered, offered);
  if (!agent.total.Contains(used + offered)) {
    return Differ(absl::StrCat(name, " total"), agent.total, used + offered);
  }
  if (world.allocator->AgentActive(agent.index) != MayBeOffered(world, agent)) {
    return absl::InternalError(absl::StrCat(name, " is offered although it may not be, or is not"));
  }
  if (!agent.connected() && !agent.offers.empty()) {
    return absl::InternalError(absl::StrCat(name, " is disconnected and has offers"));
  }
  if (agent.connected() && world.FindAgent(agent.session) != &agent) {
    return absl::InternalError(absl::StrCat(name, " is not the agent of its session"));
  }
  return absl::OkStatus();
}

// Whoever waits for the registry waits for a write that is under way.
absl::Status CheckTransitions(const World& world) {
  for (const auto& [id, agent] : world.awaited_agents) {
    if (world.FindAgent(id) != nullptr || world.gone_agents.Contains(id) ||
        world.unreachable_agents.Contains(id)) {
      return absl::InternalError(absl::StrCat("agent_id=", id, " is awaited and more than that"));
    }
  }
  if (world.pending_writes.empty() && !world.transitions.empty()) {
    return absl::InternalError(absl::StrCat("agent_id=", world.transitions.begin()->first,
                                            " is in transition, and nothing is written"));
  }
  size_t return_bytes = 0;
  for (const auto& [session, parts] : world.return_parts) {
    return_bytes += parts.bytes;
    if (world.FindAgent(session) != nullptr || world.joining.contains(session)) {
      return absl::InternalError("A session that has registered still tells parts of it");
    }
  }
  if (return_bytes != world.return_parts_bytes) {
    return absl::InternalError(
        absl::StrCat("Parts of ", return_bytes, " bytes count as ", world.return_parts_bytes));
  }
  for (const auto& [session, joining] : world.joining) {
    if (!world.transitions.contains(joining.agent_id)) {
      return absl::InternalError(
          absl::StrCat("agent_id=", joining.agent_id, " joins without a transition"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckOutbox(const World& world, const Framework& framework, const std::string& name) {
  const Outbox& outbox = framework.outbox;
  if (!framework.connected() && (!outbox.empty() || outbox.awaiting)) {
    return absl::InternalError(absl::StrCat(name, " is not connected and is told of something"));
  }
  if (framework.connected() && !outbox.empty() && !outbox.awaiting) {
    return absl::InternalError(absl::StrCat(name, " has a page that waits for nothing"));
  }
  for (OfferNumber number : outbox.offers) {
    const Offer* offer = world.FindOffer(number);
    if (offer == nullptr || offer->framework != &framework) {
      return absl::InternalError(absl::StrCat(name, " is to be told of offer ",
                                              static_cast<uint64_t>(number),
                                              ", which is not its own"));
    }
  }
  size_t bytes = 0;
  for (const Outbox::Named& named : outbox.named) bytes += named.bytes;
  if (bytes != outbox.named_bytes) {
    return absl::InternalError(absl::StrCat(name, " counts ", outbox.named_bytes, " bytes of ",
                                            bytes, " that wait to be answered"));
  }
  return absl::OkStatus();
}

absl::Status CheckCompleted(const Framework& framework, const std::string& name) {
  absl::flat_hash_map<std::string, uint32_t> ids;
  for (size_t i = 0; i < framework.completed_tasks.size(); ++i) {
    ++ids[framework.completed_tasks[i].id()];
  }
  if (ids == framework.completed_ids) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(name, " counts other completed tasks than it lists"));
}

absl::Status CheckFramework(const World& world, const Framework& framework) {
  const std::string name = absl::StrCat("framework_id=", framework.id);
  RETURN_IF_ERROR(CheckOutbox(world, framework, name));
  RETURN_IF_ERROR(CheckCompleted(framework, name));
  if (framework.tasks.size() != framework.task_list.size()) {
    return absl::InternalError(absl::StrCat(name, " has ", framework.tasks.size(),
                                            " tasks and lists ", framework.task_list.size()));
  }
  RoleUsage used;
  absl::btree_map<AgentIdx, uint32_t> counts;
  for (const Task* task : framework.task_list) {
    if (task->record().id() != task->id) {
      return absl::InternalError(
          absl::StrCat(name, " task_id=", task->id, " has another task's record"));
    }
    ++counts[task->agent->index];
    if (task->booked) used.Add(task->agent->index, task->role, task->resources);
    if (task->booked == IsTerminal(task->state())) {
      return absl::InternalError(
          absl::StrCat(name, " task_id=", task->id, " is ",
                       task->booked ? "booked and over" : "not booked and not over"));
    }
  }
  for (const auto& agent : world.agents) {
    if (agent == nullptr) continue;
    for (const auto& [key, executor] : agent->executors) {
      if (executor->framework != &framework) continue;
      ++counts[agent->index];
      used.Add(agent->index, executor->role, executor->resources);
    }
  }
  if (counts != framework.agents)
    return absl::InternalError(absl::StrCat(name, " miscounts its agents"));
  if (!(used == framework.used)) {
    const auto total = [](const RoleUsage& usage) {
      ResourceSet sum;
      for (const auto& [role, of_role] : usage.Sum()) sum += of_role;
      return sum;
    };
    return Differ(absl::StrCat(name, " used by role"), total(framework.used), total(used));
  }
  if (!framework.connected() && !framework.offers.empty()) {
    return absl::InternalError(absl::StrCat(name, " is not connected and has offers"));
  }
  return absl::OkStatus();
}

absl::Status CheckCounters(const World& world) {
  ScalarTotals total;
  ScalarTotals used;
  ScalarTotals offered;
  TaskTally standing{};
  for (const auto& agent : world.agents) {
    if (agent == nullptr) continue;
    total.Add(agent->total);
    used.Add(agent->used);
    offered.Add(agent->offered);
    for (const Task* task : agent->tasks) ++standing[task->state()];
  }
  const MasterCounters& counters = world.counters;
  if (!(total == counters.total && used == counters.used && offered == counters.offered)) {
    return absl::InternalError("The counted totals are not the sums over the agents");
  }
  TaskTally by_framework{};
  for (const auto& framework : world.frameworks) {
    for (size_t i = 0; framework != nullptr && i < by_framework.size(); ++i) {
      by_framework[i] += framework->counters.standing[i];
    }
  }
  if (standing != counters.standing || standing != by_framework) {
    return absl::InternalError("The tasks counted by state are not those that stand");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckInvariants(const World& world) {
  if (world.abdicated) return absl::OkStatus();
  size_t offers = 0;
  size_t tasks = 0;
  for (const auto& agent : world.agents) {
    if (agent == nullptr) continue;
    offers += agent->offers.size();
    tasks += agent->tasks.size();
    RETURN_IF_ERROR(CheckAgent(world, *agent));
  }
  for (const auto& framework : world.frameworks) {
    if (framework != nullptr) RETURN_IF_ERROR(CheckFramework(world, *framework));
  }
  if (offers != world.offers.size() || tasks != world.stats.tasks) {
    return absl::InternalError(absl::StrCat("Agents list ", offers, " offers and ", tasks,
                                            " tasks; there are ", world.offers.size(), " and ",
                                            world.stats.tasks));
  }
  RETURN_IF_ERROR(CheckTransitions(world));
  RETURN_IF_ERROR(CheckCounters(world));
  return CheckViews(world);
}

}  // namespace mesos::master
