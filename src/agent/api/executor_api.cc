#include "agent/api/executor_api.h"

#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "common/http_api/record_stream.h"
#include "common/http_api/v1_body.h"
#include "mesos/v1/executor/executor.pb.h"

namespace mesos::agent {
namespace {

constexpr absl::Duration kHeartbeatInterval = absl::Minutes(30);

}  // namespace

ExecutorApi::ExecutorApi(Deps deps) : deps_(std::move(deps)) {}

void ExecutorApi::Handle(net::HttpRequest request, net::Responder responder) {
  auto call = std::make_shared<v1::executor::Call>();
  if (std::optional<net::HttpResponse> refusal = ReadCall(request, *call)) {
    responder.Respond(*std::move(refusal));
    return;
  }
  const auth::CallerPtr caller = request.caller;
  if (call->type() != v1::executor::Call::SUBSCRIBE) {
    Prove(
        std::move(call), request,
        [this, caller, responder = std::move(responder)](Call proven, ExecutorProof proof) mutable {
          deps_.port.CallExecutor(
              {SessionId::kNone, std::move(proven), caller, std::move(proof)},
              [responder = std::move(responder)](const absl::Status& status) mutable {
                responder.Respond(status.ok() ? EmptyResponse(202) : ErrorResponse(status));
              });
        });
    return;
  }
  const absl::StatusOr<net::MediaType> type = net::ResponseMediaType(request);
  if (!type.ok()) {
    responder.Respond(net::HttpResponse::Text(406, type.status().message()));
    return;
  }
  Prove(std::move(call), request,
        [this, caller, type = *type, responder = std::move(responder)](
            Call proven, ExecutorProof proof) mutable {
          const SessionId session{next_session_++};
          Subscribe({session, std::move(proven), caller, std::move(proof)}, type,
                    std::move(responder));
        });
}

void ExecutorApi::Prove(Call call, const net::HttpRequest& request, Proven then) {
  ExecutorProof proof;
  proof.token = std::string(auth::BearerToken(request.Header("Authorization")));
  deps_.port.Post("executor_call", [this, call = std::move(call), peer = request.peer,
                                    proof = std::move(proof), then = std::move(then)]() mutable {
    ContainerPlace place;
    if (proof.token.empty()) {
      place = deps_.port.ContainerOf(call->framework_id().value(), call->executor_id().value());
    }
    if (place.id.empty()) {
      then(std::move(call), std::move(proof));
      return;
    }
    deps_.run_on_read_pool([this, call = std::move(call), peer = std::move(peer),
                            place = std::move(place), then = std::move(then)]() mutable {
      ExecutorProof found;
      if (deps_.is_within(place.directory, peer)) found.container_id = std::move(place.id);
      deps_.port.Post("executor_call", [call = std::move(call), found = std::move(found),
                                        then = std::move(then)]() mutable {
        then(std::move(call), std::move(found));
      });
    });
  });
}

void ExecutorApi::Subscribe(ExecutorCallReceived received, net::MediaType type,
                            net::Responder responder) {
  const SessionId session = received.session;
  deps_.port.CallExecutor(
      std::move(received),
      [this, session, type, responder = std::move(responder)](const absl::Status& status) mutable {
        if (status.ok()) {
          Open(session, type, std::move(responder));
        } else {
          responder.Respond(ErrorResponse(status));
        }
      });
}

void ExecutorApi::Open(SessionId session, net::MediaType type, net::Responder responder) {
  std::unique_ptr<net::EventStream> stream = responder.StartStream(
      {{"Content-Type", net::MediaTypeName(type)}}, [this, session](const absl::Status&) {
        deps_.port.Post("executor_lost", [this, session] { deps_.port.LoseExecutor(session); });
      });
  sessions_.insert(session);
  if (heartbeat_ == TimerId::kNone) ArmHeartbeat();
  deps_.port.AddExecutor(
      session, std::make_unique<RecordStream<v1::executor::Event>>(
                   deps_.executor, type, std::move(stream), [this, session] { Ended(session); }));
}

void ExecutorApi::Ended(SessionId session) {
  sessions_.erase(session);
  if (!sessions_.empty()) return;
  deps_.executor.Cancel(heartbeat_);
  heartbeat_ = TimerId::kNone;
}

void ExecutorApi::ArmHeartbeat() {
  heartbeat_ =
      deps_.executor.RunAt(deps_.executor.Now() + kHeartbeatInterval, "executor_heartbeat", [this] {
        auto event = std::make_shared<v1::executor::Event>();
        event->set_type(v1::executor::Event::HEARTBEAT);
        for (SessionId session : sessions_) deps_.port.SendToExecutor(session, event);
        ArmHeartbeat();
      });
}

}  // namespace mesos::agent
