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

ExecutorApi::ExecutorApi(AgentPort& port, mesos::Executor& executor)
    : port_(port), executor_(executor) {}

void ExecutorApi::Handle(net::HttpRequest request, net::Responder responder) {
  auto call = std::make_shared<v1::executor::Call>();
  if (std::optional<net::HttpResponse> refusal = ReadCall(request, *call)) {
    responder.Respond(*std::move(refusal));
    return;
  }
  if (call->type() != v1::executor::Call::SUBSCRIBE) {
    port_.Post("executor_call",
               [this, call = std::move(call), responder = std::move(responder)]() mutable {
                 port_.CallExecutor(
                     {SessionId::kNone, std::move(call)},
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
  port_.Post("executor_subscribe", [this, call = std::move(call), type = *type,
                                    responder = std::move(responder)]() mutable {
    Subscribe(std::move(call), type, std::move(responder));
  });
}

void ExecutorApi::Subscribe(std::shared_ptr<const v1::executor::Call> call, net::MediaType type,
                            net::Responder responder) {
  const SessionId session{next_session_++};
  port_.CallExecutor(
      {session, std::move(call)},
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
        port_.Post("executor_lost", [this, session] { port_.LoseExecutor(session); });
      });
  sessions_.insert(session);
  if (heartbeat_ == TimerId::kNone) ArmHeartbeat();
  port_.AddExecutor(session,
                    std::make_unique<RecordStream<v1::executor::Event>>(
                        executor_, type, std::move(stream), [this, session] { Ended(session); }));
}

void ExecutorApi::Ended(SessionId session) {
  sessions_.erase(session);
  if (!sessions_.empty()) return;
  executor_.Cancel(heartbeat_);
  heartbeat_ = TimerId::kNone;
}

void ExecutorApi::ArmHeartbeat() {
  heartbeat_ = executor_.RunAt(executor_.Now() + kHeartbeatInterval, "executor_heartbeat", [this] {
    auto event = std::make_shared<v1::executor::Event>();
    event->set_type(v1::executor::Event::HEARTBEAT);
    for (SessionId session : sessions_) port_.SendToExecutor(session, event);
    ArmHeartbeat();
  });
}

}  // namespace mesos::agent
