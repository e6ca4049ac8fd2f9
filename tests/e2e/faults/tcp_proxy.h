#pragma once

// TCP connections between processes under test, through us: each link, from one process to another,
// passes, is cut, or stalls.
//
//   TcpProxy proxy(owners);
//   int port = proxy.Listen("master0", 40123);      // what others are told to dial
//   proxy.Set({"agent1", "master0"}, LinkState::kStalled);
//
//   kOpen ──▶ kCut       connections are reset, new ones too
//         ──▶ kStalled   half-open: nothing passes, nothing ends, new connections get no answer;
//                        what was on the way arrives when the link opens again
//
// A link is told by who dials (socket_owners.h) and by the name given to Listen. One thread of its
// own; thread-safe.

#include <compare>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "common/base/mutex.h"
#include "tests/e2e/faults/socket_owners.h"

namespace mesos::e2e {

struct Link {
  std::string from;
  std::string to;
  auto operator<=>(const Link&) const = default;
};

enum class LinkState { kOpen, kCut, kStalled };

class TcpProxy {
 public:
  explicit TcpProxy(const SocketOwners& owners);
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  // Takes a port of 127.0.0.1 whose connections go to `name`, on 127.0.0.1:`target_port`.
  int Listen(const std::string& name, int target_port);

  void Set(const Link& link, LinkState state);

  // For the log of a run: the connections that stand, one a line.
  std::string Describe() const;

 private:
  struct Listener;
  struct Connection;

  void Run();
  void Wake();
  void Accept(const Listener& listener) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  LinkState StateOf(const Link& link) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Moves what can be moved; false where the connection is over.
  bool Serve(Connection& connection) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const SocketOwners& owners_;
  const int wake_;  // an eventfd

  mutable Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<Link, LinkState> states_ ABSL_GUARDED_BY(mutex_);  // those that are not open
  std::list<Listener> listeners_ ABSL_GUARDED_BY(mutex_);
  std::list<Connection> connections_ ABSL_GUARDED_BY(mutex_);

  std::thread thread_;  // last: uses the rest
};

}  // namespace mesos::e2e
