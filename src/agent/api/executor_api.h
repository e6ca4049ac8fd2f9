#pragma once

// Mesos' v1 executor API over HTTP, /api/v1/executor: SUBSCRIBE opens a session, whose events are
// the records of its answer; every other call is a request of its own, answered 202 or with what is
// wrong with it.
//
//   ExecutorApi api(port, executor);
//   router.Add("/api/v1/executor", {"POST"}, [&](auto request, auto, auto responder) {
//     api.Handle(std::move(request), std::move(responder));
//   });
//
// Handle: any thread. Construction and destruction while the core's thread does nothing of it. An
// idle stream gets a HEARTBEAT every half an hour, as from Mesos.

#include <cstdint>
#include <set>

#include "agent/api/agent_port.h"
#include "common/net/http_message.h"
#include "common/net/http_server.h"
#include "common/net/media_type.h"
#include "common/runtime/executor.h"

namespace mesos::agent {

class ExecutorApi {
 public:
  // `executor` is the core's: for timers, and to encode events.
  ExecutorApi(AgentPort& port, mesos::Executor& executor);

  void Handle(net::HttpRequest request, net::Responder responder);

 private:
  // ---- On the core's thread
  void Subscribe(std::shared_ptr<const v1::executor::Call> call, net::MediaType type,
                 net::Responder responder);
  void Open(SessionId session, net::MediaType type, net::Responder responder);
  void Ended(SessionId session);
  void ArmHeartbeat();

  AgentPort& port_;
  mesos::Executor& executor_;

  // Of the core's thread. The timer is armed exactly while there are sessions. Ids of sessions do
  // not meet those that gRPC gives, which count from 1.
  uint64_t next_session_ = uint64_t{1} << 62;
  std::set<SessionId> sessions_;
  TimerId heartbeat_ = TimerId::kNone;
};

}  // namespace mesos::agent
