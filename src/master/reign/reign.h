#pragma once

// One time that this master leads: it takes the registry over, then the host leads with what the
// registry holds.
//
//   Reign reign({.executor = executor, .host = host, .store = store, ...});
//   reign.Recover("master 7f1b at one:5050", [&](absl::Status recovered) {
//     if (recovered.ok()) reign.Begin(options, nullptr, [](absl::Status why_it_is_over) { ... });
//   });
//
//   new ──Recover──▶ recovering ──▶ recovered ──Begin──▶ leading ──▶ over (the core abdicated)
//
// Meanwhile the host expects to lead. Taking the registry over fences whoever led before.
// Executor's thread only; the destructor ends the reign at once, and nothing is called after it.

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "common/runtime/executor.h"
#include "common/store/store.h"
#include "master/core/master_core.h"
#include "master/registry/registrar.h"
#include "master/reign/leader_host.h"

namespace mesos::master {

class Reign {
 public:
  struct Deps {
    Executor& executor;
    LeaderHost& host;
    store::Store& store;
    RegistrarOptions registrar;
    std::function<std::unique_ptr<MasterCore>(const MasterOptions&, const Registry&)> make_core;
  };

  explicit Reign(Deps deps);
  ~Reign();

  // Once. `owner` is for people who look into the store. The errors of Registrar::Recover.
  void Recover(const std::string& owner, std::function<void(absl::Status)> recovered);

  // After that has succeeded. `leads_until` as in Leading; null: forever. `over` is called when the
  // core has given up; the owner then ends this reign.
  void Begin(const MasterOptions& options, std::function<absl::Time()> leads_until,
             std::function<void(absl::Status why)> over);

  // Why it ends, for what clients are told; the destructor says less.
  void End(const std::string& why);

 private:
  const Deps deps_;
  Registrar registrar_;
  Registry registry_;  // between Recover and Begin
  bool over_ = false;
};

}  // namespace mesos::master
