#include "master/core/agents/awaited_agents.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "glog/logging.h"
#include "master/core/agents/agent_health.h"
#include "master/core/agents/transitions.h"

namespace mesos::master {
namespace {

using Former = std::pair<std::string, FormerAgent>;

// The histories are kept from old to new.
void PutInOrder(std::vector<Former> agents, BoundedHistory<FormerAgent>& history) {
  std::stable_sort(agents.begin(), agents.end(), [](const Former& a, const Former& b) {
    return a.second.since < b.second.since;
  });
  for (Former& agent : agents) history.Put(agent.first, std::move(agent.second));
}

}  // namespace

void RecoverRegistry(World& world, const Registry& registry) {
  std::vector<Former> unreachable;
  std::vector<Former> gone;
  for (const auto& [id, agent] : registry.agents()) {
    switch (agent.standing) {
      case AgentStanding::kAdmitted:
        world.awaited_agents.emplace(
            id, AwaitedAgent{agent.info, world.agent_infos.Add("", agent.info->ByteSizeLong()),
                             DeadlineId::kNone});
        break;
      case AgentStanding::kUnreachable:
        unreachable.emplace_back(id, FormerAgent{agent.since, {}});
        break;
      case AgentStanding::kGone:
        gone.emplace_back(id, FormerAgent{agent.since, {}});
        break;
    }
  }
  PutInOrder(std::move(unreachable), world.unreachable_agents);
  PutInOrder(std::move(gone), world.gone_agents);
  world.recovered_agents = world.awaited_agents.size();
  if (!registry.weights().empty()) {
    world.weights = registry.weights();
    world.allocator->UpdateWeights(world.weights);
  }
  if (world.awaited_agents.empty()) return;
  LOG(INFO) << "Waiting " << world.options.agent_reregister_timeout << " for "
            << world.awaited_agents.size() << " agents to come back";
  world.deadlines.Arm(world.now + world.options.agent_reregister_timeout, RecoveryOver{});
}

void OnRecoveryOver(World& world) {
  std::vector<std::string> missing;
  for (const auto& [id, agent] : world.awaited_agents) {
    if (agent.deadline == DeadlineId::kNone) missing.push_back(id);
  }
  if (missing.empty()) return;
  const double part = static_cast<double>(missing.size()) / world.recovered_agents;
  const std::string figures =
      absl::StrCat(missing.size(), " of ", world.recovered_agents,
                   " agents of the registry did not come back within ",
                   absl::FormatDuration(world.options.agent_reregister_timeout));
  if (part > world.options.recovery_agent_removal_limit) {
    AbdicateNow(world, absl::FailedPreconditionError(absl::StrCat(
                           figures, ", more than --recovery_agent_removal_limit allows (",
                           100 * world.options.recovery_agent_removal_limit,
                           "%): find out why, then raise the limit or restart the agents")));
    return;
  }
  LOG(WARNING) << figures << "; they become unreachable";
  world.stats.recovery_removals += missing.size();
  for (const std::string& id : missing) ScheduleRemoval(world, id);
}

void AwaitAgent(World& world, std::shared_ptr<const v1::AgentInfo> info) {
  const std::string id = info->id().value();
  const DeadlineId deadline =
      world.deadlines.Arm(world.now + TotalPingTimeout(world), AwaitedAgentGivenUp{id});
  AgentInfoBudget::Charge charge = world.agent_infos.Add("", info->ByteSizeLong());
  world.awaited_agents[id] = AwaitedAgent{std::move(info), std::move(charge), deadline};
  world.awaited_views = nullptr;
}

void OnAwaitedAgentGivenUp(World& world, const std::string& agent_id) {
  if (world.awaited_agents.contains(agent_id)) ScheduleRemoval(world, agent_id);
}

std::shared_ptr<const v1::AgentInfo> StopAwaiting(World& world, const std::string& agent_id) {
  auto it = world.awaited_agents.find(agent_id);
  if (it == world.awaited_agents.end()) return nullptr;
  std::shared_ptr<const v1::AgentInfo> info = std::move(it->second.info);
  world.deadlines.Cancel(it->second.deadline);
  world.awaited_agents.erase(it);
  world.awaited_views = nullptr;
  if (world.awaited_agents.empty()) LOG(INFO) << "All agents of the registry are accounted for";
  return info;
}

bool IsAdmitted(const World& world, absl::string_view agent_id) {
  return world.FindAgent(agent_id) != nullptr || world.awaited_agents.contains(agent_id);
}

}  // namespace mesos::master
