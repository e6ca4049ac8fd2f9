#pragma once

// Role names and the hierarchy that their slashes make.
//
//   RETURN_IF_ERROR(ValidateRole("eng/web"));
//   IsStrictSubroleOf("eng/web", "eng");        // true
//
// Pure functions.

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace mesos {

// InvalidArgument with Mesos' message where `role` is not a role name. "*" is one.
absl::Status ValidateRole(absl::string_view role);

// Whether `role` lies below `ancestor`; no role lies below itself.
bool IsStrictSubroleOf(absl::string_view role, absl::string_view ancestor);

}  // namespace mesos
