#include "master/api/operator_calls.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "common/http_api/v1_body.h"
#include "master/api/call_actions.h"
#include "master/reads/v1_reads.h"
#include "mesos/v1/master/master.pb.h"

namespace mesos::master {
namespace {

using v1::master::Call;
using v1::master::Response;

absl::Status Ended() { return absl::UnavailableError("This master does not lead any more"); }

}  // namespace

OperatorCalls::OperatorCalls(CorePort& core, Executor& encoder, const auth::Gate& gate,
                             OperatorApi& shared, EventFollowers::ReadPool run_on_read_pool)
    : core_(core),
      gate_(gate),
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
  if (absl::Status allowed = Admit(gate_, *request.caller, *call); !allowed.ok()) {
    responder.Respond(ErrorResponse(allowed));
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
  core_.Post("operator_call", [this, call = std::move(call), caller = request.caller, type = *type,
                               responder = std::move(responder)]() mutable {
    if (call->type() == Call::SUBSCRIBE) {
      Subscribe(caller, type, std::move(responder));
    } else if (IsRead(call->type())) {
      Read(std::move(call), caller, type, std::move(responder));
    } else {
      Write(std::move(call), caller, std::move(responder));
    }
  });
}

void OperatorCalls::Read(std::shared_ptr<const Call> call, const auth::CallerPtr& caller,
                         net::MediaType type, net::Responder responder) {
  std::shared_ptr<const Snapshot> snapshot = core_.TakeSnapshot(gate_.VisibleTo(*caller));
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

void OperatorCalls::Write(std::shared_ptr<const Call> call, const auth::CallerPtr& caller,
                          net::Responder responder) {
  core_.CallOperator(
      std::move(call), caller,
      [responder = std::move(responder)](const absl::Status& status,
                                         const std::shared_ptr<const Response>&) mutable {
        responder.Respond(status.ok() ? EmptyResponse(200) : ErrorResponse(status));
      });
}

void OperatorCalls::Answer(std::shared_ptr<const Call> call, const auth::CallerPtr& caller,
                           rpc::Answer<Response> answer) {
  if (absl::Status allowed = Admit(gate_, *caller, *call); !allowed.ok()) {
    answer(std::move(allowed), nullptr);
    return;
  }
  if (OperatorApi::Takes(*call)) {
    shared_.Handle(*call, std::move(answer));
    return;
  }
  if (!IsRead(call->type())) {
    core_.CallOperator(std::move(call), caller, std::move(answer));
    return;
  }
  std::shared_ptr<const Snapshot> snapshot = core_.TakeSnapshot(gate_.VisibleTo(*caller));
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
  auto visibility = visibilities_.find(session);
  if (visibility == visibilities_.end()) return;
  std::shared_ptr<const Snapshot> snapshot = core_.TakeSnapshot(visibility->second);
  if (snapshot == nullptr) return;
  followers_.Greet(
      session, [snapshot = std::move(snapshot), heartbeat_interval](net::MediaType type) mutable {
        return StreamSubscribed(std::move(snapshot), heartbeat_interval, type);
      });
}

void OperatorCalls::Close(SessionId session) {
  visibilities_.erase(session);
  followers_.Remove(session);
}

void OperatorCalls::Subscribe(const auth::CallerPtr& caller, net::MediaType type,
                              net::Responder responder) {
  const SessionId session{next_follower_++};
  auth::Visibility visibility = gate_.VisibleTo(*caller);
  followers_.Add(session, type, std::move(responder), visibility, [this, session] {
    core_.Post("follower_lost", [this, session] {
      Close(session);
      core_.Unfollow(session);
    });
  });
  visibilities_.emplace(session, std::move(visibility));
  core_.Follow(session, caller);
}

}  // namespace mesos::master
