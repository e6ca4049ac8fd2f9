#include "master/core/world/role_usage.h"

#include <algorithm>
#include <iterator>

namespace mesos::master {
namespace {

bool IsListed(const ResourceSet::Entry& entry) {
  return !entry.identity->whole() && entry.value.type() != ResourceValue::Type::kScalar;
}

bool IsCounted(const ResourceSet::Entry& entry) { return !IsListed(entry); }

bool AnyListed(const ResourceSet& resources) {
  return std::any_of(resources.entries().begin(), resources.entries().end(), IsListed);
}

// The union of `count` sets from `first` on, in halves: few of the unions are of large sets.
template <typename Iterator>
ResourceSet Unite(Iterator first, size_t count) {
  if (count == 1) return first->second;
  return Unite(first, count / 2) + Unite(std::next(first, count / 2), count - count / 2);
}

}  // namespace

void RoleUsage::Add(AgentIdx agent, const std::string& role, const ResourceSet& resources) {
  if (resources.empty()) return;
  OfRole& of_role = roles_[role];
  if (!AnyListed(resources)) {
    of_role.counted += resources;
    return;
  }
  of_role.counted += resources.Filter(IsCounted);
  of_role.listed[agent] += resources.Filter(IsListed);
}

void RoleUsage::Subtract(AgentIdx agent, const std::string& role, const ResourceSet& resources) {
  auto of_role = roles_.find(role);
  if (of_role == roles_.end()) return;
  if (!AnyListed(resources)) {
    of_role->second.counted -= resources;
  } else {
    of_role->second.counted -= resources.Filter(IsCounted);
    auto& listed = of_role->second.listed;
    if (auto it = listed.find(agent); it != listed.end()) {
      it->second -= resources.Filter(IsListed);
      if (it->second.empty()) listed.erase(it);
    }
  }
  if (of_role->second.empty()) roles_.erase(of_role);
}

std::vector<std::pair<std::string, ResourceSet>> RoleUsage::Sum() const {
  std::vector<std::pair<std::string, ResourceSet>> sums;
  sums.reserve(roles_.size());
  for (const auto& [role, used] : roles_) {
    ResourceSet sum = used.counted;
    if (!used.listed.empty()) sum += Unite(used.listed.begin(), used.listed.size());
    sums.emplace_back(role, std::move(sum));
  }
  return sums;
}

std::vector<std::string> RoleUsage::Roles() const {
  std::vector<std::string> roles;
  roles.reserve(roles_.size());
  for (const auto& [role, used] : roles_) roles.push_back(role);
  return roles;
}

}  // namespace mesos::master
