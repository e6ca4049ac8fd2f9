#include "agent/api/operator_calls.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/api/call_actions.h"
#include "agent/api/v1_json.h"
#include "agent/api/v1_reads.h"
#include "common/base/limits.h"
#include "common/http_api/v1_body.h"
#include "common/net/media_type.h"
#include "common/net/recordio.h"

namespace mesos::agent {
namespace {

using v1::agent::Call;
using v1::agent::Response;

constexpr char kRecordIo[] = "application/recordio";

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

bool IsServed(const Call& call) {
  return !call.has_type() || call.type() == Call::UNKNOWN || OperatorApi::Takes(call) ||
         IsRead(call.type());
}

// No call that takes a stream is served yet; which one it is stands in the first record. Words and
// codes are Mesos'.
net::HttpResponse RefuseStream(const net::HttpRequest& request) {
  const std::string message_type(request.Header("Message-Content-Type"));
  if (message_type.empty()) {
    return net::HttpResponse::Text(
        400, "Expecting 'Message-Content-Type' to be set for streaming requests");
  }
  net::HttpRequest record;
  record.headers = {{"Content-Type", message_type}};
  if (!net::RequestMediaType(record).ok()) {
    return net::HttpResponse::Text(
        415, "Expecting 'Message-Content-Type' of application/json or application/x-protobuf");
  }
  std::optional<std::string> first;
  net::RecordDecoder decoder(limits::kMaxHttpBodyBytes);
  const absl::Status decoded = decoder.Feed(request.body, [&](std::string bytes) {
    if (!first) first = std::move(bytes);
  });
  if (!first) {
    return net::HttpResponse::Text(
        500, absl::StrCat("Decoder failure: ",
                          decoded.ok() ? "there is no whole record" : decoded.message()));
  }
  record.body = *std::move(first);
  Call call;
  if (std::optional<net::HttpResponse> refusal = ReadCall(record, call)) return *std::move(refusal);
  if (!IsServed(call)) return ErrorResponse(NotServed(call.type()));
  return net::HttpResponse::Text(
      415, absl::StrCat("Streaming 'Content-Type' application/recordio is not supported for ",
                        Call::Type_Name(call.type()), " call"));
}

}  // namespace

void OperatorCalls::Handle(net::HttpRequest request, net::Responder responder) {
  if (request.Header("Content-Type") == kRecordIo) {
    responder.Respond(RefuseStream(request));
    return;
  }
  auto call = std::make_shared<Call>();
  if (std::optional<net::HttpResponse> refusal = ReadCall(request, *call)) {
    responder.Respond(*std::move(refusal));
    return;
  }
  // Before what the answer's form would be: a client that asks for a stream shall hear why not.
  if (!IsServed(*call)) {
    responder.Respond(ErrorResponse(NotServed(call->type())));
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
