#pragma once

// Decides which framework is offered what. The master tells it about frameworks, agents and what comes
// back; Allocate gives a plan, already booked as allocated, that the master turns into offers.
//
//   allocator->AddAgent(agent, {total, used});
//   allocator->AddFramework(framework, {roles, suppressed, capabilities});
//   for (Grant& grant : allocator->Allocate(now)) MakeOffer(grant);
//   allocator->Release(framework, "web", agent, resources, Filter{now + absl::Seconds(5)});
//
// Order is by dominant share (weighted), then by allocation count, then by path, as in Mesos. Pure: no
// clock, no threads; used on the core's thread only. Allocate is cheap when nothing changed: it looks at
// the agents and roles that changed since the last call, and NextExpiry says when a filter ends.
// Every booking must have its release: the owner CHECKs that used <= total.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/base/ids.h"
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
  bool active = true;                // connected
};

struct AllocatorAgent {
  ResourceSet total;
  // What runs there already, by framework and role (an agent that came back).
  std::map<std::pair<FrameworkIdx, std::string>, ResourceSet> used;
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
  // Offers below each of these (per name, in thousandths) are not made; Mesos: 0.01 cpus or 32 MB mem.
  int64_t minimum_cpus = 10;
  int64_t minimum_mem = 32'000;
};

class Allocator {
 public:
  virtual ~Allocator() = default;

  virtual void AddFramework(FrameworkIdx framework, AllocatorFramework info) = 0;
  virtual void UpdateFramework(FrameworkIdx framework, AllocatorFramework info) = 0;
  virtual void RemoveFramework(FrameworkIdx framework) = 0;

  // An inactive framework keeps what it has and is offered nothing.
  virtual void SetFrameworkActive(FrameworkIdx framework, bool active) = 0;

  virtual void AddAgent(AgentIdx agent, AllocatorAgent info) = 0;
  virtual void RemoveAgent(AgentIdx agent) = 0;

  // An inactive agent's resources are not offered (it is disconnected).
  virtual void SetAgentActive(AgentIdx agent, bool active) = 0;

  // Books resources that run on an agent already (found at its return) outside a plan.
  virtual void Book(FrameworkIdx framework, const std::string& role, AgentIdx agent,
                    const ResourceSet& resources) = 0;

  // Booked resources are free again: declined, rescinded, unused part of an accepted offer, or a task's end.
  // Unknown frameworks and agents are ignored (they were removed meanwhile).
  virtual void Release(FrameworkIdx framework, const std::string& role, AgentIdx agent,
                       const ResourceSet& resources, std::optional<OfferFilter> filter) = 0;

  // Empty `roles` means all of the framework's roles. Reviving drops the filters of those roles.
  virtual void SuppressOffers(FrameworkIdx framework, const std::set<std::string>& roles) = 0;
  virtual void ReviveOffers(FrameworkIdx framework, const std::set<std::string>& roles) = 0;

  virtual void UpdateWeights(const std::map<std::string, double>& weights) = 0;

  // The grants to be made now, booked. Deterministic for the same history.
  virtual std::vector<Grant> Allocate(absl::Time now) = 0;

  // When the next filter ends, so that Allocate has new work; InfiniteFuture if none.
  virtual absl::Time NextExpiry() const = 0;

  // For reads: the weight, and each role's allocated resources.
  virtual double Weight(const std::string& role) const = 0;
  virtual ResourceSet Allocated(const std::string& role) const = 0;
};

std::unique_ptr<Allocator> NewHierarchicalAllocator(AllocatorOptions options);

}  // namespace mesos::master
