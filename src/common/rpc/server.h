#pragma once

// A gRPC server for the services of proto/internal/services.proto. Names no gRPC type.
//
//   Server server(executor);
//   server.ServeScheduler({opened, message, closed});
//   server.ServeOperator([](auto call, auto from, auto answer) { ... });
//   RETURN_IF_ERROR(server.Start("0.0.0.0:5050"));       // or "unix:/path"; port 0 works
//   server.port();
//   server.Shutdown();
//
// Where another server owns the port and gRPC shares it:
//
//   server.StartWithoutListening();
//   http.HandOverHttp2([&](int fd, std::string ip, auto ticket) {
//     server.TakeConnection(fd, ip, std::move(ticket));
//   });
//
// For each stream the acceptor hears, on the executor: opened once, message for each, closed
// exactly once and last. Whoever destroys the Stream that `opened` gave hears nothing of it any
// more. Session ids are unique within the server. A method that is not served is answered
// Unimplemented.
//
// Serve... and Start before anything else and from one thread; Shutdown and destruction not from
// the executor's thread. The executor outlives the server; whether it still runs at Shutdown is all
// the same. After Shutdown no acceptor or handler is called.

#include <cstdint>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/auth/caller.h"
#include "common/base/ids.h"
#include "common/base/limits.h"
#include "common/rpc/dial.h"
#include "common/rpc/stream.h"
#include "common/runtime/executor.h"

namespace mesos::rpc {

template <typename In, typename Out>
struct StreamAcceptor {
  absl::AnyInvocable<void(SessionId, std::unique_ptr<Stream<Out>>, auth::Credentials)> opened;
  absl::AnyInvocable<void(SessionId, std::shared_ptr<const In>)> message;
  absl::AnyInvocable<void(SessionId, absl::Status)> closed;
};

// Calls its answer once, on the executor, now or later; one that is dropped unanswered is answered
// Internal. A null response with an OK status is answered by an empty message.
template <typename Request, typename Response>
using UnaryHandler =
    absl::AnyInvocable<void(std::shared_ptr<const Request>, auth::Credentials, Answer<Response>)>;

// A peer that is gone without a word (its machine died, a firewall forgot it) is noticed after at
// most the sum of the two. gRPC rounds less than a second up to it.
struct ServerOptions {
  absl::Duration keepalive_interval = absl::Seconds(20);
  absl::Duration keepalive_timeout = absl::Seconds(10);
  // One that reads nothing of what is sent to it (stream.h).
  absl::Duration stall_timeout = limits::kStreamStallTimeout;
};

class Server {
 public:
  explicit Server(Executor& executor, const ServerOptions& options = {});
  ~Server();  // shuts down

  void ServeScheduler(StreamAcceptor<v1::scheduler::Call, v1::scheduler::Event> acceptor);
  void ServeAgentLink(StreamAcceptor<internal::AgentMessage, internal::MasterMessage> acceptor);
  void ServeExecutor(StreamAcceptor<v1::executor::Call, v1::executor::Event> acceptor);
  void ServeOperator(UnaryHandler<v1::master::Call, v1::master::Response> handler);
  void ServeAgentOperator(UnaryHandler<v1::agent::Call, v1::agent::Response> handler);

  // Listens on `address`. Unavailable, naming the address and the reason, where that is not
  // possible.
  absl::Status Start(const std::string& address);

  // Serves the connections that TakeConnection gives, and no others.
  absl::Status StartWithoutListening();

  // Serves an accepted connection of which nothing was read yet, from `peer_ip` (empty on a Unix
  // socket). Owns `fd`, which does not block, from then on. Any thread; closes it where the server
  // is not running. `ticket` is dropped once the acceptor has had the first message of the
  // connection's first stream; of a connection that does not come to that, some time later.
  void TakeConnection(int fd, const std::string& peer_ip, std::shared_ptr<void> ticket = nullptr);

  // What Start bound; 0 for a Unix socket.
  int port() const;

  // How many streams were closed since their peer did not read. Any thread.
  uint64_t stalled_streams() const;

  // Cuts every stream off and waits until the last has gone. Idempotent.
  void Shutdown();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mesos::rpc
