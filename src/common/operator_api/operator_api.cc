#include "common/operator_api/operator_api.h"

#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/base/status_macros.h"
#include "common/files/files_routes.h"
#include "common/flags/duration.h"
#include "common/flags/flags.h"
#include "common/json/json_writer.h"
#include "common/metrics/render.h"
#include "common/metrics/system_metrics.h"
#include "common/net/jsonp.h"
#include "common/operator_api/build_info.h"

namespace mesos {
namespace {

using net::HttpRequest;
using net::HttpResponse;
using net::Responder;

std::string FlagsJson(const std::vector<std::pair<std::string, std::string>>& flags) {
  std::string text;
  json::JsonWriter json(text);
  json.BeginObject().Key("flags").BeginObject();
  for (const auto& [name, value] : flags) json.KeyOf(name).String(value);
  json.EndObject().EndObject();
  return text;
}

std::string VersionJson() {
  const BuildInfo& build = ThisBuild();
  std::string text;
  json::JsonWriter json(text);
  json.BeginObject();
  json.Key("build_date").String(build.date);
  json.Key("build_time").Double(build.time);
  json.Key("build_user").String(build.user);
  if (!build.git_sha.empty()) json.Key("git_sha").String(build.git_sha);
  json.Key("product_version").String(build.version);
  json.Key("version").String(kApiVersion);
  json.EndObject();
  return text;
}

std::string SystemJson() {
  const metrics::SystemStats stats = metrics::ReadSystemStats();
  std::string text;
  json::JsonWriter json(text);
  json.BeginObject();
  json.Key("avg_load_15min").Double(stats.load_15min);
  json.Key("avg_load_1min").Double(stats.load_1min);
  json.Key("avg_load_5min").Double(stats.load_5min);
  json.Key("cpus_total").Int(stats.cpus);
  json.Key("mem_free_bytes").Uint(stats.mem_free_bytes);
  json.Key("mem_total_bytes").Uint(stats.mem_total_bytes);
  json.EndObject();
  return text;
}

absl::Status Toggle(LoggingLevel& logging, const std::optional<std::string>& level,
                    const std::optional<std::string>& duration) {
  if (!duration) return absl::InvalidArgumentError("Expecting 'duration=value' in query");
  if (!level) return absl::InvalidArgumentError("Expecting 'level=value' in query");
  int64_t number = 0;
  if (!absl::SimpleAtoi(*level, &number)) {
    return absl::InvalidArgumentError(absl::StrCat("Failed to convert '", *level, "' to number"));
  }
  ASSIGN_OR_RETURN(const absl::Duration length, flags::ParseDuration(*duration));
  return logging.Raise(number, length);
}

std::string HtmlEscape(absl::string_view text) {
  return absl::StrReplaceAll(
      text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});
}

std::string HelpPage(const std::string& name, const std::vector<std::string>& paths) {
  std::string page = absl::StrCat("<!DOCTYPE html>\n<html><head><title>Help: ", HtmlEscape(name),
                                  "</title></head>\n<body><h1>Endpoints of this ", HtmlEscape(name),
                                  "</h1>\n<ul>\n");
  for (const std::string& path : paths) {
    const std::string text = HtmlEscape(path);
    absl::StrAppend(&page, "<li><a href=\"", text, "\">", text, "</a></li>\n");
  }
  return absl::StrCat(page, "</ul></body></html>\n");
}

// The snapshot as a body that is made while it is sent.
class SnapshotSource : public net::BodySource {
 public:
  SnapshotSource(net::JsonFrame frame, metrics::MetricsPage page)
      : frame_(std::move(frame)), writer_(std::move(page)) {}

  bool Next(std::string& out) override {
    if (ended_) return false;
    out += std::exchange(frame_.before, {});
    if (writer_.Next(out)) return true;
    ended_ = true;
    out += frame_.behind;
    return !frame_.behind.empty();
  }

 private:
  net::JsonFrame frame_;
  metrics::SnapshotWriter writer_;
  bool ended_ = false;
};

}  // namespace

OperatorApi::OperatorApi(Deps deps)
    : deps_(std::move(deps)),
      flags_(flags::CurrentFlags()),
      logging_(std::make_shared<LoggingLevel>(deps_.executor)) {}

OperatorApi::~OperatorApi() = default;

void OperatorApi::AddRoutes(net::Router& router) {
  AddInfoRoutes(router);
  AddLoggingRoute(router);
  AddMetricsRoutes(router);
  AddHelpRoute(router);
  files::AddFilesRoutes(deps_.files, deps_.run_on_read_pool, router);
}

