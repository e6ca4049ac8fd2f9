#include "master/api/operator_calls.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "common/http_api/v1_body.h"
#include "mesos/v1/master/master.pb.h"

namespace mesos::master {
namespace {

using v1::master::Call;
using v1::master::Response;

void Answer(net::Responder& responder, net::MediaType type, const absl::Status& status,
            const Response* response) {
  if (!status.ok()) {
    responder.Respond(ErrorResponse(status));
  } else if (response == nullptr) {
    responder.Respond(EmptyResponse(200));
  } else {
    responder.Respond(MessageResponse(*response, type));
  }
}

}  // namespace

OperatorCalls::OperatorCalls(CorePort& core, Executor& encoder, OperatorApi& shared,
                             EventFollowers::ReadPool run_on_read_pool)
    : core_(core),
      encoder_(encoder),
      shared_(shared),
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
      Answer(responder, type, status, response.get());
    });
    return;
  }
  if (call->type() == Call::SUBSCRIBE) {
    core_.Post("operator_subscribe",
               [this, type = *type, responder = std::move(responder)]() mutable {
                 Subscribe(type, std::move(responder));
               });
    return;
  }
  auto answer = [&encoder = encoder_, type = *type, responder = std::move(responder)](
                    absl::Status status, std::shared_ptr<const Response> response) mutable {
    encoder.Post("encode_answer",
                 [type, responder = std::move(responder), status = std::move(status),
                  response = std::move(response)]() mutable {
                   Answer(responder, type, status, response.get());
                 });
  };
  core_.Post("operator_call",
             [&core = core_, call = std::move(call), answer = std::move(answer)]() mutable {
               core.CallOperator(std::move(call), std::move(answer));
             });
}

void OperatorCalls::Subscribe(net::MediaType type, net::Responder responder) {
  const SessionId session{next_follower_++};
  std::unique_ptr<net::EventStream> stream = responder.StartStream(
      {{"Content-Type", net::MediaTypeName(type)}}, [this, session](const absl::Status&) {
        core_.Post("follower_lost", [this, session] {
          followers_.Remove(session);
          core_.Unfollow(session);
        });
      });
  followers_.Add(session, type, std::move(stream));
  core_.Follow(session);
}

}  // namespace mesos::master
