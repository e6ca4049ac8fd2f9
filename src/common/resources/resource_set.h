#pragma once

// Resources of an agent, offer or task as the core works with them: a sorted vector of
// (interned identity, value), with the algebra that Mesos defines on them.
//
//   ASSIGN_OR_RETURN(ResourceSet total, ResourceSet::FromProto(info.resources()));
//   if (!total.Contains(task)) ...
//   total -= task;
//   total.ToProto(offer.mutable_resources());
//
// A value type; copies are cheap (inline up to 8 entries). Identities are shared and immutable, so a set may be read
// from any thread. Ranges and sets are values too; scalars are int64 thousandths. Zero entries do not stand.
// See README.md of this folder for the laws.

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
    int32_t shares = 1;  // how often a shared resource stands in the set; 1 for every other
  };

  ResourceSet() = default;

  // Validates as Mesos does for a resource from the wire (type against value, negative or non-finite scalars, range
  // bounds and overlaps, reservation stack form, disk info). Both reservation forms of Mesos are read (`role` and
  // `reservation`, or `reservations`). InvalidArgument names the resource and the fault.
  static absl::StatusOr<ResourceSet> FromProto(
      const google::protobuf::RepeatedPtrField<v1::Resource>& resources);

  // Appends the resources in Mesos' order of printing (by identity). kPostRefinement writes `reservations`;
  // kPreRefinement writes `role` (and `reservation`), for who lacks RESERVATION_REFINEMENT (one-level stacks only).
  enum class WireForm { kPostRefinement, kPreRefinement };
  void ToProto(google::protobuf::RepeatedPtrField<v1::Resource>* out,
               WireForm form = WireForm::kPostRefinement) const;

  bool empty() const { return entries_.empty(); }
  bool operator==(const ResourceSet& other) const;

  // Whether every entry of `other` is there in full.
  bool Contains(const ResourceSet& other) const;

  ResourceSet& operator+=(const ResourceSet& other);

  // Takes away what is there of `other`; what is missing is ignored, as Mesos does. The core CHECKs Contains first.
  ResourceSet& operator-=(const ResourceSet& other);
  friend ResourceSet operator+(ResourceSet a, const ResourceSet& b) { return a += b; }
  friend ResourceSet operator-(ResourceSet a, const ResourceSet& b) { return a -= b; }

  // The entries for which `predicate(const Entry&)` holds.
  template <typename Predicate>
  ResourceSet Filter(Predicate predicate) const;

  // With allocation_info of `role` on every entry; and without any.
  ResourceSet AllocatedTo(absl::string_view role) const;
  ResourceSet Unallocated() const;

  // What a framework of `role` may be offered of this: unreserved, and reserved to the role or an ancestor.
  ResourceSet AvailableTo(absl::string_view role) const;

  // Per-name totals: scalars in thousandths; ranges and sets count their items (times 1000).
  Quantities ToQuantities() const;

  // Mesos' log form: `cpus:8; mem:4096; ports:[31000-32000]`, with roles in parentheses.
  std::string ToString() const;

  const absl::InlinedVector<Entry, 8>& entries() const { return entries_; }

 private:
  // Sorted by identity order; no identity twice; no value empty.
  absl::InlinedVector<Entry, 8> entries_;
};

}  // namespace mesos
