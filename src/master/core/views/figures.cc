#include "master/core/views/figures.h"

#include <utility>

#include "master/core/world/world.h"

namespace mesos::master {
namespace {

void Read(const Framework& framework, FrameworkFigures& figures) {
  figures.info = framework.info;
  figures.connected = framework.connected();
  figures.unreachable_tasks = framework.unreachable_tasks.size();
  figures.roles.reserve(framework.roles.size());
  for (const std::string& role : framework.roles) {
    figures.roles.emplace_back(role, framework.suppressed_roles.count(role) > 0);
  }
  figures.counters = framework.counters;
}

}  // namespace

MasterFigures ReadFigures(const World& world) {
  MasterFigures figures;
  figures.now = world.now;
  figures.start_time = world.options.start_time;
  figures.counters = world.counters;
  figures.followers = world.followers.size();
  figures.unreachable_agents = world.unreachable_agents.size();
  figures.frameworks.reserve(world.completed_frameworks.size() + world.frameworks.size());
  for (const auto& [id, framework] : world.completed_frameworks) {
    FrameworkFigures& read = figures.frameworks.emplace_back();
    read.info = framework->profile->info;
    read.counters = framework->counters;
  }
  for (const auto& framework : world.frameworks) {
    if (framework == nullptr) continue;
    switch (framework->state) {
      case Framework::State::kConnected:
        ++figures.frameworks_connected;
        break;
      case Framework::State::kDisconnected:
        ++figures.frameworks_disconnected;
        break;
      case Framework::State::kRecovered:
        ++figures.frameworks_recovered;
        break;
    }
    for (const std::string& role : framework->roles) ++figures.roles[role].frameworks;
    figures.unreachable_tasks += framework->unreachable_tasks.size();
    Read(*framework, figures.frameworks.emplace_back());
  }
  for (auto& [name, role] : figures.roles) {
    role.weight = world.allocator->Weight(name);
    role.filtered_agents = world.allocator->FilteredAgents(name);
    role.dominant_share = world.allocator->DominantShare(name);
  }
  return figures;
}

}  // namespace mesos::master
