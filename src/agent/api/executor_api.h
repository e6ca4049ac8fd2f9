#pragma once

// Mesos' v1 executor API over HTTP, /api/v1/executor: SUBSCRIBE opens a session, whose events are
// the records of its answer; every other call is a request of its own, answered 202 or with what is
// wrong with it.
//
//   ExecutorApi api({.port = port, .executor = executor, .run_on_read_pool = ..., .is_within =
//   ...}); router.Add("/api/v1/executor", {"POST"}, [&](auto request, auto, auto responder) {
//     api.Handle(std::move(request), std::move(responder));
//   });
//
// Handle: any thread. Construction and destruction while the core's thread does nothing of it. An
// idle stream gets a HEARTBEAT every half an hour, as from Mesos.

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "absl/functional/any_invocable.h"
#include "agent/api/agent_port.h"
#include "common/auth/peer.h"
#include "common/net/http_message.h"
#include "common/net/http_server.h"
#include "common/net/media_type.h"
#include "common/runtime/executor.h"

namespace mesos::agent {

class ExecutorApi {
 public:
  struct Deps {
    AgentPort& port;
    mesos::Executor& executor;  // of the core: for timers, and to encode events
    std::function<void(absl::AnyInvocable<void()>)> run_on_read_pool;
    // Whether a connection comes from within the container of that directory; on the read pool.
    std::function<bool(const std::string& directory, const auth::Peer&)> is_within;
  };
  explicit ExecutorApi(Deps deps);

  void Handle(net::HttpRequest request, net::Responder responder);

 private:
  using Call = std::shared_ptr<const v1::executor::Call>;
  using Proven = absl::AnyInvocable<void(Call, ExecutorProof)>;

  // Has `then` run on the core's thread, with what shows who calls.
  void Prove(Call call, const net::HttpRequest& request, Proven then);

  // ---- On the core's thread
  void Subscribe(ExecutorCallReceived received, net::MediaType type, net::Responder responder);
  void Open(SessionId session, net::MediaType type, net::Responder responder);
  void Ended(SessionId session);
  void ArmHeartbeat();

  const Deps deps_;

  // Of the core's thread. The timer is armed exactly while there are sessions. Ids of sessions do
  // not meet those that gRPC gives, which count from 1.
  uint64_t next_session_ = uint64_t{1} << 62;
  std::set<SessionId> sessions_;
  TimerId heartbeat_ = TimerId::kNone;
};

}  // namespace mesos::agent
