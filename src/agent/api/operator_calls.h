#pragma once

// The agent's v1 operator API, /api/v1 over HTTP and the same calls over gRPC.
//
//   OperatorCalls calls({.port = port, .shared = operator_api,
//                        .run_on_read_pool = [&](auto work) { ... }});
//   calls.Handle(std::move(request), std::move(responder));
//   calls.Answer(call, [](absl::Status status, auto response) { ... });
//
// What master and agent share is answered by `shared`; what reads the state by a snapshot that is
// rendered on the read pool. Handle: any thread. Answer: on the core's thread, and so comes its
// answer.

#include <functional>
#include <memory>

#include "absl/functional/any_invocable.h"
#include "agent/api/agent_port.h"
#include "common/auth/gate.h"
#include "common/net/http_message.h"
#include "common/net/http_server.h"
#include "common/operator_api/operator_api.h"
#include "common/rpc/dial.h"
#include "mesos/v1/agent/agent.pb.h"

namespace mesos::agent {

class OperatorCalls {
 public:
  struct Deps {
    AgentPort& port;
    OperatorApi& shared;
    std::function<void(absl::AnyInvocable<void()>)> run_on_read_pool;
    const auth::Gate& gate;
  };

  explicit OperatorCalls(Deps deps) : deps_(std::move(deps)) {}

  void Handle(net::HttpRequest request, net::Responder responder);

  void Answer(std::shared_ptr<const v1::agent::Call> call, const auth::CallerPtr& caller,
              rpc::Answer<v1::agent::Response> answer);

 private:
  using Read = absl::AnyInvocable<void(absl::StatusOr<v1::agent::Response>)>;

  // Calls `done` on the read pool, or at once where there is no snapshot. On the core's thread.
  void ReadState(std::shared_ptr<const v1::agent::Call> call, const auth::CallerPtr& caller,
                 Read done);

  const Deps deps_;
};

}  // namespace mesos::agent
