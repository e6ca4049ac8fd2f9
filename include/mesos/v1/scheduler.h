#pragma once

// The plain client below the scheduler driver: calls out, events in, one connection. It connects
// and reconnects; subscribing, acknowledging and everything else is the caller's.
//
//   mesos::v1::scheduler::Mesos mesos("localhost:5050",
//       [&] { mesos.send(subscribe); },                          // connected
//       [&] { ... },                                             // disconnected
//       [&](const std::queue<mesos::v1::scheduler::Event>& events) { ... });
//
// Threads: the callbacks come one after the other on one thread, which the client owns; send() and
// reconnect() may be called from any thread, also from within a callback. The destructor waits for
// the callback that runs now and may not be called from within one.
//
// Failures: a `master` that is not host:port comes as one ERROR event to `received`. A lost
// connection is told by `disconnected` and sought again with jittered back-off, for ever.

#include <mesos/v1/scheduler/scheduler.pb.h>

#include <functional>
#include <memory>
#include <queue>
#include <string>

namespace mesos::v1::scheduler {

class Mesos {
 public:
  // Starts to connect at once; `connected` may come before the constructor returns.
  Mesos(const std::string& master, const std::function<void()>& connected,
        const std::function<void()>& disconnected,
        const std::function<void(const std::queue<Event>&)>& received);
  Mesos(const Mesos&) = delete;
  Mesos& operator=(const Mesos&) = delete;

  // Writes what was sent, then ends the connection. The framework stays for its failover_timeout.
  virtual ~Mesos();

  // Sends a call. The first of a connection is SUBSCRIBE; every other carries framework_id. While
  // there is no connection the call is dropped, with a warning in the log. Calls keep their order.
  // Never waits.
  virtual void send(const Call& call);

  // Ends the connection and makes a new one: `disconnected`, then `connected`. Nothing where there
  // is none.
  virtual void reconnect();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mesos::v1::scheduler
