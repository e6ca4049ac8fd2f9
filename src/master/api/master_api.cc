#include "master/api/master_api.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/http_api/v1_body.h"
#include "mesos/v1/master/master.pb.h"

namespace mesos::master {
namespace {

using v1::master::Call;
using v1::master::Event;
using v1::master::Response;

std::vector<std::string> Greeting(const Response& state, absl::Duration heartbeat_interval,
                                  net::MediaType type) {
  Event subscribed;
  subscribed.set_type(Event::SUBSCRIBED);
  *subscribed.mutable_subscribed()->mutable_get_state() = state.get_state();
  subscribed.mutable_subscribed()->set_heartbeat_interval_seconds(
      absl::ToDoubleSeconds(heartbeat_interval));
  Event heartbeat;
  heartbeat.set_type(Event::HEARTBEAT);
  return {Serialize(subscribed, type), Serialize(heartbeat, type)};
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
    : core_(deps.core),
      shared_({.name = "master",
               .executor = deps.timers,
               .files = deps.files,
               .run_on_read_pool = deps.run_on_read_pool,
               .collect_metrics = deps.collect_metrics}),
      schedulers_(deps.core, deps.encoder, deps.seed),
      operators_(deps.core, deps.encoder, shared_, deps.run_on_read_pool),
      writes_(deps.core),
      router_({"/master"}) {
  shared_.AddRoutes(router_);
  AddForLeader("/api/v1/scheduler", {"POST"},
               [this](net::HttpRequest request, const std::string&, net::Responder responder) {
                 schedulers_.Handle(std::move(request), std::move(responder));
               });
  AddForLeader("/api/v1", {"POST"},
               [this](net::HttpRequest request, const std::string&, net::Responder responder) {
                 operators_.Handle(std::move(request), std::move(responder));
               });
  writes_.AddRoutes(
      [this](const std::string& path, std::vector<std::string> methods, net::RouteHandler handler) {
        AddForLeader(path, std::move(methods), std::move(handler));
      });
  router_.Add("/redirect", {},
              [this](const net::HttpRequest&, const std::string&, net::Responder responder) {
                responder.Respond(ToLeader(CurrentLeadership()));
              });
  router_.Add("/", {"GET"},
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
                             net::RouteHandler handler) {
  router_.Add(path, std::move(methods),
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

void MasterApi::Perform(GreetFollower& effect) {
  auto call = std::make_shared<Call>();
  call->set_type(Call::GET_STATE);
  core_.CallOperator(std::move(call), [this, effect](const absl::Status& status,
                                                     std::shared_ptr<const Response> state) {
    if (!status.ok()) return;
    operators_.followers().Greet(
        effect.session, [state = std::move(state), interval = effect.heartbeat_interval](
                            net::MediaType type) { return Greeting(*state, interval, type); });
  });
}

void MasterApi::Perform(SendToFollowers& effect) {
  operators_.followers().Send(std::move(effect.event));
}

void MasterApi::Perform(CloseFollower& effect) { operators_.followers().Remove(effect.session); }

}  // namespace mesos::master
