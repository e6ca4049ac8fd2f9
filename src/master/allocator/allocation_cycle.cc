#include <algorithm>
#include <bit>

#include "master/allocator/hierarchical_allocator.h"

namespace mesos::master {
namespace {

// SplitMix64 (Steele, Lea and Flood): spreads the cycle's number over the agents.
uint64_t Mix(uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

}  // namespace

std::vector<Grant> HierarchicalAllocator::Allocate(absl::Time now) {
  filters_.Expire(now, [this](AgentIdx agent) { MarkDirty(agent); });
  tree_.Refresh();
  std::vector<Grant> plan;
  std::vector<AgentIdx> agents = AgentsToVisit();
  dirty_.clear();
  for (AgentIdx agent : agents) Visit(agent, plan);
  open_.clear();
  all_dirty_ = false;
  return plan;
}

// In the order of index XOR a hash of the cycle's number: each agent, and each of any few, is as
// often first.
std::vector<AgentIdx> HierarchicalAllocator::AgentsToVisit() {
  std::vector<AgentIdx> agents;
  uint32_t places = std::bit_ceil(static_cast<uint32_t>(flags_.size()));
  uint32_t mask = static_cast<uint32_t>(Mix(cycle_++)) & (places - 1);
  auto consider = [&](uint32_t index) {
    if (flags_[index] & kOfferable) {
      agents.push_back(AgentIdx(index));
    } else {
      flags_[index] &= ~kDirty;
    }
  };
  if (all_dirty_ || !open_.empty()) {
    for (uint32_t place = 0; place < places; ++place) {
      uint32_t index = place ^ mask;
      if (index >= flags_.size()) continue;
      if (all_dirty_) flags_[index] |= kDirty;
      consider(index);
    }
    return agents;
  }
  std::sort(dirty_.begin(), dirty_.end(),
            [&](AgentIdx a, AgentIdx b) { return (a.value() ^ mask) < (b.value() ^ mask); });
  for (AgentIdx agent : dirty_) {
    // An agent that was removed meanwhile has no flag; one that also came back stands here twice.
    bool listed = !agents.empty() && agents.back() == agent;
    if (!listed && (flags_[agent.value()] & kDirty)) consider(agent.value());
  }
  return agents;
}

void HierarchicalAllocator::Visit(AgentIdx index, std::vector<Grant>& plan) {
  Agent& agent = agents_[index.value()];
  OfferMinimum minimum{options_.minimum_cpus, options_.minimum_mem};
  AgentOffer offer(agent.available, agent.shared, minimum);
  bool dirty = flags_[index.value()] & kDirty;
  flags_[index.value()] &= ~kDirty;
  if (dirty) {
    OfferToAll(index, offer);
  } else {
    OfferToOpen(index, offer);
  }
  if (taken_.empty()) return;
  for (auto& [client, resources] : taken_) {
    BookOn(agent, *client, resources);
    plan.push_back({client->framework, client->role->path, index, std::move(resources)});
  }
  taken_.clear();
  UpdateOfferable(index);
  // A shared resource is granted once a cycle; the next one may grant it together with what is
  // left.
  if (offer.shared_taken()) MarkDirty(index);
}

void HierarchicalAllocator::OfferToAll(AgentIdx index, AgentOffer& offer) {
  if (offer.unreserved_left()) {
    auto visit = [&](ShareRole& role) {
      return !OfferToRole(index, role, offer) || offer.unreserved_left();
    };
    if (ShareTree::Walk(tree_.root(), visit)) return;
  }
  // Who stands before the last grant could have nothing, and can have less now: starting again over
  // the roles that still have reservations here makes the same grants as going on.
  if (offer.left()) OfferToReservers(index, offer);
}

void HierarchicalAllocator::OfferToReservers(AgentIdx index, AgentOffer& offer) {
  std::vector<ShareRole*> roles;
  for (const std::string& path : offer.ReservationRoles()) {
    ShareRole* role = tree_.FindRole(path);
    if (role != nullptr && !role->children.empty()) roles.push_back(role);
  }
  auto below_another = [&](ShareRole* role) {
    return std::any_of(roles.begin(), roles.end(), [&](ShareRole* other) {
      return other != role && IsAtOrUnder(*role, *other);
    });
  };
  std::vector<ShareRole*> tops;
  for (ShareRole* role : roles) {
    if (!below_another(role)) tops.push_back(role);
  }
  std::sort(tops.begin(), tops.end(),
            [](ShareRole* a, ShareRole* b) { return ShareTree::Before(*a, *b); });
  auto visit = [&](ShareRole& role) { return !OfferToRole(index, role, offer) || offer.left(); };
  for (ShareRole* top : tops) {
    if (!ShareTree::Walk(*top, visit)) return;
  }
}

void HierarchicalAllocator::OfferToOpen(AgentIdx index, AgentOffer& offer) {
  std::sort(open_.begin(), open_.end(),
            [](const ShareClient* a, const ShareClient* b) { return ShareTree::Before(*a, *b); });
  for (ShareClient* client : open_) {
    if (client->active && OfferTo(index, *client, offer) && !offer.left()) return;
  }
}

// Whether anything was granted.
bool HierarchicalAllocator::OfferToRole(AgentIdx index, ShareRole& role, AgentOffer& offer) {
  if (!offer.For(role, kTakesAll).allocatable) return false;
  bool any = false;
  for (const ClientRank& rank : role.order) {
    if (!OfferTo(index, *rank.client, offer)) continue;
    any = true;
    if (!offer.For(role, kTakesAll).allocatable) break;
  }
  return any;
}

bool HierarchicalAllocator::OfferTo(AgentIdx index, ShareClient& client, AgentOffer& offer) {
  AgentOffer::Part& part = offer.For(*client.role, client.capabilities & kTakesAll);
  if (!part.allocatable) return false;
  if (agents_[index.value()].needs & ~client.capabilities) return false;
  if (filters_.Blocks(client.index, index, *part.resources, part.memo)) return false;
  taken_.emplace_back(&client, offer.Take(part));
  return true;
}

}  // namespace mesos::master
