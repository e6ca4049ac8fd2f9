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
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "common/metrics/metrics_page.h"
#include "common/runtime/executor.h"
#include "master/api/leadership.h"
#include "master/core/master_core.h"

namespace mesos::master {

struct MasterHostOptions {
  uint64_t seed = 0;  // for the ids of event streams; the daemon takes it from the system
  bool publish_per_framework_metrics = true;
  std::string log_file;  // served as /master/log; empty where it logs to stderr alone
  // Adds metrics of what the host does not know, on any thread; may be null.
  std::function<void(metrics::MetricsPage&)> add_metrics = nullptr;
};

// Writes to the registry and calls back later, in order; see Registrar::Persist.
using PersistFunction =
    std::function<void(std::vector<RegistryOperation>, absl::AnyInvocable<void(absl::Status)>)>;

struct Leading {
  std::unique_ptr<MasterCore> core;
  // Once this has passed, the host steps down before it gives the core anything: a process that was
  // stopped may wake up with messages before it learns that another leads. Null: forever.
  std::function<absl::Time()> leads_until = nullptr;
  // Null: nothing outlives the core, and every write is done at once.
  PersistFunction persist = nullptr;
  // Called after the core has given up and the host has stepped down; may be null.
  std::function<void(absl::Status why)> abdicated = nullptr;
};

class MasterHost {
 public:
  using CoreFactory = std::function<std::unique_ptr<MasterCore>(int port)>;

  explicit MasterHost(Executor& executor, const MasterHostOptions& options = {});
  ~MasterHost();  // shuts down

  // Listens and leads, without a registry. Unavailable, naming the address, where it cannot listen
  // there.
  absl::Status Start(const std::string& address, const CoreFactory& make_core);

  // The same, without a core: nobody leads here, and no leader is known.
  absl::Status Listen(const std::string& address);

  int port() const;

  // ---- On the executor's thread, between Listen and Shutdown

  // It will lead in a moment: sessions over gRPC are taken and wait for that, or for StepDown.
  void ExpectToLead();

  // From now on the core takes what comes. Not while another one leads.
  void Lead(Leading leading);

  // The core ends, and every session with it: agents and schedulers look for the next leader.
  void StepDown(const std::string& reason);

  // Where readers are sent while another master leads; nullopt where none is known.
  void SetLeader(std::optional<Leadership::Address> leader);

  // Ends every stream, and the core. Idempotent.
  void Shutdown();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mesos::master
