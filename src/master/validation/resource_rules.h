#pragma once

// The master's rules on the resources of a task or executor, beyond those that make a Resource
// well-formed (ResourceSet::FromProto). Part of task.h and executor.h.
//
// InvalidArgument carries Mesos' text. `resources` must have passed FromProto. Pure; safe from any
// thread.

#include "absl/status/status.h"
#include "google/protobuf/repeated_field.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::master {

using ResourceProtos = google::protobuf::RepeatedPtrField<v1::Resource>;

// Whole gpus; disk info that means something; no dynamic reservation of revocable resources.
absl::Status ValidateResourceForms(const ResourceProtos& resources);

// A persistence id stands once in a role.
absl::Status ValidateUniquePersistenceIds(const ResourceProtos& resources);

// Every resource is allocated, and to the same role.
absl::Status ValidateOneAllocationRole(const ResourceProtos& resources);

// A name is revocable throughout or not at all.
absl::Status ValidateRevocableUnmixed(const ResourceProtos& resources);

}  // namespace mesos::master
