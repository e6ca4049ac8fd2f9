#pragma once

// The agent's connections: executors and operators on a port, over gRPC and HTTP alike; executors
// on a Unix socket, likewise; the master as the peer that it dials. Turns what arrives into events
// of the core, and carries out its effects.
//
//   AgentHost transport({.executor = executor,
//                             .sink = [&](Event event) { HandleInCore(std::move(event)); },
//                             .snapshot = [&] { return core.TakeSnapshot(executor.Now()); },
//                             .facts = facts});
//   RETURN_IF_ERROR(transport.Serve("0.0.0.0:5051"));              // transport.port()
//   RETURN_IF_ERROR(transport.ServeExecutors(socket_path));
//   transport.SetMaster(*leader::ParseMasterAddress("zk://one,two/mesos"));
//   transport.Perform(effect);                                     // one overload an effect
//   transport.Shutdown();
//
// Everything on the executor's thread, but construction, Serve..., Shutdown and destruction: not on
// it. After Shutdown no event comes, and effects are ignored. At Shutdown the executor may run or
// have stopped; it outlives the transport.

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "agent/api/classic_reads.h"
#include "agent/core/agent_core.h"
#include "agent/core/events.h"
#include "common/auth/gate.h"
#include "common/leader/master_address.h"
#include "common/metrics/metrics_page.h"
#include "common/net/site_guard.h"
#include "common/runtime/executor.h"

namespace mesos::agent {

class AgentHost {
 public:
  struct Deps {
    mesos::Executor& executor;
    std::function<void(Event)> sink;
    // What the core holds; null where there is no core yet.
    std::function<std::shared_ptr<const Snapshot>()> snapshot;
    // Of a custom executor that runs; empty where there is none. On the executor's thread.
    std::function<ContainerPlace(const std::string& framework_id, const std::string& executor_id)>
        container_of = nullptr;
    AgentFacts facts;
    // Who may do what; outlives the host.
    const auth::Gate* gate = &auth::OpenGate();
    // Under which names it is called over HTTP, and for pages of which hosts; addresses pass.
    net::SiteNames site = {};
    // Adds metrics of what neither the core nor the transport knows; on any thread. May be null.
    std::function<void(metrics::MetricsPage&)> add_metrics = nullptr;
  };

  explicit AgentHost(Deps deps);
  ~AgentHost();  // shuts down

  absl::Status Serve(const std::string& address);
  int port() const;

  // The socket is open to every local user, as executors run under the users of their tasks, and
  // serves nothing but executors, who prove themselves. What a dead agent left at the path is
  // replaced.
  absl::Status ServeExecutors(const std::string& socket_path);

  // What OpenMasterLink dials.
  void SetMaster(leader::MasterAddress master);

  void Perform(const OpenMasterLink& effect);
  void Perform(const CloseMasterLink& effect);
  void Perform(const SendToMaster& effect);
  void Perform(const SendToExecutor& effect);
  void Perform(const CloseExecutorSession& effect);
  void Perform(const AnswerExecutorCall& effect);

  void Shutdown();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mesos::agent
