#pragma once

// The allocator of allocator.h: hierarchical dominant-resource fairness over what changed.
//
// Invariant between two cycles: no client (framework and role) could be granted anything of an
// agent, except where the agent is marked dirty or the client is listed as open. So a cycle looks
// at the dirty agents with every client in order, and at the other agents with the open clients
// only; the plan is the one that a full pass would make. Events that may open a grant mark an agent
// (added, activated, freed, a filter's end) or a client (added, activated, unsuppressed, revived,
// more capabilities); a grant itself only takes away, so it opens nothing.
//
// An agent's free resources go to the first client in order that may have them and does not filter
// them, all of them at once; what is reserved for others stays and goes to the first of those. The
// order is taken at the start of each agent, as in Mesos. Where Mesos shuffles the agents, we visit
// them in the order of index XOR a hash of the cycle's number: the same history gives the same
// plan, and over the cycles each agent is as often first, so none is always left to who comes last.

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "master/allocator/agent_offer.h"
#include "master/allocator/allocator.h"
#include "master/allocator/offer_filters.h"
#include "master/allocator/scalar_names.h"
#include "master/allocator/share_tree.h"

namespace mesos::master {

class HierarchicalAllocator final : public Allocator {
 public:
  explicit HierarchicalAllocator(AllocatorOptions options);

  void AddFramework(FrameworkIdx framework, AllocatorFramework info) override;
  void UpdateFramework(FrameworkIdx framework, AllocatorFramework info) override;
  void RemoveFramework(FrameworkIdx framework) override;
  void SetFrameworkActive(FrameworkIdx framework, bool active) override;
  void AddAgent(AgentIdx agent, AllocatorAgent info) override;
  void UpdateAgent(AgentIdx agent, ResourceSet total) override;
  void RemoveAgent(AgentIdx agent) override;
  void SetAgentActive(AgentIdx agent, bool active) override;
  bool AgentActive(AgentIdx agent) const override;
  void Book(FrameworkIdx framework, const std::string& role, AgentIdx agent,
            const ResourceSet& resources) override;
  void Release(FrameworkIdx framework, const std::string& role, AgentIdx agent,
               const ResourceSet& resources, std::optional<OfferFilter> filter) override;
  void SuppressOffers(FrameworkIdx framework, const std::set<std::string>& roles) override;
  void ReviveOffers(FrameworkIdx framework, const std::set<std::string>& roles) override;
  void UpdateWeights(const std::map<std::string, double>& weights) override;
  std::vector<Grant> Allocate(absl::Time now) override;
  absl::Time NextExpiry() const override { return filters_.NextExpiry(); }
  double Weight(const std::string& role) const override { return tree_.Weight(role); }
  double DominantShare(const std::string& role) const override { return tree_.DominantShare(role); }
  size_t FilteredAgents(const std::string& role) const override;
  ResourceSet Allocated(const std::string& role) const override;
  uint64_t FiltersDropped() const override { return filters_.dropped(); }

 private:
  struct Booking {
    ShareClient* client;
    ResourceSet resources;
  };

  struct Agent {
    ResourceSet total;
    Scalars total_scalars;
    absl::InlinedVector<Booking, 2> bookings;  // one a client, none empty

    // What is free: `shared` is what all may have again and again, `available` all else. Invariant:
    // available == total - shared - bookings, where missing is ignored (an agent may come back with
    // more running than it has: then it is overbooked, and freeing recounts).
    ResourceSet available;
    ResourceSet shared;
    bool overbooked = false;

    bool present = false;
    bool active = true;
    bool remote = false;
    uint8_t needs = 0;  // capabilities, without which a framework is not offered this agent
  };

  struct Framework {
    AllocatorFramework info;
    bool known = false;  // added; else only booked on agents that came back before it
    std::map<std::string, ShareClient*> clients;
  };

  // What a cycle must know of an agent before it touches it, one byte each.
  enum AgentFlag : uint8_t {
    kDirty = 1,      // every client is to be considered
    kOfferable = 2,  // active, and something that is not below the minimum is free
  };

  Agent* FindAgent(AgentIdx agent);
  Framework* FindFramework(FrameworkIdx framework);
  Framework& KnownFramework(FrameworkIdx framework);
  Framework& FrameworkAt(FrameworkIdx framework);
  ShareClient& ClientOf(FrameworkIdx framework, const std::string& role);

  // Brings the activity of the framework's clients up to date, and ends those that have no use any
  // more.
  void UpdateClients(FrameworkIdx framework);
  void ForgetIfUnused(ShareClient& client);

  void SetTotal(Agent& agent, ResourceSet total);
  void CountAvailable(Agent& agent);
  void UpdateOfferable(AgentIdx index);
  void MarkDirty(AgentIdx index);
  void Open(ShareClient& client);

  void BookOn(Agent& agent, ShareClient& client, const ResourceSet& resources);
  void Unbook(Agent& agent, ShareClient& client, const ResourceSet& resources);
  void AdjustShared(const Agent& agent, ShareClient& client, const ResourceSet& resources,
                    int sign);

  // One cycle (allocation_cycle.cc).
  std::vector<AgentIdx> AgentsToVisit();
  void Visit(AgentIdx index, std::vector<Grant>& plan);
  void OfferToAll(AgentIdx index, AgentOffer& offer);
  void OfferToReservers(AgentIdx index, AgentOffer& offer);
  void OfferToOpen(AgentIdx index, AgentOffer& offer);
  bool OfferToRole(AgentIdx index, ShareRole& role, AgentOffer& offer);
  bool OfferTo(AgentIdx index, ShareClient& client, AgentOffer& offer);

  AllocatorOptions options_;
  ScalarNames names_;
  ShareTree tree_;
  OfferFilters filters_;

  // By index. A client's place in bookings_of_ counts the agents on which it has bookings.
  std::vector<std::unique_ptr<Framework>> frameworks_;
  std::vector<Agent> agents_;
  std::vector<uint8_t> flags_;
  std::vector<uint32_t> bookings_of_;

  // What the next cycle looks at. `dirty_` lists the agents flagged kDirty. `open_` is short:
  // beyond kMaxOpenClients every agent is looked at for everybody instead.
  std::vector<AgentIdx> dirty_;
  std::vector<ShareClient*> open_;
  bool all_dirty_ = false;
  uint64_t cycle_ = 0;

  // Of the visit under way: who gets what; booked at its end, so that the order stands meanwhile.
  std::vector<std::pair<ShareClient*, ResourceSet>> taken_;
};

}  // namespace mesos::master
