#pragma once

// The users of this machine. Looking one up may ask a directory service, so it blocks; thread-safe.

#include <string>

#include "absl/status/statusor.h"
#include "agent/launcher/launch_spec.h"

namespace mesos::agent {

// NotFound "No such user '<name>'" where there is none.
absl::StatusOr<launcher::Account> FindAccount(const std::string& name);

}  // namespace mesos::agent
