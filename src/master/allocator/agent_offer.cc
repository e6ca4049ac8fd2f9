#include "master/allocator/agent_offer.h"

#include <algorithm>

#include "common/resources/quantity.h"

namespace mesos::master {
namespace {

// The capabilities that a framework needs to be offered `identity`.
uint8_t Needs(const ResourceIdentity& identity) {
  uint8_t needs = 0;
  if (identity.revocable()) needs |= kTakesRevocable;
  if (identity.shared()) needs |= kTakesShared;
  if (identity.traits().reservations.size() > 1) needs |= kTakesRefined;
  return needs;
}

// Adds up cpus and mem, and tells when one is enough.
class Enough {
 public:
  explicit Enough(const OfferMinimum& minimum) : minimum_(minimum) {}

  bool Add(const ResourceSet::Entry& entry) {
    if (entry.value.type() == ResourceValue::Type::kScalar) {
      // Neither ever stands as a whole, so that each entry counts once.
      if (entry.identity->name() == "cpus") cpus_ = SaturatingAdd(cpus_, entry.value.scalar());
      if (entry.identity->name() == "mem") mem_ = SaturatingAdd(mem_, entry.value.scalar());
    }
    return cpus_ >= minimum_.cpus || mem_ >= minimum_.mem;
  }

 private:
  const OfferMinimum& minimum_;
  int64_t cpus_ = 0;
  int64_t mem_ = 0;
};

}  // namespace

bool OfferMinimum::Allows(const ResourceSet& resources) const {
  Enough enough(*this);
  return std::any_of(resources.entries().begin(), resources.entries().end(),
                     [&](const ResourceSet::Entry& entry) { return enough.Add(entry); });
}

AgentOffer::AgentOffer(const ResourceSet& available, const ResourceSet& shared,
                       const OfferMinimum& minimum)
    : free_(available), minimum_(minimum) {
  if (!shared.empty()) free_ += shared;
  Look();
}

void AgentOffer::Look() {
  reserved_ = false;
  relevant_ = 0;
  for (const ResourceSet::Entry& entry : free_.entries()) {
    reserved_ |= entry.identity->reserved();
    relevant_ |= Needs(*entry.identity);
  }
}

AgentOffer::Part& AgentOffer::For(const ShareRole& role, uint8_t capabilities) {
  capabilities &= relevant_;
  Memo& memo = memos_[capabilities];
  const ShareRole* key = reserved_ ? &role : nullptr;
  if (memo.version == version_ && memo.role == key) return memo.part;
  memo.version = version_;
  memo.role = key;
  memo.part.memo = OfferFilters::Memo();
  memo.part.resources = &free_;
  if (reserved_) {
    memo.resources = free_.AvailableTo(role.path);
    memo.part.resources = &memo.resources;
  }
  if (capabilities != relevant_) {
    memo.resources = memo.part.resources->Filter([&](const ResourceSet::Entry& entry) {
      return (Needs(*entry.identity) & ~capabilities) == 0;
    });
    memo.part.resources = &memo.resources;
  }
  memo.part.allocatable = minimum_.Allows(*memo.part.resources);
  return memo.part;
}

ResourceSet AgentOffer::Take(Part& part) {
  ++version_;
  shared_taken_ |=
      std::any_of(part.resources->entries().begin(), part.resources->entries().end(),
                  [](const ResourceSet::Entry& entry) { return entry.identity->shared(); });
  ResourceSet taken;
  if (part.resources == &free_) {
    std::swap(taken, free_);
  } else {
    taken = *part.resources;
    free_ -= taken;
  }
  Look();
  return taken;
}

bool AgentOffer::left() { return minimum_.Allows(free_); }

bool AgentOffer::unreserved_left() {
  if (!reserved_) return left();
  Enough enough(minimum_);
  for (const ResourceSet::Entry& entry : free_.entries()) {
    if (!entry.identity->reserved() && enough.Add(entry)) return true;
  }
  return false;
}

std::vector<std::string> AgentOffer::ReservationRoles() const {
  std::vector<std::string> roles;
  for (const ResourceSet::Entry& entry : free_.entries()) {
    if (!entry.identity->reserved()) continue;
    std::string role(entry.identity->reservation_role());
    if (std::find(roles.begin(), roles.end(), role) == roles.end()) roles.push_back(role);
  }
  return roles;
}

}  // namespace mesos::master
