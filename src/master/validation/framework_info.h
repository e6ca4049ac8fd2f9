#pragma once

// Whether a FrameworkInfo can be taken at SUBSCRIBE and UPDATE_FRAMEWORK.
//
//   RETURN_IF_ERROR(ValidateFrameworkInfo(info));
//   RETURN_IF_ERROR(ValidateSuppressedRoles(info, subscribe.suppressed_roles()));
//   if (known) {
//     KeepImmutableFields(known->info, &info);                     // SUBSCRIBE again
//     RETURN_IF_ERROR(ValidateFrameworkUpdate(known->info, info));
//   }
//
// Every error is InvalidArgument, with the text that Mesos puts into the ERROR event (SUBSCRIBE) or
// the answer (UPDATE_FRAMEWORK). Pure; safe from any thread.

#include <cstddef>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "google/protobuf/repeated_field.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::master {

bool HasCapability(const v1::FrameworkInfo& info, v1::FrameworkInfo::Capability::Type capability);

// The roles that the framework takes part in: `roles` with MULTI_ROLE, else the one `role` ("*" by
// default).
std::set<std::string> RolesOf(const v1::FrameworkInfo& info);

// How many nodes of the role tree these roles need where they share none (see limits.h).
size_t RoleNodesOf(const v1::FrameworkInfo& info);

// Rules on one FrameworkInfo alone: role against roles, valid and distinct roles, id, offer
// filters, failover timeout.
absl::Status ValidateFrameworkInfo(const v1::FrameworkInfo& info);

// Every suppressed role must be one of the framework's.
absl::Status ValidateSuppressedRoles(
    const v1::FrameworkInfo& info,
    const google::protobuf::RepeatedPtrField<std::string>& suppressed);

// What a known framework may not change: principal, user, checkpoint. UPDATE_FRAMEWORK is refused
// for each of them. At SUBSCRIBE only the principal is an error: call KeepImmutableFields before.
absl::Status ValidateFrameworkUpdate(const v1::FrameworkInfo& old_info,
                                     const v1::FrameworkInfo& new_info);

// Puts back `user` and `checkpoint`. Returns whether something differed (worth a warning in the
// log).
bool KeepImmutableFields(const v1::FrameworkInfo& old_info, v1::FrameworkInfo* new_info);

}  // namespace mesos::master
