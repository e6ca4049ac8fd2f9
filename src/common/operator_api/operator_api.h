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
#include "absl/status/statusor.h"
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
  // Adds figures to a page; run on the read pool.
  using FillMetrics = absl::AnyInvocable<void(metrics::MetricsPage&)>;

  // Takes a copy of the daemon's figures wherever they live, and gives `done`, once, on any thread,
  // what puts them on a page. Called on any thread. The machine's figures are added to it.
  using CollectMetrics = std::function<void(absl::AnyInvocable<void(FillMetrics)> done)>;

  // The response is null where the status is an error, and where
  // success has no body.
  template <typename Response>
  using Answer = absl::AnyInvocable<void(absl::Status, std::shared_ptr<const Response>)>;

  struct Deps {
    std::string name;    // "master" or "agent": the title of /help
    Executor& executor;  // for timers; Post and RunAt from any thread
    files::Files& files;
    std::function<void(absl::AnyInvocable<void()>)> run_on_read_pool;
    CollectMetrics collect_metrics;  // may be null: then there are the machine's figures alone
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

  template <typename Response>
  void AnswerOnReadPool(absl::AnyInvocable<absl::StatusOr<std::shared_ptr<Response>>()> make,
                        Answer<Response> answer);

  void AddInfoRoutes(net::Router& router);
  void AddLoggingRoute(net::Router& router);
  void AddMetricsRoutes(net::Router& router);
  void AddHelpRoute(net::Router& router);

  // Gives `done` a page with everything, on the read pool.
  void Collect(metrics::Form form, absl::AnyInvocable<void(metrics::MetricsPage)> done);

  const Deps deps_;
  const std::vector<std::pair<std::string, std::string>> flags_;
  const std::shared_ptr<LoggingLevel> logging_;
};

}  // namespace mesos
