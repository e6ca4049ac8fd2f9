#pragma once

// One address that the server accepts connections on.
//
//   ASSIGN_OR_RETURN(Socket socket, BindListener("0.0.0.0:5050"));       // any thread
//   Listener listener(context, std::move(socket));                       // the I/O thread
//   listener.Start();
//
// Without a free descriptor it pauses instead of spinning; at the bound of connections it waits
// until one has gone. I/O-thread-only after construction.

#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/net/server_context.h"

namespace mesos::net {

struct BoundSocket {
  int fd = -1;
  int port = 0;           // 0 for a Unix socket
  std::string unix_path;  // removed once nobody listens there any more
};

// See HttpServer::Listen.
absl::StatusOr<BoundSocket> BindListener(const std::string& address);

class Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(std::shared_ptr<ServerContext> context, BoundSocket socket);

  // Accepts from now on; again after it waited for room.
  void Start();

  void Close();

 private:
  void OnReadable();
  // Whether there may be more to accept.
  bool AcceptOne();
  void PauseAfter(int error);

  const std::shared_ptr<ServerContext> context_;
  const BoundSocket socket_;
  std::optional<boost::asio::posix::stream_descriptor> descriptor_;  // until closed
  bool waiting_ = false;
  bool paused_ = false;
  absl::Time last_warning_ = absl::InfinitePast();
};

}  // namespace mesos::net
