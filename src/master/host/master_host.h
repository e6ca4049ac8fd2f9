#pragma once

// Hosts a MasterCore: gives it the time, turns its sessions into streams and its effects into
// deeds. One port serves gRPC and HTTP.
//
//   MasterHost host(executor);
//   absl::Status started = host.Start("0.0.0.0:5050", [&](int port) { return NewCore(port); });
//   host.port();
//   host.Shutdown();                       // before the executor stops
//
// With an election the core is there only while this master leads:
//
//   host.Listen("0.0.0.0:5050");
//   host.Lead({.core = NewCore(), .persist = ..., .abdicated = ...});
//   host.StepDown("its session expired");  host.SetLeader(address);
//
//   following ──ExpectToLead──▶ expecting ──Lead──▶ leading ──▶ following, by StepDown or when
//       └─────────────Lead──────────────────────────────▲       the core abdicates
//
// Following, sessions are refused and readers redirected; expecting, sessions wait.
//
// One thread, the executor's, holds the core; it is woken by a message or by the core's next
// deadline. Start, Shutdown and destruction: not on the executor's thread. The core is made after
// the port is known and before any message reaches it.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "common/auth/gate.h"
#include "common/metrics/metrics_page.h"
#include "common/net/site_guard.h"
#include "common/runtime/executor.h"
#include "master/core/master_core.h"
#include "master/reign/leader_host.h"

namespace mesos::master {

struct MasterHostOptions {
  uint64_t seed = 0;  // for the ids of event streams; the daemon takes it from the system
  bool publish_per_framework_metrics = true;
  // Who may do what; outlives the host.
  const auth::Gate* gate = &auth::OpenGate();
  std::string log_file;  // served as /master/log; empty where it logs to stderr alone
  // Under which names it is called over HTTP, and for pages of which hosts; addresses pass.
  net::SiteNames site = {};
  // Adds metrics of what the host does not know, on any thread; may be null.
  std::function<void(metrics::MetricsPage&)> add_metrics = nullptr;
};

class MasterHost final : public LeaderHost {
 public:
  using CoreFactory = std::function<std::unique_ptr<MasterCore>(int port)>;

  explicit MasterHost(Executor& executor, const MasterHostOptions& options = {});
  ~MasterHost() override;  // shuts down

  // Listens and leads, without a registry. Unavailable, naming the address, where it cannot listen
  // there.
  absl::Status Start(const std::string& address, const CoreFactory& make_core);

  // The same, without a core: nobody leads here, and no leader is known.
  absl::Status Listen(const std::string& address);

  int port() const;

  // ---- LeaderHost, between Listen and Shutdown
  void ExpectToLead() override;
  void Lead(Leading leading) override;
  void StepDown(const std::string& reason) override;
  void SetLeader(std::optional<LeaderAddress> leader) override;

  // Ends every stream, and the core. Idempotent.
  void Shutdown();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mesos::master
