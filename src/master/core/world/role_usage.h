#pragma once

// What one framework uses on all agents, by the role that it is allocated to.
//
//   used.Add(agent, "web", resources);
//   used.Subtract(agent, "web", resources);
//   for (const auto& [role, sum] : used.Sum()) ...
//
// Ranges and sets stand for each agent apart, because port 31000 of one is not that of another:
// united, what one agent gives back would be gone for all. Core-thread-only.

#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "common/base/ids.h"
#include "common/resources/resource_set.h"

namespace mesos::master {

class RoleUsage {
 public:
  void Add(AgentIdx agent, const std::string& role, const ResourceSet& resources);

  // What was added for that agent and role; what is missing is ignored.
  void Subtract(AgentIdx agent, const std::string& role, const ResourceSet& resources);

  // By role, without empty ones; ranges and sets united over the agents. Costs time proportional to
  // the agents where it uses any of those.
  std::vector<std::pair<std::string, ResourceSet>> Sum() const;

  std::vector<std::string> Roles() const;

  bool operator==(const RoleUsage&) const = default;

 private:
  struct OfRole {
    ResourceSet counted;                            // scalars, and what stands as a whole
    absl::btree_map<AgentIdx, ResourceSet> listed;  // ranges and sets; no empty ones

    bool empty() const { return counted.empty() && listed.empty(); }
    bool operator==(const OfRole&) const = default;
  };

  // No empty ones.
  absl::btree_map<std::string, OfRole> roles_;
};

}  // namespace mesos::master
