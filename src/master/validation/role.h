#pragma once

// What a role may look like: a path such as `eng/web`, as docs/roles.md of Mesos defines it.
//
//   RETURN_IF_ERROR(ValidateRole("eng/web"));
//
// Pure; safe from any thread.

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace mesos::master {

// InvalidArgument says which rule `role` breaks. "*" is a role; "*" as a component of a path is
// not.
absl::Status ValidateRole(absl::string_view role);

}  // namespace mesos::master
