#pragma once

// Everything that an agent answers over HTTP: the executor API, the operator API, the classic
// endpoints, with and without "/slave(1)" before them.
//
//   AgentApi api({.port = port, .executor = executor, .run_on_read_pool = ..., .facts = ...});
//   HttpServer server(options, [&](auto request, auto responder) {
//     api.Handle(std::move(request), std::move(responder));
//   });
//
// Handle: any thread. The core's thread: Answer, and what the port calls. It outlives the server,
// and lives until nothing runs on the core's thread and the read pool any more.

#include <functional>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "agent/api/agent_port.h"
#include "agent/api/classic_reads.h"
#include "agent/api/executor_api.h"
#include "agent/api/operator_calls.h"
#include "common/auth/gate.h"
#include "common/files/files.h"
#include "common/metrics/metrics_page.h"
#include "common/net/http_message.h"
#include "common/net/http_server.h"
#include "common/net/router.h"
#include "common/operator_api/operator_api.h"
#include "common/runtime/executor.h"

namespace mesos::agent {

class AgentApi {
 public:
  struct Deps {
    AgentPort& port;
    mesos::Executor& executor;  // of the core
    std::function<void(absl::AnyInvocable<void()>)> run_on_read_pool;
    AgentFacts facts;  // without flags
    const auth::Gate& gate;
    // See ExecutorApi.
    std::function<bool(const std::string& directory, const auth::Peer&)> is_within;
    // Adds what does not come from the core; on the read pool. May be null.
    std::function<void(metrics::MetricsPage&)> add_metrics;
  };

  explicit AgentApi(Deps deps);
  ~AgentApi();

  void Handle(net::HttpRequest request, net::Responder responder);

  // A v1 operator call that came in another way than over HTTP.
  void Answer(std::shared_ptr<const v1::agent::Call> call, const auth::CallerPtr& caller,
              rpc::Answer<v1::agent::Response> answer);

 private:
  using Render =
      std::function<void(std::shared_ptr<const Snapshot>, net::HttpRequest, net::Responder)>;

  // `render` runs on the read pool.
  void AddRead(const std::string& path, Render render);
  void AddReads();
  void AttachFiles();
  void CollectMetrics(absl::AnyInvocable<void(OperatorApi::FillMetrics)> done);

  const Deps deps_;
  files::Files files_;
  OperatorApi shared_;
  std::shared_ptr<const AgentFacts> facts_;
  ExecutorApi executors_;
  OperatorCalls calls_;
  net::Router router_;
  net::Router executors_only_;  // on the Unix socket, which every user of the machine may open
};

}  // namespace mesos::agent
