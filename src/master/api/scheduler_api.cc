#include "master/api/scheduler_api.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "common/http_api/record_stream.h"
#include "common/http_api/v1_body.h"
#include "master/api/call_actions.h"
#include "master/validation/scheduler_call.h"

namespace mesos::master {
namespace {

constexpr char kStreamIdHeader[] = "Mesos-Stream-Id";

// Nullopt where absent, which is not the same as empty.
std::optional<std::string> StreamId(const net::HttpRequest& request) {
  const auto is_stream_id = [](const auto& field) {
    return absl::EqualsIgnoreCase(field.first, kStreamIdHeader);
  };
  if (std::none_of(request.headers.begin(), request.headers.end(), is_stream_id)) {
    return std::nullopt;
  }
  return std::string(request.Header(kStreamIdHeader));
}

// Only a call whose answer has a body cares what the client accepts.
bool AnswerHasBody(const v1::scheduler::Call& call) {
  return call.type() == v1::scheduler::Call::SUBSCRIBE ||
         call.type() == v1::scheduler::Call::RECONCILE_OPERATIONS;
}

int SuccessOf(const v1::scheduler::Call& call) {
  return call.type() == v1::scheduler::Call::UPDATE_FRAMEWORK ? 200 : 202;
}

}  // namespace

SchedulerApi::SchedulerApi(CorePort& core, Executor& encoder, const auth::Gate& gate, uint64_t seed)
    : core_(core), encoder_(encoder), gate_(gate), random_(seed) {}

void SchedulerApi::Handle(net::HttpRequest request, net::Responder responder) {
  auto call = std::make_shared<v1::scheduler::Call>();
  if (std::optional<net::HttpResponse> refusal = ReadCall(request, *call)) {
    responder.Respond(*std::move(refusal));
    return;
  }
  if (absl::Status valid = ValidateSchedulerCall(*call); !valid.ok()) {
    responder.Respond(ErrorResponse(valid));
    return;
  }
  if (absl::Status allowed = Admit(gate_, *request.caller, *call); !allowed.ok()) {
    responder.Respond(ErrorResponse(allowed));
    return;
  }
  const absl::StatusOr<net::MediaType> type = net::ResponseMediaType(request);
  if (!type.ok() && AnswerHasBody(*call)) {
    responder.Respond(net::HttpResponse::Text(406, type.status().message()));
    return;
  }
  std::optional<std::string> stream_id = StreamId(request);
  if (call->type() != v1::scheduler::Call::SUBSCRIBE) {
    core_.Post("scheduler_call",
               [this, call = std::move(call), caller = request.caller,
                stream_id = std::move(stream_id), responder = std::move(responder)]() mutable {
                 Perform(std::move(call), caller, std::move(stream_id), std::move(responder));
               });
    return;
  }
  if (stream_id.has_value()) {
    responder.Respond(net::HttpResponse::Text(
        400, "Subscribe calls should not include the 'Mesos-Stream-Id' header"));
    return;
  }
  core_.Post("scheduler_subscribe", [this, call = std::move(call), caller = request.caller,
                                     type = *type, responder = std::move(responder)]() mutable {
    Subscribe(std::move(call), caller, type, std::move(responder));
  });
}

void SchedulerApi::Subscribe(Call call, const auth::CallerPtr& caller, net::MediaType type,
                             net::Responder responder) {
  const SessionId session{next_session_++};
  core_.CallScheduler(
      {session, std::move(call), caller},
      [this, session, type, responder = std::move(responder)](absl::Status status) mutable {
        if (status.ok()) {
          Open(session, type, std::move(responder));
        } else {
          responder.Respond(ErrorResponse(status));
        }
      });
}

void SchedulerApi::Open(SessionId session, net::MediaType type, net::Responder responder) {
  const std::string id = random_.Uuid();
  std::unique_ptr<net::EventStream> stream = responder.StartStream(
      {{"Content-Type", net::MediaTypeName(type)}, {kStreamIdHeader, id}},
      [&core = core_, session](const absl::Status&) {
        core.Post("scheduler_lost", [&core, session] { core.LoseScheduler(session); });
      });
  streams_[id] = session;
  core_.AddScheduler(session,
                     std::make_unique<RecordStream<v1::scheduler::Event>>(
                         encoder_, type, std::move(stream), [this, id] { streams_.erase(id); }));
}

void SchedulerApi::Perform(Call call, const auth::CallerPtr& caller,
                           std::optional<std::string> stream_id, net::Responder responder) {
  SessionId session = SessionId::kNone;
  if (stream_id.has_value()) {
    if (auto it = streams_.find(*stream_id); it != streams_.end()) session = it->second;
  }
  const int success = SuccessOf(*call);
  SchedulerCallReceived received{session, std::move(call), caller, CallToken::kNone,
                                 std::move(stream_id)};
  core_.CallScheduler(std::move(received), [success, responder = std::move(responder)](
                                               const absl::Status& status) mutable {
    responder.Respond(status.ok() ? EmptyResponse(success) : ErrorResponse(status));
  });
}

}  // namespace mesos::master
