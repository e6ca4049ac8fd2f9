#include "master/reads/roles.h"

namespace mesos::master {

std::map<std::string, RoleTotals> RolesOf(const Snapshot& snapshot) {
  std::map<std::string, RoleTotals> roles;
  for (size_t i = 0; i < snapshot.frameworks.size(); ++i) {
    if (snapshot.frameworks[i] == nullptr) continue;
    const FrameworkView& framework = *snapshot.frameworks[i];
    for (const std::string& role : framework.profile->roles) {
      roles[role].frameworks.insert(framework.id());
    }
    for (const auto& [role, used] : framework.used) {
      roles[role].frameworks.insert(framework.id());
      roles[role].allocated += used;
    }
    for (size_t j = 0; j < framework.offers.size(); ++j) {
      roles[framework.offers[j]->role].offered += framework.offers[j]->resources;
    }
  }
  for (const auto& [role, weight] : snapshot.set_weights) roles[role];
  return roles;
}

}  // namespace mesos::master
