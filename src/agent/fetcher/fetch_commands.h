#pragma once

// What to run so that the URIs of a command are in its sandbox: policy only, the launcher runs it.
//
//   ASSIGN_OR_RETURN(std::vector<std::vector<std::string>> commands,
//                    FetchCommands(spec.uris, spec.frameworks_home));
//
// Each command is an argv, to be run in the sandbox as the task's user, one after the other; the
// first that fails ends the launch. Paths and file:// are copied, http, https, ftp and ftps fetched
// with curl. An archive is unpacked in the sandbox by the ending of its name, as in Mesos. Pure
// function.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/core/events.h"

namespace mesos::agent {

// A relative path begins at `frameworks_home`, where there is one. White space before a URI does
// not count. InvalidArgument names the URI that has no path, no known scheme, or an output file
// outside the sandbox.
absl::StatusOr<std::vector<std::vector<std::string>>> FetchCommands(
    const std::vector<ContainerSpec::Uri>& uris, const std::string& frameworks_home);

}  // namespace mesos::agent
