#pragma once

// The rules for a resource from the wire, with Mesos' messages.
//
//   absl::Status status = ValidateResource(resource);   // "Invalid scalar resource: value <= 0"
//
// Both reservation forms are taken: `role` and `reservation` (before refinement), or
// `reservations`. Pure functions; every failure is InvalidArgument.

#include "absl/status/status.h"
#include "google/protobuf/repeated_field.h"

namespace mesos::v1 {
class Resource;
}  // namespace mesos::v1

namespace mesos {

// The fault alone, without the name of the resource.
absl::Status ValidateResource(const v1::Resource& resource);

// "Resource 'cpus:-1' is invalid: Invalid scalar resource: value <= 0" for the first that is not
// valid.
absl::Status ValidateResources(const google::protobuf::RepeatedPtrField<v1::Resource>& resources);

// Turns a valid resource of either form into the one with `reservations` only.
void NormalizeReservations(v1::Resource& resource);

}  // namespace mesos
