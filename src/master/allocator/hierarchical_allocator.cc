#include "master/allocator/hierarchical_allocator.h"

#include <algorithm>
#include <utility>

#include "glog/logging.h"

namespace mesos::master {
namespace {

// Up to so many clients are looked at one by one on every agent; with more, a full pass is cheaper.
constexpr size_t kMaxOpenClients = 8;

bool IsShared(const ResourceSet::Entry& entry) { return entry.identity->shared(); }

bool HasShared(const ResourceSet& resources) {
  return std::any_of(resources.entries().begin(), resources.entries().end(), IsShared);
}

ResourceSet WithoutShared(const ResourceSet& resources) {
  return resources.Filter([](const ResourceSet::Entry& entry) { return !IsShared(entry); });
}

bool HasIdentity(const ResourceSet& resources, const ResourceIdentity& identity) {
  return std::any_of(
      resources.entries().begin(), resources.entries().end(),
      [&](const ResourceSet::Entry& entry) { return entry.identity->SameAs(identity); });
}

bool HasGpus(const ResourceSet& resources) {
  return std::any_of(
      resources.entries().begin(), resources.entries().end(),
      [](const ResourceSet::Entry& entry) { return entry.identity->name() == "gpus"; });
}

uint8_t CapabilitiesOf(const AllocatorFramework& info) {
  return (info.revocable_resources ? kTakesRevocable : 0) |
         (info.shared_resources ? kTakesShared : 0) |
         (info.reservation_refinement ? kTakesRefined : 0) |
         (info.gpu_resources ? kTakesGpuAgents : 0) | (info.region_aware ? kTakesRemoteAgents : 0);
}

}  // namespace

HierarchicalAllocator::HierarchicalAllocator(AllocatorOptions options)
    : options_(std::move(options)),
      tree_(options_.weights),
      filters_(options_.max_filters_per_agent) {}

// ---- Frameworks

HierarchicalAllocator::Framework* HierarchicalAllocator::FindFramework(FrameworkIdx framework) {
  if (framework.value() >= frameworks_.size()) return nullptr;
  return frameworks_[framework.value()].get();
}

HierarchicalAllocator::Framework& HierarchicalAllocator::KnownFramework(FrameworkIdx framework) {
  Framework* found = FindFramework(framework);
  CHECK(found != nullptr && found->known)
      << "framework index " << framework.value() << " was not added";
  return *found;
}

HierarchicalAllocator::Framework& HierarchicalAllocator::FrameworkAt(FrameworkIdx framework) {
  if (framework.value() >= frameworks_.size()) frameworks_.resize(framework.value() + 1);
  std::unique_ptr<Framework>& place = frameworks_[framework.value()];
  if (place == nullptr) place = std::make_unique<Framework>();
  return *place;
}

ShareClient& HierarchicalAllocator::ClientOf(FrameworkIdx framework, const std::string& role) {
  ShareClient*& client = FrameworkAt(framework).clients[role];
  if (client == nullptr) {
    client = &tree_.Track(framework, role);
    if (client->index.value() >= bookings_of_.size()) {
      bookings_of_.resize(client->index.value() + 1, 0);
    }
  }
  return *client;
}

void HierarchicalAllocator::AddFramework(FrameworkIdx framework, AllocatorFramework info) {
  Framework& added = FrameworkAt(framework);
  CHECK(!added.known) << "framework index " << framework.value() << " was added already";
  added.known = true;
  added.info = std::move(info);
  UpdateClients(framework);
}

void HierarchicalAllocator::UpdateFramework(FrameworkIdx framework, AllocatorFramework info) {
  Framework& updated = KnownFramework(framework);
  AllocatorFramework old = std::exchange(updated.info, std::move(info));
  for (const auto& [role, client] : updated.clients) {
    bool revived =
        old.suppressed_roles.contains(role) && !updated.info.suppressed_roles.contains(role);
    if (revived || !updated.info.roles.contains(role)) filters_.RemoveClient(client->index);
  }
  UpdateClients(framework);
  for (const auto& [role, client] : updated.clients) {
    if (client->active) Open(*client);
  }
}

void HierarchicalAllocator::RemoveFramework(FrameworkIdx framework) {
  KnownFramework(framework);
  for (uint32_t i = 0; i < agents_.size(); ++i) {
    Agent& agent = agents_[i];
    for (size_t b = agent.bookings.size(); b-- > 0;) {
      if (agent.bookings[b].client->framework != framework) continue;
      ResourceSet booked = agent.bookings[b].resources;
      Unbook(agent, *agent.bookings[b].client, booked);
      UpdateOfferable(AgentIdx(i));
      MarkDirty(AgentIdx(i));
    }
  }
  Framework& removed = *frameworks_[framework.value()];
  removed.known = false;
  removed.info = AllocatorFramework();
  UpdateClients(framework);
  frameworks_[framework.value()].reset();
}

void HierarchicalAllocator::SetFrameworkActive(FrameworkIdx framework, bool active) {
  Framework& changed = KnownFramework(framework);
  changed.info.active = active;
  if (!active) {
    for (const auto& [role, client] : changed.clients) filters_.RemoveClient(client->index);
  }
  UpdateClients(framework);
}

void HierarchicalAllocator::SuppressOffers(FrameworkIdx framework,
                                           const std::set<std::string>& roles) {
  Framework& changed = KnownFramework(framework);
  for (const std::string& role : roles.empty() ? changed.info.roles : roles) {
    if (changed.info.roles.contains(role)) changed.info.suppressed_roles.insert(role);
  }
  UpdateClients(framework);
}

void HierarchicalAllocator::ReviveOffers(FrameworkIdx framework,
                                         const std::set<std::string>& roles) {
  Framework& changed = KnownFramework(framework);
  for (const std::string& role : roles.empty() ? changed.info.roles : roles) {
    if (!changed.info.roles.contains(role)) continue;
    changed.info.suppressed_roles.erase(role);
    ShareClient& client = ClientOf(framework, role);
    filters_.RemoveClient(client.index);
    if (client.active) Open(client);
  }
  UpdateClients(framework);
}

void HierarchicalAllocator::UpdateClients(FrameworkIdx framework) {
  Framework& changed = FrameworkAt(framework);
  for (const std::string& role : changed.info.roles) ClientOf(framework, role);
  for (auto it = changed.clients.begin(); it != changed.clients.end();) {
    const std::string& role = it->first;
    ShareClient& client = *it->second;
    ++it;  // the client may go
    bool subscribed = changed.known && changed.info.roles.contains(role);
    bool active =
        subscribed && changed.info.active && !changed.info.suppressed_roles.contains(role);
    client.capabilities = CapabilitiesOf(changed.info);
    if (active && !client.active) Open(client);
    tree_.SetActive(client, active);
    ForgetIfUnused(client);
  }
}

void HierarchicalAllocator::ForgetIfUnused(ShareClient& client) {
  Framework& framework = *frameworks_[client.framework.value()];
  const std::string& role = client.role->path;
  if (bookings_of_[client.index.value()] > 0) return;
  if (framework.known && framework.info.roles.contains(role)) return;
  filters_.RemoveClient(client.index);
  open_.erase(std::remove(open_.begin(), open_.end(), &client), open_.end());
  framework.clients.erase(std::string(role));
  tree_.Forget(client);
}

// ---- Agents

HierarchicalAllocator::Agent* HierarchicalAllocator::FindAgent(AgentIdx agent) {
  if (agent.value() >= agents_.size() || !agents_[agent.value()].present) return nullptr;
  return &agents_[agent.value()];
}

void HierarchicalAllocator::AddAgent(AgentIdx index, AllocatorAgent info) {
  CHECK(FindAgent(index) == nullptr) << "agent index " << index.value() << " was added already";
  if (index.value() >= agents_.size()) {
    agents_.resize(index.value() + 1);
    flags_.resize(index.value() + 1, 0);
  }
  Agent& agent = agents_[index.value()];
  agent.present = true;
  agent.remote = info.remote;
  SetTotal(agent, std::move(info.total));
  for (const auto& [who, resources] : info.used) {
    if (!resources.empty()) BookOn(agent, ClientOf(who.first, who.second), resources);
  }
  UpdateOfferable(index);
  MarkDirty(index);
}

void HierarchicalAllocator::UpdateAgent(AgentIdx index, ResourceSet total) {
  Agent* agent = FindAgent(index);
  CHECK(agent != nullptr) << "agent index " << index.value() << " was not added";
  tree_.RemoveTotal(agent->total_scalars);
  SetTotal(*agent, std::move(total));
  UpdateOfferable(index);
  MarkDirty(index);
}

void HierarchicalAllocator::RemoveAgent(AgentIdx index) {
  Agent* agent = FindAgent(index);
  CHECK(agent != nullptr) << "agent index " << index.value() << " was not added";
  while (!agent->bookings.empty()) {
    ShareClient& client = *agent->bookings.back().client;
    ResourceSet booked = agent->bookings.back().resources;
    Unbook(*agent, client, booked);
    ForgetIfUnused(client);
  }
  tree_.RemoveTotal(agent->total_scalars);
  filters_.RemoveAgent(index);
  *agent = Agent();
  flags_[index.value()] = 0;
}

void HierarchicalAllocator::SetAgentActive(AgentIdx index, bool active) {
  Agent* agent = FindAgent(index);
  CHECK(agent != nullptr) << "agent index " << index.value() << " was not added";
  agent->active = active;
  UpdateOfferable(index);
  if (active) MarkDirty(index);
}

bool HierarchicalAllocator::AgentActive(AgentIdx index) const {
  return index.value() < agents_.size() && agents_[index.value()].present &&
         agents_[index.value()].active;
}

void HierarchicalAllocator::SetTotal(Agent& agent, ResourceSet total) {
  agent.total = std::move(total);
  agent.total_scalars = names_.Of(agent.total, ScalarNames::Shared::kOnce);
  agent.needs =
      (HasGpus(agent.total) ? kTakesGpuAgents : 0) | (agent.remote ? kTakesRemoteAgents : 0);
  agent.shared = agent.total.Filter(IsShared);
  tree_.AddTotal(agent.total_scalars);
  CountAvailable(agent);
}

void HierarchicalAllocator::CountAvailable(Agent& agent) {
  agent.available = agent.shared.empty() ? agent.total : WithoutShared(agent.total);
  agent.overbooked = false;
  for (const Booking& booking : agent.bookings) {
    ResourceSet booked = WithoutShared(booking.resources);
    if (!agent.available.Contains(booked)) agent.overbooked = true;
    agent.available -= booked;
  }
}

void HierarchicalAllocator::UpdateOfferable(AgentIdx index) {
  const Agent& agent = agents_[index.value()];
  OfferMinimum minimum{options_.minimum_cpus, options_.minimum_mem};
  bool offerable = agent.present && agent.active;
  if (offerable && !minimum.Allows(agent.available)) {
    offerable = !agent.shared.empty() && minimum.Allows(agent.available + agent.shared);
  }
  if (offerable) {
    flags_[index.value()] |= kOfferable;
  } else {
    flags_[index.value()] &= ~kOfferable;
  }
}

void HierarchicalAllocator::MarkDirty(AgentIdx index) {
  if (flags_[index.value()] & kDirty) return;
  flags_[index.value()] |= kDirty;
  dirty_.push_back(index);
}

void HierarchicalAllocator::Open(ShareClient& client) {
  if (all_dirty_ || std::find(open_.begin(), open_.end(), &client) != open_.end()) return;
  open_.push_back(&client);
  if (open_.size() <= kMaxOpenClients) return;
  open_.clear();
  all_dirty_ = true;
}

// ---- Bookings

void HierarchicalAllocator::Book(FrameworkIdx framework, const std::string& role, AgentIdx index,
                                 const ResourceSet& resources) {
  Agent* agent = FindAgent(index);
  CHECK(agent != nullptr) << "agent index " << index.value() << " was not added";
  if (resources.empty()) return;
  BookOn(*agent, ClientOf(framework, role), resources);
  UpdateOfferable(index);
}

void HierarchicalAllocator::Release(FrameworkIdx framework, const std::string& role, AgentIdx index,
                                    const ResourceSet& resources,
                                    std::optional<OfferFilter> filter) {
  Agent* agent = FindAgent(index);
  Framework* owner = FindFramework(framework);
  if (agent == nullptr || owner == nullptr || resources.empty()) return;
  auto client = owner->clients.find(role);
  if (client == owner->clients.end()) return;
  ShareClient& freed = *client->second;
  bool booked = std::any_of(agent->bookings.begin(), agent->bookings.end(),
                            [&](const Booking& booking) { return booking.client == &freed; });
  if (!booked) return;
  Unbook(*agent, freed, resources);
  UpdateOfferable(index);
  MarkDirty(index);
  if (filter && owner->known && owner->info.roles.contains(role)) {
    filters_.Add(freed.index, index, resources, filter->until);
  }
  ForgetIfUnused(freed);
}

void HierarchicalAllocator::BookOn(Agent& agent, ShareClient& client,
                                   const ResourceSet& resources) {
  bool shared = HasShared(resources);
  if (shared) AdjustShared(agent, client, resources, 1);
  tree_.Allocated(client, names_.Of(resources, ScalarNames::Shared::kNot));
  auto booking = std::find_if(agent.bookings.begin(), agent.bookings.end(),
                              [&](const Booking& b) { return b.client == &client; });
  if (booking == agent.bookings.end()) {
    ++bookings_of_[client.index.value()];
    agent.bookings.push_back({&client, resources});
  } else {
    booking->resources += resources;
  }
  const ResourceSet& taken = shared ? WithoutShared(resources) : resources;
  if (!agent.available.Contains(taken)) agent.overbooked = true;
  agent.available -= taken;
}

void HierarchicalAllocator::Unbook(Agent& agent, ShareClient& client,
                                   const ResourceSet& resources) {
  auto booking = std::find_if(agent.bookings.begin(), agent.bookings.end(),
                              [&](const Booking& b) { return b.client == &client; });
  CHECK(booking != agent.bookings.end());
  CHECK(booking->resources.Contains(resources))
      << "released " << resources.ToString() << " of " << booking->resources.ToString()
      << " booked for framework index " << client.framework.value() << " in role "
      << client.role->path;
  bool shared = HasShared(resources);
  booking->resources -= resources;
  if (booking->resources.empty()) {
    if (booking != agent.bookings.end() - 1) *booking = std::move(agent.bookings.back());
    agent.bookings.pop_back();
    --bookings_of_[client.index.value()];
  }
  tree_.Freed(client, names_.Of(resources, ScalarNames::Shared::kNot));
  if (shared) AdjustShared(agent, client, resources, -1);
  if (agent.overbooked) {
    CountAvailable(agent);
  } else {
    agent.available += shared ? WithoutShared(resources) : resources;
  }
}

// A shared resource counts once for each node of the tree that has it on this agent, however often
// it is given out below. Called before it is booked and after it is unbooked.
void HierarchicalAllocator::AdjustShared(const Agent& agent, ShareClient& client,
                                         const ResourceSet& resources, int sign) {
  for (const ResourceSet::Entry& entry : resources.entries()) {
    if (!IsShared(entry)) continue;
    auto held = [&](auto whose) {
      return std::any_of(agent.bookings.begin(), agent.bookings.end(), [&](const Booking& booking) {
        return whose(*booking.client) && HasIdentity(booking.resources, *entry.identity);
      });
    };
    Scalars amount = names_.Of(entry);
    if (held([&](const ShareClient& other) { return &other == &client; })) continue;
    tree_.AdjustOwn(client, amount, sign);
    if (held([&](const ShareClient& other) { return other.role == client.role; })) continue;
    tree_.AdjustRoleOwn(*client.role, amount, sign);
    for (ShareRole* node = client.role; node->parent != nullptr; node = node->parent) {
      auto below = [&](const ShareClient& other) { return IsAtOrUnder(*other.role, *node); };
      if (held(below)) break;
      tree_.AdjustWhole(*node, amount, sign);
    }
  }
}

// ---- Reads and weights

void HierarchicalAllocator::UpdateWeights(const std::map<std::string, double>& weights) {
  for (const auto& [role, weight] : weights) tree_.SetWeight(role, weight);
}

size_t HierarchicalAllocator::FilteredAgents(const std::string& role) const {
  const ShareRole* node = tree_.FindRole(role);
  if (node == nullptr) return 0;
  size_t agents = 0;
  for (const auto& [framework, client] : node->clients) {
    agents += filters_.FilteredAgents(client->index);
  }
  return agents;
}

ResourceSet HierarchicalAllocator::Allocated(const std::string& role) const {
  ResourceSet allocated;
  const ShareRole* node = tree_.FindRole(role);
  if (node == nullptr) return allocated;
  for (const Agent& agent : agents_) {
    for (const Booking& booking : agent.bookings) {
      if (booking.client->role == node) allocated += booking.resources;
    }
  }
  return allocated;
}

std::unique_ptr<Allocator> NewHierarchicalAllocator(AllocatorOptions options) {
  return std::make_unique<HierarchicalAllocator>(std::move(options));
}

}  // namespace mesos::master
