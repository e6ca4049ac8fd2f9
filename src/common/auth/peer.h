#pragma once

// The two ends of a connection, as its server sees them. Plain data.

#include <cstdint>
#include <string>

namespace mesos::auth {

struct Peer {
  std::string ip;  // of the client; empty on a Unix socket
  int port = 0;    // likewise 0
  std::string own_ip;
  int own_port = 0;
  int32_t pid = 0;  // on a Unix socket: of the process that connected, as the kernel says

  bool local() const { return ip.empty(); }
};

}  // namespace mesos::auth
