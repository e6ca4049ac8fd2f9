#include "master/api/master_api.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/json/json_writer.h"
#include "common/operator_api/build_info.h"

namespace mesos::master {
namespace {

// What /state tells of this process beside the core's state.
ClassicContext ContextOf(const OperatorApi& shared) {
  ClassicContext context;
  context.flags_json.clear();
  json::JsonWriter flags(context.flags_json);
  flags.BeginObject();
  for (const auto& [name, value] : shared.flags()) flags.KeyOf(name).String(value);
  flags.EndObject();

  const BuildInfo& build = ThisBuild();
  std::string fields;
  json::JsonWriter json(fields);
  json.BeginObject();
  json.Key("build_date").String(build.date);
  json.Key("build_time").Double(build.time);
  json.Key("build_user").String(build.user);
  if (!build.git_sha.empty()) json.Key("git_sha").String(build.git_sha);
  json.EndObject();
  context.build_fields = fields.substr(1, fields.size() - 2);
  return context;
}

net::HttpResponse FrontPage(const std::vector<std::string>& paths) {
  std::string page =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta "
      "charset=\"utf-8\"><title>Mesos</title></head>\n"
      "<body><h1>Mesos master</h1>\n<ul>\n";
  for (const std::string& path : paths) {
    absl::StrAppend(&page, "<li><a href=\"", path, "\">", path, "</a></li>\n");
  }
  absl::StrAppend(&page, "</ul></body></html>\n");
  return {200, {{"Content-Type", "text/html"}}, std::move(page)};
}

}  // namespace

MasterApi::MasterApi(const Deps& deps)
    : deps_(deps),
      shared_({.name = "master",
               .executor = deps.timers,
               .files = deps.files,
               .run_on_read_pool = deps.run_on_read_pool,
               .collect_metrics = deps.collect_metrics}),
      schedulers_(deps.core, deps.encoder, deps.gate, deps.seed),
      operators_(deps.core, deps.encoder, deps.gate, shared_, deps.run_on_read_pool),
      writes_(deps.core, deps.gate),
      router_({"/master"}, deps.gate) {
  shared_.AddRoutes(router_);
  AddReads();
  AddForLeader("/api/v1/scheduler", {"POST"}, auth::Action::kCallApi,
               [this](net::HttpRequest request, const std::string&, net::Responder responder) {
                 schedulers_.Handle(std::move(request), std::move(responder));
               });
  AddForLeader("/api/v1", {"POST"}, auth::Action::kCallApi,
               [this](net::HttpRequest request, const std::string&, net::Responder responder) {
                 operators_.Handle(std::move(request), std::move(responder));
               });
  writes_.AddRoutes([this](const std::string& path, std::vector<std::string> methods,
                           net::Access access, net::RouteHandler handler) {
    AddForLeader(path, std::move(methods), access, std::move(handler));
  });
  router_.Add("/redirect", {}, auth::Action::kViewDaemon,
              [this](const net::HttpRequest&, const std::string&, net::Responder responder) {
                responder.Respond(ToLeader(CurrentLeadership()));
              });
  router_.Add("/", {"GET"}, auth::Action::kViewDaemon,
              [this](const net::HttpRequest&, const std::string&, net::Responder responder) {
                responder.Respond(FrontPage(router_.paths()));
              });
}

void MasterApi::SetLeadership(Leadership leadership) {
  MutexLock lock(mutex_);
  leadership_ = std::move(leadership);
}

Leadership MasterApi::CurrentLeadership() const {
  MutexLock lock(mutex_);
  return leadership_;
}

void MasterApi::AddForLeader(const std::string& path, std::vector<std::string> methods,
                             net::Access access, net::RouteHandler handler) {
  router_.Add(path, std::move(methods), access,
              [this, handler = std::move(handler)](net::HttpRequest request, std::string rest,
                                                   net::Responder responder) {
                if (std::optional<net::HttpResponse> redirect =
                        RedirectToLeader(CurrentLeadership(), request)) {
                  responder.Respond(*std::move(redirect));
                  return;
                }
                handler(std::move(request), std::move(rest), std::move(responder));
              });
}

void MasterApi::AddReads() {
  AddForLeader(
      "/state", {}, auth::Action::kViewState,
      Reader([context = ContextOf(shared_)](auto snapshot, const auto& request, const auto&) {
        return ReadState(std::move(snapshot), context, request);
      }));
  AddForLeader("/slaves", {}, auth::Action::kViewState,
               Reader([](auto snapshot, const auto& request, const auto& agent_id) {
                 return ReadSlaves(std::move(snapshot), agent_id, request);
               }));
  const auto add = [this](const std::string& path, auto* read) {
    AddForLeader(path, {}, auth::Action::kViewState,
                 Reader([read](auto snapshot, const auto& request, const auto&) {
                   return read(std::move(snapshot), request);
                 }));
  };
  add("/state-summary", ReadStateSummary);
  add("/frameworks", ReadFrameworks);
  add("/tasks", ReadTasks);
  add("/roles", ReadRoles);
  AddForLeader("/weights", {"GET", "PUT"}, {auth::Action::kViewState, auth::Action::kUpdateWeights},
               [this, get = Reader([](auto snapshot, const auto& request, const auto&) {
                        return ReadWeights(std::move(snapshot), request);
                      })](net::HttpRequest request, std::string rest, net::Responder responder) {
                 if (request.method == "PUT") {
                   writes_.PutWeights(request, std::move(responder));
                 } else {
                   get(std::move(request), std::move(rest), std::move(responder));
                 }
               });
}

net::RouteHandler MasterApi::Reader(ClassicRead read) {
  return [this, read = std::move(read)](net::HttpRequest request, std::string rest,
                                        net::Responder responder) {
    deps_.core.Post("read", [this, read, request = std::move(request), rest = std::move(rest),
                             responder = std::move(responder)]() mutable {
      SharedSnapshot snapshot = deps_.core.TakeSnapshot(deps_.gate.VisibleTo(*request.caller));
      if (snapshot == nullptr) {
        responder.Respond(net::HttpResponse::Text(503, "This master does not lead any more"));
        return;
      }
      deps_.run_on_read_pool([read = std::move(read), snapshot = std::move(snapshot),
                              request = std::move(request), rest = std::move(rest),
                              responder = std::move(responder)]() mutable {
        absl::StatusOr<ClassicAnswer> answer = read(std::move(snapshot), request, rest);
        if (!answer.ok()) {
          responder.Respond(net::HttpResponse::Text(400, answer.status().message()));
          return;
        }
        responder.RespondFrom({{"Content-Type", answer->content_type}}, std::move(answer->body));
      });
    });
  };
}

void MasterApi::Perform(const GreetFollower& effect) {
  operators_.Greet(effect.session, effect.heartbeat_interval);
}

void MasterApi::Perform(SendToFollowers& effect) { operators_.followers().Send(std::move(effect)); }

void MasterApi::Perform(const CloseFollower& effect) { operators_.Close(effect.session); }

}  // namespace mesos::master
