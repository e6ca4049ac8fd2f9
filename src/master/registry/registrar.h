#pragma once

// Keeps the registry in a store for the one master that leads: recovers it, and writes what
// changes, many changes in one write.
//
//   Registrar registrar(executor, store, options);
//   registrar.Recover("master 7f1b", [](absl::StatusOr<Registry> registry) { ... });
//   registrar.Persist({AdmitAgent{info}}, [](absl::Status done) { ... });
//
//   idle ──Recover──▶ recovering ──▶ ready ──Persist──▶ writing ──▶ ready
//                          │                               │
//                          └──────────── lost ◀────────────┘
//
// One write is under way at a time; what comes meanwhile waits and goes out together in the next.
// Callbacks come in order, on the executor. What cannot reach the store is tried again until the
// timeout; then, and where another master has the store, the registrar is lost: that and every
// further Persist fails, and the master has to step down. Executor's thread only; destruction
// silences it.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/runtime/executor.h"
#include "common/store/store.h"
#include "master/registry/registry.h"

namespace mesos::master {

// Hears what metrics show; on the executor. Each may be null.
struct RegistrarObserver {
  std::function<void(absl::Duration)> recovered;
  std::function<void(absl::Duration)> written;
  std::function<void(size_t waiting, size_t bytes)> changed;
};

struct RegistrarOptions {
  absl::Duration fetch_timeout = absl::Minutes(1);
  absl::Duration store_timeout = absl::Seconds(20);
  absl::Duration retry_interval = absl::Seconds(1);
  RegistrarObserver observer = {};
};

class Registrar {
 public:
  using Recovered = absl::AnyInvocable<void(absl::StatusOr<Registry>)>;
  using Done = absl::AnyInvocable<void(absl::Status)>;

  Registrar(Executor& executor, store::Store& store, const RegistrarOptions& options = {});
  ~Registrar();

  // Once. The errors of store::Store, and those of Registry::FromEntries.
  void Recover(const std::string& owner, Recovered recovered);

  // After Recover has succeeded.
  void Persist(std::vector<RegistryOperation> operations, Done done);

  uint64_t epoch() const { return epoch_; }
  uint64_t writes() const { return writes_; }
  size_t waiting() const { return waiting_.size(); }

 private:
  struct Request {
    std::vector<RegistryOperation> operations;
    Done done;
  };

  void Acquire();
  void WriteNext();
  void Write();
  void OnWritten(const absl::Status& status);
  void Lose(const absl::Status& why);
  void TellChanged() const;
  // Whether it was not too late for that.
  bool RetryLater(const absl::Status& why, const char* what, void (Registrar::*retry)());

  Executor& executor_;
  store::Store& store_;
  const RegistrarOptions options_;

  std::string owner_;
  Recovered recovered_;
  absl::Time began_at_;
  absl::Time give_up_at_;
  TimerId retry_ = TimerId::kNone;

  Registry registry_;  // with what is being written
  uint64_t epoch_ = 0;
  uint64_t writes_ = 0;
  absl::Status lost_;

  // Invariant: changes_ is what the requests in `writing_` change; both are empty between writes.
  std::vector<Request> waiting_;
  std::vector<Request> writing_;
  std::vector<store::Change> changes_;

  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace mesos::master