void OperatorApi::AddInfoRoutes(net::Router& router) {
  router.Add("/flags", {}, auth::Action::kViewFlags,
             [this](HttpRequest request, std::string, Responder responder) {
               responder.Respond(net::JsonOrScript(request, FlagsJson(flags_)));
             });
  router.Add("/version", {}, auth::Action::kViewDaemon,
             [](HttpRequest request, std::string, Responder responder) {
               responder.Respond(net::JsonOrScript(request, VersionJson()));
             });
  router.Add(
      "/health", {}, auth::Action::kViewDaemon,
      [](HttpRequest, std::string, Responder responder) { responder.Respond(HttpResponse{}); });
  router.Add("/system/stats", {}, auth::Action::kViewDaemon,
             [](HttpRequest request, std::string, Responder responder) {
               responder.Respond(net::JsonOrScript(request, SystemJson()));
             });
}

void OperatorApi::AddLoggingRoute(net::Router& router) {
  router.Add("/logging/toggle", {}, auth::Action::kSetLogLevel,
             [this](HttpRequest request, std::string, Responder responder) {
               const std::optional<std::string> level = request.Query("level");
               const std::optional<std::string> duration = request.Query("duration");
               if (!level && !duration) {
                 responder.Respond(HttpResponse::Text(200, absl::StrCat(logging_->level(), "\n")));
                 return;
               }
               const absl::Status status = Toggle(*logging_, level, duration);
               responder.Respond(
                   status.ok() ? HttpResponse{}
                               : HttpResponse::Text(400, absl::StrCat(status.message(), ".\n")));
             });
}

void OperatorApi::AddMetricsRoutes(net::Router& router) {
  router.Add(
      "/metrics/snapshot", {}, auth::Action::kViewDaemon,
      [this](HttpRequest request, std::string, Responder responder) {
        if (const std::optional<std::string> timeout = request.Query("timeout")) {
          // Nothing here takes long enough to be left out, so its value does not matter.
          const absl::Status valid = flags::ParseDuration(*timeout).status();
          if (!valid.ok()) {
            responder.Respond(HttpResponse::Text(
                400, absl::StrCat("Invalid timeout '", *timeout, "': ", valid.message(), ".\n")));
            return;
          }
        }
        absl::StatusOr<net::JsonFrame> frame = net::JsonFrameOf(request);
        if (!frame.ok()) {
          responder.Respond(HttpResponse::Text(400, frame.status().message()));
          return;
        }
        Collect(metrics::Form::kMesos,
                [frame = *std::move(frame),
                 responder = std::move(responder)](metrics::MetricsPage page) mutable {
                  net::Fields headers = {{"Content-Type", frame.content_type}};
                  responder.RespondFrom(std::move(headers), std::make_unique<SnapshotSource>(
                                                                std::move(frame), std::move(page)));
                });
      });
  router.Add("/metrics", {}, auth::Action::kViewDaemon,
             [this](HttpRequest, std::string rest, Responder responder) {
               if (!rest.empty()) {
                 responder.Respond(HttpResponse::Text(404, "404 Not Found."));
                 return;
               }
               Collect(metrics::Form::kPrometheus,
                       [responder = std::move(responder)](metrics::MetricsPage page) mutable {
                         responder.Respond({200,
                                            {{"Content-Type", metrics::kPrometheusType}},
                                            metrics::PrometheusText(page)});
                       });
             });
}

void OperatorApi::AddHelpRoute(net::Router& router) {
  router.Add("/help", {}, auth::Action::kViewDaemon,
             [this, &router](HttpRequest, std::string, Responder responder) {
               responder.Respond(
                   {200, {{"Content-Type", "text/html"}}, HelpPage(deps_.name, router.paths())});
             });
}

void OperatorApi::Collect(metrics::Form form, absl::AnyInvocable<void(metrics::MetricsPage)> done) {
  auto render = [this, form, done = std::move(done)](FillMetrics fill) mutable {
    deps_.run_on_read_pool([form, fill = std::move(fill), done = std::move(done)]() mutable {
      metrics::MetricsPage page(form);
      metrics::AddSystemMetrics(metrics::ReadSystemStats(), page);
      if (page.Wants(metrics::Form::kPrometheus)) metrics::AddProcessMetrics(page);
      if (fill) fill(page);
      done(std::move(page));
    });
  };
  if (deps_.collect_metrics) {
    deps_.collect_metrics(std::move(render));
  } else {
    render(nullptr);
  }
}

}  // namespace mesos
