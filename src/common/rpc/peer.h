#pragma once

// The IP address in what gRPC calls a peer. Thread-safe.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/base/mutex.h"

namespace mesos::rpc {

// "ipv4:10.0.0.1:41234" gives "10.0.0.1", "ipv6:%5B::1%5D:41234" gives "::1", an IPv4 address that
// came in over an IPv6 socket is written as IPv4, and a Unix socket gives "".
std::string PeerIp(absl::string_view peer);

// The addresses of connections that gRPC was handed as descriptors, whose peer it calls "fd:17".
// A descriptor's number is taken again only once its connection has gone, so the latest address is
// the right one, and the number of descriptors bounds what is kept. Thread-safe.
class HandedOverPeers {
 public:
  // `ticket` is kept until TakeTicket, or until the descriptor is added anew.
  void Add(int fd, const std::string& ip, std::shared_ptr<void> ticket = nullptr);

  // Null where there is none, or it was taken.
  std::shared_ptr<void> TakeTicket(absl::string_view peer);

  // As PeerIp, which it asks for every other peer.
  std::string Ip(absl::string_view peer) const;

 private:
  mutable Mutex mutex_;
  struct Peer {
    std::string ip;
    std::shared_ptr<void> ticket;
  };
  std::vector<Peer> peers_ ABSL_GUARDED_BY(mutex_);  // by descriptor
};

}  // namespace mesos::rpc
