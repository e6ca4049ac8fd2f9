#include "master/api/classic_writes.h"

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/http_api/v1_body.h"
#include "common/json/json_codec.h"
#include "common/json/json_writer.h"
#include "common/net/form.h"
#include "common/net/jsonp.h"
#include "master/api/call_actions.h"
#include "mesos/v1/master/master.pb.h"

namespace mesos::master {
namespace {

using net::HttpRequest;
using net::HttpResponse;
using net::Responder;
using v1::master::Call;
using v1::master::Response;

HttpResponse NotYet(const std::string& what) {
  return HttpResponse::Text(501, absl::StrCat(what, " is not supported by this master yet"));
}

// GET tells that there is nothing; every other method is refused.
net::RouteHandler EmptyNoun(const std::string& what) {
  return [what](const HttpRequest& request, const std::string&, Responder responder) {
    const bool read = request.method == "GET" || request.method == "HEAD";
    responder.Respond(read ? net::JsonOrScript(request, "{}") : NotYet(what));
  };
}

net::RouteHandler Refused(const std::string& what) {
  return [what](const HttpRequest&, const std::string&, Responder responder) {
    responder.Respond(NotYet(what));
  };
}

}  // namespace

void ClassicWrites::AddRoutes(const AddRoute& add) {
  using auth::Action;
  add("/teardown", {"POST"}, Action::kTeardownFramework,
      [this](const HttpRequest& request, const std::string&, Responder responder) {
        Teardown(request, std::move(responder));
      });
  add("/quota", {"GET", "POST", "DELETE"}, {Action::kViewState, Action::kUpdateQuota},
      EmptyNoun("Setting quota"));
  add("/maintenance/schedule", {"GET", "POST"}, {Action::kViewState, Action::kChangeMaintenance},
      EmptyNoun("A maintenance schedule"));
  add("/maintenance/status", {"GET"}, Action::kViewState, EmptyNoun("Maintenance"));
  add("/machine/down", {"POST"}, Action::kChangeMaintenance,
      Refused("Taking machines down for maintenance"));
  add("/machine/up", {"POST"}, Action::kChangeMaintenance,
      Refused("Taking machines up from maintenance"));
  add("/reserve", {"POST"}, Action::kReserveResources, Refused("Reserving resources"));
  add("/unreserve", {"POST"}, Action::kReserveResources, Refused("Unreserving resources"));
  add("/create-volumes", {"POST"}, Action::kChangeVolumes, Refused("Creating persistent volumes"));
  add("/destroy-volumes", {"POST"}, Action::kChangeVolumes,
      Refused("Destroying persistent volumes"));
}

void ClassicWrites::PutWeights(const HttpRequest& request, Responder responder) {
  auto call = std::make_shared<Call>();
  call->set_type(Call::UPDATE_WEIGHTS);
  const absl::string_view body = absl::StripAsciiWhitespace(request.body);
  const std::string refusal =
      absl::StrCat("Failed to parse update weights request JSON '", body, "': ");
  if (!absl::StartsWith(body, "[")) {
    responder.Respond(HttpResponse::Text(400, absl::StrCat(refusal, "expecting a JSON array")));
    return;
  }
  if (absl::Status read = json::FromJson(absl::StrCat("{\"weight_infos\":", body, "}"),
                                         *call->mutable_update_weights());
      !read.ok()) {
    responder.Respond(HttpResponse::Text(400, absl::StrCat(refusal, read.message())));
    return;
  }
  Perform(std::move(call), request.caller, std::move(responder));
}

void ClassicWrites::Teardown(const HttpRequest& request, Responder responder) {
  const absl::StatusOr<net::Fields> form = net::ParseForm(request.body);
  if (!form.ok()) {
    responder.Respond(HttpResponse::Text(
        400, absl::StrCat("Unable to decode query string: ", form.status().message())));
    return;
  }
  auto call = std::make_shared<Call>();
  call->set_type(Call::TEARDOWN);
  for (const auto& [name, value] : *form) {
    if (name != "frameworkId") continue;
    call->mutable_teardown()->mutable_framework_id()->set_value(value);
  }
  if (!call->has_teardown()) {
    responder.Respond(
        HttpResponse::Text(400, "Missing 'frameworkId' query parameter in the request body"));
    return;
  }
  Perform(std::move(call), request.caller, std::move(responder));
}

void ClassicWrites::Perform(std::shared_ptr<const Call> call, const auth::CallerPtr& caller,
                            Responder responder) {
  if (absl::Status allowed = Admit(gate_, *caller, *call); !allowed.ok()) {
    responder.Respond(ErrorResponse(allowed));
    return;
  }
  core_.Post("operator_call", [&core = core_, call = std::move(call), caller,
                               responder = std::move(responder)]() mutable {
    core.CallOperator(
        std::move(call), caller,
        [responder = std::move(responder)](const absl::Status& status,
                                           const std::shared_ptr<const Response>&) mutable {
          responder.Respond(status.ok() ? EmptyResponse(200) : ErrorResponse(status));
        });
  });
}

}  // namespace mesos::master
