#pragma once

// A master without an election: it leads from its start on, and again after its registry could not
// be written for a while.
//
//   Standalone standalone({.reign = {...}, .make_options = ...});
//   standalone.Recover([](absl::Status recovered) { ... });
//   standalone.Lead(options);
//
//   recovering ──▶ leading ──registry lost──▶ recovering, every kRetryInterval ──▶ leading
//
// Executor's thread only.

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "master/core/master_core.h"
#include "master/reign/reign.h"

namespace mesos::master {

class Standalone {
 public:
  static constexpr absl::Duration kRetryInterval = absl::Seconds(1);

  Standalone(Reign::Deps deps, std::function<std::string()> new_id);
  ~Standalone();

  // The errors of Registrar::Recover; what comes of it is the caller's to decide.
  void Recover(std::function<void(absl::Status)> recovered);
  // After that has succeeded. Id and start time are given anew each time it leads.
  void Lead(const MasterOptions& options);

 private:
  void Begin();
  void OnOver();
  void Retry();

  const Reign::Deps deps_;
  const std::function<std::string()> new_id_;
  MasterOptions options_;
  std::unique_ptr<Reign> reign_;
  TimerId retry_ = TimerId::kNone;
};

}  // namespace mesos::master
