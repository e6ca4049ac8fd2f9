#pragma once

// What operators ask of a master and of an agent alike: flags, version, health, logging, metrics,
// files; as classic endpoints and as calls of the v1 API.
//
//   OperatorApi api({.name = "master", .executor = executor, .files = files,
//                    .run_on_read_pool = [&](auto work) { server.RunOnReadPool(std::move(work)); },
//                    .collect_metrics = ...});
//   api.AddRoutes(router);
//   if (OperatorApi::Takes(call)) api.Handle(call, [](absl::Status status, auto response) { ... });
//
// Routes: /flags /version /health /logging/toggle /system/stats.json /metrics/snapshot /metrics
// /files/{browse,read,download,debug} /help; the prefixes and ".json" are the router's business.
// Calls: GET_HEALTH GET_FLAGS GET_VERSION GET_METRICS GET_LOGGING_LEVEL SET_LOGGING_LEVEL
// LIST_FILES READ_FILE.
//
// Thread-safe. Whatever reads files or renders much runs on the read pool. Flags are read once, at
// construction. It outlives the server whose router has its routes, and answers that are under way.

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "common/files/files.h"
#include "common/metrics/metrics_page.h"
#include "common/net/http_message.h"
#include "common/net/router.h"
#include "common/operator_api/logging_level.h"
#include "common/runtime/executor.h"

namespace mesos::v1::agent {
class Call;
class Response;
}  // namespace mesos::v1::agent

namespace mesos::v1::master {
class Call;
class Response;
}  // namespace mesos::v1::master

namespace mesos {

class OperatorApi {
 public:
  // Gives a page of the daemon's own figures to `done`, once, on any thread; figures of the machine
  // are added to it. Called on any thread.
  using CollectMetrics = std::function<void(absl::AnyInvocable<void(metrics::MetricsPage)> done)>;

  // The response is null where the status is an error (answered as HTTP by HttpStatus), and where
  // success has no body.
  template <typename Response>
  using Answer = absl::AnyInvocable<void(absl::Status, std::shared_ptr<const Response>)>;

  struct Deps {
    std::string name;    // "master" or "agent": the title of /help
    Executor& executor;  // for timers; Post and RunAt from any thread
    files::Files& files;
    std::function<void(absl::AnyInvocable<void()>)> run_on_read_pool;
    CollectMetrics collect_metrics;
  };

  explicit OperatorApi(Deps deps);
  ~OperatorApi();

  // To be called once; /help lists what the router has at the time of the request.
  void AddRoutes(net::Router& router);

  static bool Takes(const v1::master::Call& call);
  static bool Takes(const v1::agent::Call& call);

  // Answers a call that it takes, once; at once or later, on any thread. InvalidArgument (400) with
  // Mesos' words where a part is missing or out of bounds, and otherwise what Files says.
  void Handle(const v1::master::Call& call, Answer<v1::master::Response> answer);
  void Handle(const v1::agent::Call& call, Answer<v1::agent::Response> answer);

  // Names and values, sorted by name: what /flags and the `flags` of /state hold.
  const std::vector<std::pair<std::string, std::string>>& flags() const { return flags_; }

 private:
  template <typename Call, typename Response>
  void HandleCall(const Call& call, Answer<Response> answer);

  void AddMetricsRoutes(net::Router& router);
  void AddHelpRoute(net::Router& router);
  void Collect(absl::AnyInvocable<void(const metrics::MetricsPage&)> done);

  const Deps deps_;
  const std::vector<std::pair<std::string, std::string>> flags_;
  const std::shared_ptr<LoggingLevel> logging_;
};

}  // namespace mesos
