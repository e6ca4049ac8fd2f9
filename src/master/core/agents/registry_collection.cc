#include "master/core/agents/registry_collection.h"

#include <string>
#include <utility>
#include <vector>

#include "glog/logging.h"
#include "master/core/agents/transitions.h"

namespace mesos::master {
namespace {

// The oldest stand first.
void AddExpired(World& world, const BoundedHistory<FormerAgent>& agents,
                std::vector<std::string>* expired) {
  size_t left = agents.size();
  for (const auto& [id, agent] : agents) {
    const bool too_many = left > world.options.registry_max_agent_count;
    const bool too_old = world.now - agent.since > world.options.registry_max_agent_age;
    if (!too_many && !too_old) return;
    if (InTransition(world, id)) continue;
    if (!too_old) ++world.stats.bounds_met.registry_agents;
    expired->push_back(id);
    --left;
  }
}

void Collect(World& world) {
  std::vector<std::string> expired;
  AddExpired(world, world.unreachable_agents, &expired);
  AddExpired(world, world.gone_agents, &expired);
  if (expired.empty()) return;
  LOG(INFO) << "Forgetting " << expired.size() << " agents that are unreachable or gone for long";
  std::vector<RegistryOperation> operations;
  operations.reserve(expired.size());
  for (const std::string& id : expired) {
    BeginTransition(world, id);
    operations.push_back(ForgetAgent{id});
  }
  WriteToRegistry(world, std::move(operations), AgentsForgotten{std::move(expired)});
}

}  // namespace

void ArmRegistryCollection(World& world) {
  world.deadlines.Arm(world.now + world.options.registry_gc_interval, RegistryCollection{});
}

void OnRegistryCollection(World& world) {
  Collect(world);
  ArmRegistryCollection(world);
}

void CollectIfCrowded(World& world) {
  const size_t most = 2 * world.options.registry_max_agent_count;
  if (world.unreachable_agents.size() > most || world.gone_agents.size() > most) Collect(world);
}

void OnForgotten(World& world, const AgentsForgotten& forgotten) {
  for (const std::string& id : forgotten.agent_ids) {
    world.unreachable_agents.Erase(id);
    world.gone_agents.Erase(id);
    EndTransition(world, id);
  }
}

}  // namespace mesos::master
