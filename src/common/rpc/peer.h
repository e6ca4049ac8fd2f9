#pragma once

// The IP address in what gRPC calls a peer. Thread-safe: no state.

#include <string>

#include "absl/strings/string_view.h"

namespace mesos::rpc {

// "ipv4:10.0.0.1:41234" gives "10.0.0.1", "ipv6:%5B::1%5D:41234" gives "::1", an IPv4 address that
// came in over an IPv6 socket is written as IPv4, and a Unix socket gives "".
std::string PeerIp(absl::string_view peer);

}  // namespace mesos::rpc
