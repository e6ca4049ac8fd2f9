#include "master/core/offers/offers.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/strings/str_cat.h"
#include "glog/logging.h"
#include "master/core/agents/offering.h"
#include "master/core/frameworks/paging.h"
#include "master/core/operators/operator_reads.h"
#include "master/core/views/views.h"
#include "master/validation/offer.h"

namespace mesos::master {
namespace {

Offer& AddOffer(World& world, Framework& framework, Agent& agent, Grant grant) {
  auto offer = std::make_unique<Offer>();
  const OfferNumber number{world.next_offer++};
  offer->number = number;
  offer->id = absl::StrCat(world.options.id, "-O", static_cast<uint64_t>(number));
  offer->framework = &framework;
  offer->agent = &agent;
  offer->role = std::move(grant.role);
  offer->resources = std::move(grant.resources);
  if (world.options.offer_timeout != absl::InfiniteDuration()) {
    offer->expiry =
        world.deadlines.Arm(world.now + world.options.offer_timeout, OfferTimeout{number});
  }
  Offer& added = *offer;
  agent.offered += added.resources;
  world.counters.offered.Add(added.resources);
  agent.offers.Insert(&added);
  framework.offers.Insert(&added);
  framework.offer_views.PushBack(MakeView(added));
  world.Touch(framework);
  world.Touch(agent);
  world.offers.emplace(number, std::move(offer));
  return added;
}

}  // namespace

void FillOffer(const Offer& offer, v1::Offer* out) {
  const Framework& framework = *offer.framework;
  ReadOffer(*framework.offer_views[offer.framework_slot], *framework.profile, out);
  for (auto it = offer.agent->executors.lower_bound({framework.index, ""});
       it != offer.agent->executors.end() && it->first.first == framework.index; ++it) {
    out->add_executor_ids()->set_value(it->first.second);
  }
}

void MakeOffers(World& world) {
  world.allocation_due = false;
  ++world.stats.allocations;
  absl::btree_set<FrameworkIdx> offered;
  for (Grant& grant : world.allocator->Allocate(world.now)) {
    Framework* framework = world.FindFramework(grant.framework);
    Agent* agent = world.FindAgent(grant.agent);
    if (framework == nullptr || agent == nullptr || !framework->connected() ||
        !MayBeOffered(world, *agent)) {
      LOG(DFATAL) << "The allocator granted " << grant.resources.ToString()
                  << " of or to somebody who is away";
      world.allocator->Release(grant.framework, grant.role, grant.agent, grant.resources,
                               std::nullopt);
      continue;
    }
    const Offer& offer = AddOffer(world, *framework, *agent, std::move(grant));
    framework->outbox.offers.insert(offer.number);
    offered.insert(framework->index);
    VLOG(1) << "Offering framework_id=" << framework->id << " offer_id=" << offer.id
            << " role=" << offer.role << " agent_id=" << agent->id
            << " resources=" << offer.resources.ToString();
  }
  for (FrameworkIdx index : offered) SendPages(world, *world.FindFramework(index));
}

ResourceSet TakeOffer(World& world, Offer& offer) {
  world.deadlines.Cancel(offer.expiry);
  offer.agent->offered -= offer.resources;
  world.counters.offered.Subtract(offer.resources);
  offer.agent->offers.Erase(&offer);
  offer.framework->offer_views.EraseBySwap(offer.framework_slot);
  offer.framework->offers.Erase(&offer);
  offer.framework->outbox.offers.erase(offer.number);
  world.Touch(*offer.framework);
  world.Touch(*offer.agent);
  ResourceSet resources = std::move(offer.resources);
  world.offers.erase(offer.number);
  return resources;
}

void Return(World& world, Framework& framework, Agent& agent, const std::string& role,
            const ResourceSet& resources, std::optional<OfferFilter> filter) {
  if (resources.empty()) return;
  world.allocator->Release(framework.index, role, agent.index, resources, filter);
  world.allocation_due = true;
}

void DiscardOffer(World& world, Offer& offer, Rescind rescind, std::optional<OfferFilter> filter) {
  Framework& framework = *offer.framework;
  Agent& agent = *offer.agent;
  // Of one that it was not told of there is nothing to take back.
  if (rescind == Rescind::kYes && !framework.outbox.offers.contains(offer.number)) {
    ++world.stats.offers_rescinded;
    ++framework.counters.offers_rescinded;
    auto event = NewEvent(v1::scheduler::Event::RESCIND);
    event->mutable_rescind()->mutable_offer_id()->set_value(offer.id);
    world.SendToFramework(framework, std::move(event));
  }
  const std::string role = offer.role;
  Return(world, framework, agent, role, TakeOffer(world, offer), filter);
}

void DiscardOffers(World& world, Framework& framework, Rescind rescind) {
  for (Offer* offer : framework.offers.Copy()) DiscardOffer(world, *offer, rescind, std::nullopt);
}

void DiscardOffers(World& world, Agent& agent, Rescind rescind) {
  for (Offer* offer : agent.offers.Copy()) DiscardOffer(world, *offer, rescind, std::nullopt);
}

OfferFilter ReadFilter(const World& world, const v1::Filters& filters) {
  return {world.now + std::max(RefuseDuration(filters), world.options.allocation_interval)};
}

void OnOfferTimeout(World& world, OfferNumber number) {
  Offer* offer = world.FindOffer(number);
  if (offer == nullptr) return;
  LOG(INFO) << "Offer timed out offer_id=" << offer->id << " framework_id=" << offer->framework->id;
  DiscardOffer(world, *offer, Rescind::kYes, std::nullopt);
}

void Decline(World& world, Framework& framework, const v1::scheduler::Call::Decline& decline) {
  const OfferFilter filter = ReadFilter(world, decline.filters());
  for (const v1::OfferID& id : decline.offer_ids()) {
    Offer* offer = world.FindOffer(id.value());
    // Stale ids are usual: the offer may have been rescinded meanwhile.
    if (offer == nullptr || offer->framework != &framework) {
      VLOG(1) << "Ignoring decline of unknown offer_id=" << id.value()
              << " framework_id=" << framework.id;
      continue;
    }
    ++world.stats.offers_declined;
    ++framework.counters.offers_declined;
    DiscardOffer(world, *offer, Rescind::kNo, filter);
  }
}

namespace {

// The named roles that are the framework's; all of them where none is named. nullopt where a named
// one is not.
template <typename Roles>
std::optional<std::set<std::string>> OwnRoles(const Framework& framework, const Roles& named,
                                              const char* call) {
  std::set<std::string> roles(named.begin(), named.end());
  for (const std::string& role : roles) {
    if (framework.roles.count(role) == 0) {
      LOG(WARNING) << "Ignoring " << call << " of framework_id=" << framework.id << ": role "
                   << role << " is not one of its own";
      return std::nullopt;
    }
  }
  if (roles.empty()) roles = framework.roles;
  return roles;
}

}  // namespace

void Revive(World& world, Framework& framework, const v1::scheduler::Call::Revive& revive) {
  const auto roles = OwnRoles(framework, revive.roles(), "REVIVE");
  if (!roles) return;
  for (const std::string& role : *roles) framework.suppressed_roles.erase(role);
  world.allocator->ReviveOffers(framework.index, *roles);
  world.allocation_due = true;
}

void Suppress(World& world, Framework& framework, const v1::scheduler::Call::Suppress& suppress) {
  const auto roles = OwnRoles(framework, suppress.roles(), "SUPPRESS");
  if (!roles) return;
  framework.suppressed_roles.insert(roles->begin(), roles->end());
  world.allocator->SuppressOffers(framework.index, *roles);
}

}  // namespace mesos::master
