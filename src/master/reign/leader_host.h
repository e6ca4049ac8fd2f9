#pragma once

// What takes a core and leads with it: the daemon's host with its sessions, or the simulation's.
//
//   host.ExpectToLead();
//   host.Lead({.core = NewCore(), .persist = ..., .abdicated = ...});
//   host.StepDown("its session expired");
//   host.SetLeader(LeaderAddress{"one", 5050});
//
//   following ──ExpectToLead──▶ expecting ──Lead──▶ leading
//       ▲────────────────StepDown──┴──StepDown, the core abdicates──┘
//
// On the executor's thread.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "master/core/master_core.h"

namespace mesos::master {

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

struct LeaderAddress {
  std::string hostname;
  int port = 0;
};

class LeaderHost {
 public:
  virtual ~LeaderHost() = default;

  // It will lead in a moment: sessions are taken and wait for that, or for StepDown.
  virtual void ExpectToLead() = 0;

  // From now on the core takes what comes. Not while another one leads.
  virtual void Lead(Leading leading) = 0;

  // The core ends, and every session with it: agents and schedulers look for the next leader.
  // Nothing where it neither leads nor expects to.
  virtual void StepDown(const std::string& reason) = 0;

  // Where readers are sent while another master leads; nullopt where none is known.
  virtual void SetLeader(std::optional<LeaderAddress> leader) = 0;
};

}  // namespace mesos::master
