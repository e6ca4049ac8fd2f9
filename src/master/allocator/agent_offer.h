#pragma once

// What of one agent's free resources may be offered to whom, while a cycle visits the agent.
//
//   AgentOffer offer(available, shared, minimum);
//   AgentOffer::Part& part = offer.For(role, capabilities);
//   if (part.allocatable) Grant(offer.Take(part));
//
// What Mesos holds back: resources reserved to others; revocable, shared and refined-reserved ones
// from frameworks without the capability; and parts below the minimum. Answers are kept until the
// next Take, so asking for a thousand frameworks of an agent costs as one. Lives for one visit;
// references to `available` and `shared` must outlive it.

#include <array>
#include <cstdint>

#include "common/resources/resource_set.h"
#include "master/allocator/offer_filters.h"
#include "master/allocator/share_tree.h"

namespace mesos::master {

// Capabilities of a framework that decide on agents and resources; a bit set.
enum OfferCapability : uint8_t {
  kTakesRevocable = 1,
  kTakesShared = 2,
  kTakesRefined = 4,
  kTakesGpuAgents = 8,
  kTakesRemoteAgents = 16,
};
inline constexpr uint8_t kTakesAll = kTakesRevocable | kTakesShared | kTakesRefined;

// An offer needs this much of cpus or this much of mem (thousandths).
struct OfferMinimum {
  int64_t cpus = 0;
  int64_t mem = 0;

  bool Allows(const ResourceSet& resources) const;
};

class AgentOffer {
 public:
  struct Part {
    const ResourceSet* resources = nullptr;
    bool allocatable = false;
    OfferFilters::Memo memo;  // of asking the filters about it
  };

  AgentOffer(const ResourceSet& available, const ResourceSet& shared, const OfferMinimum& minimum);

  // The part stands until the next call of Take.
  Part& For(const ShareRole& role, uint8_t capabilities);

  // The resources of `part`, which are not there any more (shared ones neither, for this visit).
  ResourceSet Take(Part& part);

  // Whether anything allocatable is left for a role without reservations here; for any role at all.
  bool unreserved_left();
  bool left();

  // The roles to which resources here are reserved, each once.
  std::vector<std::string> ReservationRoles() const;

  bool shared_taken() const { return shared_taken_; }

 private:
  struct Memo {
    const ShareRole* role = nullptr;
    uint64_t version = 0;
    ResourceSet resources;  // where they are not all of free_
    Part part;
  };

  void Look();

  ResourceSet free_;  // what nobody took yet, shared ones included
  const OfferMinimum& minimum_;
  bool shared_taken_ = false;

  // What stands in free_; capabilities for what is not there make no difference.
  bool reserved_ = false;
  uint8_t relevant_ = 0;

  uint64_t version_ = 1;
  std::array<Memo, kTakesAll + 1> memos_;
};

}  // namespace mesos::master
