#pragma once

// Whether a connection comes from within a container: what an executor that brings no token is
// known by.
//
//   bool its_own = ConnectsFromContainer(container_directory, request.peer);
//
// On a Unix socket the kernel names the process that connected; it is one of the container's where
// the container's launcher is an ancestor of it. Over TCP within this machine's network namespace,
// the client's socket stands in /proc/net/tcp, and one of the container's processes holds it open.
// A connection from elsewhere is nobody's.
//
// Reads /proc: some microseconds a socket and a process of the machine, so not on the core's
// thread. Thread-safe: no state.

#include <string>

#include "common/auth/peer.h"

namespace mesos::agent {

// `container_directory` holds the launcher's pid file (agent/launcher/container_files.h).
bool ConnectsFromContainer(const std::string& container_directory, const auth::Peer& peer);

}  // namespace mesos::agent
