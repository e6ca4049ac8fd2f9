#include "agent/api/operator_calls.h"

#include <optional>
#include <utility>

#include "agent/api/call_actions.h"
#include "agent/api/v1_json.h"
#include "agent/api/v1_reads.h"
#include "common/http_api/v1_body.h"
#include "common/net/media_type.h"

namespace mesos::agent {
namespace {

using v1::agent::Call;
using v1::agent::Response;

void Respond(Response response, net::MediaType type, net::Responder& responder) {
  switch (type) {
    case net::MediaType::kJson:
      responder.RespondFrom({{"Content-Type", net::MediaTypeName(type)}},
                            JsonBody(std::move(response)));
      return;
    case net::MediaType::kProtobuf:
      responder.Respond(MessageResponse(response, type));
      return;
  }
}

}  // namespace

void OperatorCalls::Handle(net::HttpRequest request, net::Responder responder) {
  auto call = std::make_shared<Call>();
  if (std::optional<net::HttpResponse> refusal = ReadCall(request, *call)) {
    responder.Respond(*std::move(refusal));
    return;
  }
  const absl::StatusOr<net::MediaType> type = net::ResponseMediaType(request);
  if (!type.ok()) {
    responder.Respond(net::HttpResponse::Text(406, type.status().message()));
    return;
  }
  if (absl::Status allowed = Admit(deps_.gate, *request.caller, *call); !allowed.ok()) {
    responder.Respond(ErrorResponse(allowed));
    return;
  }
  if (OperatorApi::Takes(*call)) {
    deps_.shared.Handle(
        *call, [type = *type, responder = std::move(responder)](
                   const absl::Status& status, std::shared_ptr<const Response> response) mutable {
          if (!status.ok()) {
            responder.Respond(ErrorResponse(status));
          } else if (response == nullptr) {
            responder.Respond(EmptyResponse(200));
          } else {
            responder.Respond(MessageResponse(*response, type));
          }
        });
    return;
  }
  deps_.port.Post("operator_read", [this, call = std::move(call), caller = request.caller,
                                    type = *type, responder = std::move(responder)]() mutable {
    ReadState(std::move(call), caller,
              [type, responder = std::move(responder)](absl::StatusOr<Response> response) mutable {
                if (response.ok()) {
                  Respond(*std::move(response), type, responder);
                } else {
                  responder.Respond(ErrorResponse(response.status()));
                }
              });
  });
}

void OperatorCalls::Answer(std::shared_ptr<const Call> call, const auth::CallerPtr& caller,
                           rpc::Answer<Response> answer) {
  auto shared = std::make_shared<rpc::Answer<Response>>(std::move(answer));
  auto done = [&port = deps_.port, shared](absl::Status status,
                                           std::shared_ptr<const Response> response) {
    port.Post("operator_answer",
              [shared, status = std::move(status), response = std::move(response)]() mutable {
                (*shared)(std::move(status), std::move(response));
              });
  };
  if (absl::Status allowed = Admit(deps_.gate, *caller, *call); !allowed.ok()) {
    done(std::move(allowed), nullptr);
    return;
  }
  if (OperatorApi::Takes(*call)) {
    deps_.shared.Handle(*call, std::move(done));
    return;
  }
  ReadState(std::move(call), caller, [done = std::move(done)](absl::StatusOr<Response> response) {
    if (response.ok()) {
      done(absl::OkStatus(), std::make_shared<const Response>(*std::move(response)));
    } else {
      done(response.status(), nullptr);
    }
  });
}

void OperatorCalls::ReadState(std::shared_ptr<const Call> call, const auth::CallerPtr& caller,
                              Read done) {
  std::shared_ptr<const Snapshot> snapshot = deps_.port.TakeSnapshot(deps_.gate.VisibleTo(*caller));
  if (snapshot == nullptr) {
    done(absl::UnavailableError("Agent has not finished recovery"));
    return;
  }
  deps_.run_on_read_pool(
      [call = std::move(call), snapshot = std::move(snapshot), done = std::move(done)]() mutable {
        done(agent::Read(*call, *snapshot, &ProcessTable::Read));
      });
}

}  // namespace mesos::agent
