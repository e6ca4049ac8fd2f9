#pragma once

// Lets a host lead while ZooKeeper has elected it, and tells it where the leader is while not.
//
//   Candidacy candidacy({.executor = executor, .reign = {...}, .sessions = ..., .path = "/mesos"});
//
//   standing ──elected──▶ recovering the registry ──▶ leading
//      ▲   ▲                        │                    │
//      │   └── election lost ◀──────┼────────────────────┤
//      └── kRestandDelay ◀── registry lost: it withdraws ┘
//
// Each time it stands it comes under a new id, since every id that a leader gives begins with its
// own and is counted from zero. A leader whose registry cannot be read or written withdraws, so
// that another one may lead, and stands again later. Executor's thread only, destruction too, which
// withdraws it at once: the next leader is elected then.

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "common/election/contender.h"
#include "common/election/detector.h"
#include "common/runtime/executor.h"
#include "common/runtime/random.h"
#include "common/zookeeper/session.h"
#include "master/core/master_core.h"
#include "master/reign/reign.h"

namespace mesos::master {

class Candidacy {
 public:
  // Between a withdrawal and the next candidacy; long enough for another master to be elected.
  static constexpr absl::Duration kRestandDelay = absl::Seconds(2);

  struct Deps {
    Executor& executor;
    Reign::Deps reign;
    zookeeper::SessionFactory sessions;
    std::string path;
    MasterOptions options;  // the id is given anew at each election
    uint64_t seed = 0;
  };

  explicit Candidacy(Deps deps);
  ~Candidacy();

 private:
  void Enter();
  std::string Stand();
  void OnElected();
  void OnRecovered(const absl::Status& recovered);
  void Withdraw(const absl::Status& why);
  void OnDetected(const std::optional<std::string>& master_info);

  Deps deps_;
  Random random_;
  // Invariant: a reign only with a contender that leads; `restand_` only without a contender.
  std::unique_ptr<Reign> reign_;
  std::unique_ptr<election::Contender> contender_;
  TimerId restand_ = TimerId::kNone;
  std::unique_ptr<election::Detector> detector_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace mesos::master
