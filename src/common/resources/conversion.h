#pragma once

// What an operation does to resources, as data: `from` becomes `to`.
//
//   ASSIGN_OR_RETURN(Conversion conversion, ConversionOf(operation));
//   ASSIGN_OR_RETURN(total, Converted(total, conversion));      // the same at master and agent
//
// RESERVE, UNRESERVE, CREATE, DESTROY, GROW_VOLUME and SHRINK_VOLUME are conversions; each keeps
// what there is of every resource by name (a volume counts as its disk). Whoever holds resources,
// the allocator's books, an agent's total or an offer, applies the same conversion to them. Pure;
// any thread.

#include <string>

#include "absl/status/statusor.h"
#include "common/resources/resource_set.h"

namespace mesos::v1 {
class Offer_Operation;
}  // namespace mesos::v1

namespace mesos {

struct Conversion {
  ResourceSet from;
  ResourceSet to;

  // The same on resources that are allocated to `role`, and on such that are allocated to nobody.
  Conversion AllocatedTo(absl::string_view role) const;
  Conversion Unallocated() const;

  // "cpus:1 -> cpus(reserved: web):1"
  std::string ToString() const;
};

// InvalidArgument where a resource of the operation is not valid, where there is nothing to convert
// (nothing is unreserved or to be unreserved, a volume has no persistence), or where an amount is
// lost or made; Unimplemented for an operation that is no conversion (a launch, one on raw disks).
absl::StatusOr<Conversion> ConversionOf(const v1::Offer_Operation& operation);

// `resources` after it. FailedPrecondition, naming both, where `from` is not wholly there.
absl::StatusOr<ResourceSet> Converted(const ResourceSet& resources, const Conversion& conversion);

}  // namespace mesos
