#pragma once

// What the launcher does to the file system before the command starts. Every function returns an
// empty text, or what failed, with the path and the system's reason. Standard library only.

#include <string>

#include "agent/launcher/container_files.h"
#include "agent/launcher/launch_spec.h"

namespace mesos::launcher {

// "<what> '<path>': <strerror(error)>"
std::string PathError(const char* what, const std::string& path, int error);

// Creates the directory and its missing parents, all with `mode`; an existing directory is fine.
std::string MakeDirectories(const std::string& path, unsigned mode);

// The sandbox with its `latest` links, owned by the account where there is one.
std::string MakeSandbox(const LaunchSpec& spec);

// Opens a file of the sandbox for the command to append to, with no more rights than the account
// has. Does not block; fails where something else than a file stands there, which the command may
// have put there. `descriptor` is close-on-exec.
std::string OpenOutput(const LaunchSpec& spec, const char* name, int* descriptor);

// The container's directory with its pid file, and room on disk for the termination file.
std::string WriteContainerFiles(const LaunchSpec& spec, const ProcessIdentity& identity);

// Puts the termination file in its place, whole; also where the directory was removed meanwhile.
std::string WriteTermination(const LaunchSpec& spec, int status);

// Undoes WriteContainerFiles, for a command that never started.
void RemoveContainerFiles(const LaunchSpec& spec);

}  // namespace mesos::launcher
