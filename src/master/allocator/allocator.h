#pragma once

// Decides which framework is offered what. The master tells it about frameworks, agents and what
// comes back; Allocate gives a plan, already booked as allocated, that the master turns into
// offers.
//
//   allocator->AddAgent(agent, {total, used});
//   allocator->AddFramework(framework, {roles, suppressed, capabilities});
//   for (Grant& grant : allocator->Allocate(now)) MakeOffer(grant);
//   allocator->Release(framework, "web", agent, resources, Filter{now + absl::Seconds(5)});
//
// Order is by dominant share (weighted), then by allocation count, then by path, as in Mesos. Pure:
// no clock, no threads; used on the core's thread only. Allocate is cheap when nothing changed: it
// looks at the agents and roles that changed since the last call, and NextExpiry says when a filter
// ends. Adding what is there and changing what is not there are bugs of the owner and CHECKed, and
// so is releasing more than is booked. Resources passed in and out carry no allocation_info.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/base/ids.h"
#include "common/base/limits.h"
#include "common/resources/resource_set.h"

namespace mesos::master {

// What the allocator must know of a framework.
struct AllocatorFramework {
  std::set<std::string> roles;
  std::set<std::string> suppressed_roles;
  bool revocable_resources = false;  // capability REVOCABLE_RESOURCES
  bool shared_resources = false;     // capability SHARED_RESOURCES
  bool gpu_resources = false;        // capability GPU_RESOURCES
  bool region_aware = false;         // capability REGION_AWARE
  bool reservation_refinement = false;
  bool active = true;  // connected
};

struct AllocatorAgent {
  ResourceSet total;
  // What runs there already, by framework and role (an agent that came back).
  std::map<std::pair<FrameworkIdx, std::string>, ResourceSet> used;
  bool remote = false;  // in another region than the master: for REGION_AWARE frameworks only
};

// Until when a declined agent's resources (or fewer) are kept from the framework's role.
struct OfferFilter {
  absl::Time until;
};

// Resources of one agent for one framework in one role. `resources` carry no allocation_info.
struct Grant {
  FrameworkIdx framework;
  std::string role;
  AgentIdx agent;
  ResourceSet resources;
};

struct AllocatorOptions {
  std::map<std::string, double> weights;  // by role; 1 where absent
  // An offer needs one of these (in thousandths); Mesos: 0.01 cpus or 32 MB mem.
  int64_t minimum_cpus = 10;
  int64_t minimum_mem = 32'000;
  size_t max_filters_per_agent = limits::kMaxFiltersPerAgent;  // of one role of a framework
};

class Allocator {
 public:
  virtual ~Allocator() = default;

  virtual void AddFramework(FrameworkIdx framework, AllocatorFramework info) = 0;

  // Roles and suppression become those of `info`; roles no longer suppressed are revived. What is
  // booked in a role that the framework left stays booked until it is released.
  virtual void UpdateFramework(FrameworkIdx framework, AllocatorFramework info) = 0;

  // What is still booked for it is free again.
  virtual void RemoveFramework(FrameworkIdx framework) = 0;

  // An inactive framework keeps what it has and is offered nothing; its filters go.
  virtual void SetFrameworkActive(FrameworkIdx framework, bool active) = 0;

  virtual void AddAgent(AgentIdx agent, AllocatorAgent info) = 0;
  // What the agent has now. What is used stays booked, if need be beyond `total`.
  virtual void UpdateAgent(AgentIdx agent, ResourceSet total) = 0;

  // What was booked there goes with the agent; its filters too.
  virtual void RemoveAgent(AgentIdx agent) = 0;

  // An inactive agent's resources are not offered; an agent that is added is active.
  virtual void SetAgentActive(AgentIdx agent, bool active) = 0;
  virtual bool AgentActive(AgentIdx agent) const = 0;

  // Books resources that run on an agent already (found at its return) outside a plan. The
  // framework may be added later.
  virtual void Book(FrameworkIdx framework, const std::string& role, AgentIdx agent,
                    const ResourceSet& resources) = 0;

  // Booked resources are free again: declined, rescinded, unused part of an accepted offer, or a
  // task's end. Where nothing is booked it is ignored (the framework or agent was removed
  // meanwhile).
  virtual void Release(FrameworkIdx framework, const std::string& role, AgentIdx agent,
                       const ResourceSet& resources, std::optional<OfferFilter> filter) = 0;

  // Empty `roles` means all of the framework's roles; roles that it has not are ignored. Reviving
  // drops the filters of those roles.
  virtual void SuppressOffers(FrameworkIdx framework, const std::set<std::string>& roles) = 0;
  virtual void ReviveOffers(FrameworkIdx framework, const std::set<std::string>& roles) = 0;

  // Takes these weights over; other roles keep theirs. What is not positive and finite is ignored.
  virtual void UpdateWeights(const std::map<std::string, double>& weights) = 0;

  // The grants to be made now, booked. Deterministic for the same history.
  virtual std::vector<Grant> Allocate(absl::Time now) = 0;

  // When the next filter ends, so that Allocate has new work; InfiniteFuture if none.
  virtual absl::Time NextExpiry() const = 0;

  // For reads: the weight, the share, and what is booked in this very role (not in those below it).
  virtual double Weight(const std::string& role) const = 0;
  // The largest part of any resource's total that the role and those below it have, by its weight:
  // what fairness goes by. 0 where nobody is in the role.
  virtual double DominantShare(const std::string& role) const = 0;
  // From how many agents frameworks in this very role are kept by filters, summed over them.
  virtual size_t FilteredAgents(const std::string& role) const = 0;
  virtual ResourceSet Allocated(const std::string& role) const = 0;
  // How many filters went before their time, for newer ones of the same framework and agent.
  virtual uint64_t FiltersDropped() const = 0;
};

std::unique_ptr<Allocator> NewHierarchicalAllocator(AllocatorOptions options);

}  // namespace mesos::master
