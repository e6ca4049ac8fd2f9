#include "master/api/operator_calls.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "common/http_api/v1_body.h"
#include "master/reads/v1_reads.h"
#include "mesos/v1/master/master.pb.h"

namespace mesos::master {
namespace {

using v1::master::Call;
using v1::master::Response;

absl::Status Ended() { return absl::UnavailableError("This master does not lead any more"); }

}  // namespace

OperatorCalls::OperatorCalls(CorePort& core, Executor& encoder, OperatorApi& shared,
                             EventFollowers::ReadPool run_on_read_pool)
    : core_(core),
      shared_(shared),
      run_on_read_pool_(run_on_read_pool),
      followers_(encoder, std::move(run_on_read_pool)) {}

void OperatorCalls::Handle(net::HttpRequest request, net::Responder responder) {
  auto call = std::make_shared<Call>();
  if (std::optional<net::HttpResponse> refusal = ReadCall(request, *call)) {
    responder.Respond(*std::move(refusal));
    return;
  }
  if (!call->has_type() || call->type() == Call::UNKNOWN) {
    responder.Respond(net::HttpResponse::Text(
        400, "Failed to validate master::Call: Expecting 'type' to be present"));
    return;
  }
  const absl::StatusOr<net::MediaType> type = net::ResponseMediaType(request);
  if (!type.ok()) {
    responder.Respond(net::HttpResponse::Text(406, type.status().message()));
    return;
  }
  if (OperatorApi::Takes(*call)) {
    shared_.Handle(*call, [type = *type, responder = std::move(responder)](
                              const absl::Status& status,
                              const std::shared_ptr<const Response>& response) mutable {
      if (!status.ok()) {
        responder.Respond(ErrorResponse(status));
      } else {
        responder.Respond(response == nullptr ? EmptyResponse(200)
                                              : MessageResponse(*response, type));
      }
    });
    return;
  }
  core_.Post("operator_call", [this, call = std::move(call), type = *type,
                               responder = std::move(responder)]() mutable {
    if (call->type() == Call::SUBSCRIBE) {
      Subscribe(type, std::move(responder));
    } else if (IsRead(call->type())) {
      Read(std::move(call), type, std::move(responder));
    } else {
      Write(std::move(call), std::move(responder));
    }
  });
}

void OperatorCalls::Read(std::shared_ptr<const Call> call, net::MediaType type,
                         net::Responder responder) {
  std::shared_ptr<const Snapshot> snapshot = core_.TakeSnapshot();
  if (snapshot == nullptr) {
    responder.Respond(ErrorResponse(Ended()));
    return;
  }
  run_on_read_pool_([call = std::move(call), type, snapshot = std::move(snapshot),
                     responder = std::move(responder)]() mutable {
    responder.RespondFrom({{"Content-Type", net::MediaTypeName(type)}},
                          StreamRead(std::move(snapshot), call->type(), type));
  });
}

void OperatorCalls::Write(std::shared_ptr<const Call> call, net::Responder responder) {
  core_.CallOperator(std::move(call), [responder = std::move(responder)](
                                          const absl::Status& status,
                                          const std::shared_ptr<const Response>&) mutable {
    responder.Respond(status.ok() ? EmptyResponse(200) : ErrorResponse(status));
  });
}

void OperatorCalls::Answer(std::shared_ptr<const Call> call, rpc::Answer<Response> answer) {
  if (OperatorApi::Takes(*call)) {
    shared_.Handle(*call, std::move(answer));
    return;
  }
  if (!IsRead(call->type())) {
    core_.CallOperator(std::move(call), std::move(answer));
    return;
  }
  std::shared_ptr<const Snapshot> snapshot = core_.TakeSnapshot();
  if (snapshot == nullptr) {
    answer(Ended(), nullptr);
    return;
  }
  run_on_read_pool_([call = std::move(call), snapshot = std::move(snapshot),
                     answer = std::move(answer)]() mutable {
    absl::StatusOr<Response> response = master::Read(*snapshot, *call);
    if (!response.ok()) {
      answer(response.status(), nullptr);
      return;
    }
    answer(absl::OkStatus(), std::make_shared<const Response>(*std::move(response)));
  });
}

void OperatorCalls::Greet(SessionId session, absl::Duration heartbeat_interval) {
  std::shared_ptr<const Snapshot> snapshot = core_.TakeSnapshot();
  if (snapshot == nullptr) return;
  followers_.Greet(
      session, [snapshot = std::move(snapshot), heartbeat_interval](net::MediaType type) mutable {
        return StreamSubscribed(std::move(snapshot), heartbeat_interval, type);
      });
}

void OperatorCalls::Subscribe(net::MediaType type, net::Responder responder) {
  const SessionId session{next_follower_++};
  followers_.Add(session, type, std::move(responder), [this, session] {
    core_.Post("follower_lost", [this, session] {
      followers_.Remove(session);
      core_.Unfollow(session);
    });
  });
  core_.Follow(session);
}

}  // namespace mesos::master
