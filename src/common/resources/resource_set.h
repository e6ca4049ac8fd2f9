#pragma once

// Resources of an agent, offer or task as the core works with them: a sorted vector of
// (interned identity, value), with the algebra that Mesos defines on them.
//
//   ASSIGN_OR_RETURN(ResourceSet total, ResourceSet::FromProto(info.resources()));
//   if (!total.Contains(task)) ...
//   total -= task;
//   total.ToProto(offer.mutable_resources());
//
// A value type; copies are cheap (inline up to 8 entries). Identities are shared and immutable, so
// a set may be read from any thread. Ranges and sets are values too; scalars are int64 thousandths.
// Zero entries do not stand. What stands as a whole (IdentityTraits::whole: persistent volumes,
// MOUNT disks, shared resources) is counted, never joined or split. See README.md of this folder
// for the laws.

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/resources/identity.h"
#include "common/resources/quantities.h"
#include "common/resources/value.h"
#include "google/protobuf/repeated_field.h"

namespace mesos::v1 {
class Resource;
}  // namespace mesos::v1

namespace mesos {

class ResourceSet {
 public:
  struct Entry {
    IdentityRef identity;
    ResourceValue value;
    int32_t count = 1;  // how often a resource that is whole stands in the set; 1 for every other

    std::string ToString() const;

    // The order of a set: by identity, and by value where it is whole.
    std::strong_ordering Order(const Entry& other) const;
  };
  using Entries = absl::InlinedVector<Entry, 8>;

  ResourceSet() = default;

  // Validates as Mesos does for a resource from the wire (type against value, negative or
  // non-finite scalars, range bounds and overlaps, reservation stack form, disk info). Both
  // reservation forms of Mesos are read (`role` and `reservation`, or `reservations`).
  // InvalidArgument names the resource and the fault: "Resource 'cpus(allocated: web):-1' is
  // invalid: Invalid scalar resource: value <= 0".
  static absl::StatusOr<ResourceSet> FromProto(
      const google::protobuf::RepeatedPtrField<v1::Resource>& resources);

  // Appends the resources in this set's order. kPostRefinement writes `reservations`;
  // kPreRefinement writes `role` (and `reservation`), for who lacks RESERVATION_REFINEMENT;
  // kEndpoint writes both, as Mesos does for the operator. A refined reservation (a stack of two or
  // more) has one form only, `reservations`, and is written so by each.
  enum class WireForm { kPostRefinement, kPreRefinement, kEndpoint };
  void ToProto(google::protobuf::RepeatedPtrField<v1::Resource>* out,
               WireForm form = WireForm::kPostRefinement) const;

  bool empty() const { return entries_.empty(); }
  bool operator==(const ResourceSet& other) const;

  // Whether every entry of `other` is there in full.
  bool Contains(const ResourceSet& other) const;

  // Whether no range and no set item stands on both sides: then the sum holds all of both, and what
  // is added can be taken away again.
  bool AddsUpWith(const ResourceSet& other) const;

  ResourceSet& operator+=(const ResourceSet& other);

  // Takes away what is there of `other`; what is missing is ignored, as Mesos does.
  ResourceSet& operator-=(const ResourceSet& other);
  friend ResourceSet operator+(ResourceSet a, const ResourceSet& b) { return a += b; }
  friend ResourceSet operator-(ResourceSet a, const ResourceSet& b) { return a -= b; }

  // Adds one entry; an empty value is ignored.
  void Add(Entry entry);

  // The entries for which `predicate(const Entry&)` holds.
  template <typename Predicate>
  ResourceSet Filter(Predicate predicate) const {
    ResourceSet result;
    for (const Entry& entry : entries_) {
      if (predicate(entry)) result.entries_.push_back(entry);
    }
    return result;
  }

  // With allocation_info of `role` on every entry; and without any.
  ResourceSet AllocatedTo(absl::string_view role) const;
  ResourceSet Unallocated() const;

  // What a framework of `role` may be offered of this: unreserved, and reserved to the role or an
  // ancestor.
  ResourceSet AvailableTo(absl::string_view role) const;

  ResourceSet Unreserved() const;
  ResourceSet ReservedTo(absl::string_view role) const;  // to exactly this role
  ResourceSet Revocable() const;
  ResourceSet NonRevocable() const;

  // The sum of the scalars of this name, in thousandths.
  int64_t Scalar(absl::string_view name) const;

  // Per-name totals in thousandths; ranges and sets count their items (times 1000). A shared
  // resource counts once however often it stands. ScalarQuantities leaves out ranges and sets: that
  // is what Mesos' fairness counts.
  Quantities ToQuantities() const;
  Quantities ScalarQuantities() const;

  // Mesos' log form: `cpus:8; mem:4096; ports:[31000-32000]`, with allocation and reservations in
  // parentheses;
  // `{}` where empty.
  std::string ToString() const;

  const Entries& entries() const { return entries_; }

 private:
  // Sorted by the identity's order, and by value where it is whole. No identity twice (or no
  // identity and value, where whole); no value empty.
  Entries entries_;
};

}  // namespace mesos
