#pragma once

// Stands for election in ZooKeeper, again and again for as long as it lives.
//
//   Contender contender(executor, sessions, "/mesos", [] { return master_info_json; },
//                       {.elected = [] { ... }, .lost = [](absl::Status why) { ... }});
//
//               connected                node made            lowest number
//   opening ──────────────▶ entering ──────────────▶ standing ─────────────▶ leading
//      ▲                        │                        │                      │
//      └────────────────────────┴── lost: session ended, node gone, cut off ────┘
//
// `elected` and `lost` alternate, on the executor, never from within the constructor; neither may
// destroy the contender. A leader that is cut off from ZooKeeper hears `lost` before the ensemble
// can have ended its session, so before another can lead: every eighth of the session's timeout it
// asks the ensemble, by way of its leader, for its own node, and gives up seven eighths after it
// sent the last question that was answered. A process that was stopped may wake up later than that
// with work queued before the contender's timer: who acts as the leader looks at leads_until()
// first. A leader also gives up when its node is gone or another stands before it. It then stands
// again, in a new session and at the end of the queue. Destroying it (on the executor's thread)
// withdraws the candidate at once.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/base/log_limiter.h"
#include "common/runtime/executor.h"
#include "common/zookeeper/session.h"

namespace mesos::election {

struct ContenderObserver {
  std::function<void()> elected;
  std::function<void(absl::Status why)> lost;
};

class Contender {
 public:
  // After what failed before there was a candidate; otherwise it stands again at once.
  static constexpr absl::Duration kRetryInterval = absl::Seconds(1);

  Contender(Executor& executor, zookeeper::SessionFactory sessions, std::string path,
            std::function<std::string()> candidate, ContenderObserver observer);
  ~Contender();

  Contender(const Contender&) = delete;
  Contender& operator=(const Contender&) = delete;

  bool leading() const { return leading_; }

  // Until when nobody else can lead, as far as is known now; in the past while this one does not.
  // It never comes back once it has passed: `lost` follows then.
  absl::Time leads_until() const { return leading_ ? stands_until_ : absl::InfinitePast(); }

 private:
  void Open();
  void OnConnected();
  void MakeNode();
  void MakeParents(size_t made);
  void OnMade(absl::Time asked, const std::string& path);
  void ReadCandidates();
  void OnCandidates(absl::StatusOr<std::vector<std::string>> names);
  void Probe();
  void OnProbed(absl::Time asked, const absl::Status& status);
  void StandUntil(absl::Time asked);
  // Leaves the session, tells of the loss where it led, and begins anew.
  void StartOver(const absl::Status& why);

  Executor& executor_;
  const zookeeper::SessionFactory sessions_;
  const std::string path_;
  const std::vector<std::string> parents_;  // path_ and what it stands in, the outermost first
  const std::function<std::string()> candidate_;
  const ContenderObserver observer_;
  LogLimiter log_;

  std::unique_ptr<zookeeper::Session> session_;
  std::string name_;  // of our node; empty until it is made
  bool entering_ = false;
  bool made_parents_ = false;
  bool watching_ = false;  // a watch stands on the path
  bool leading_ = false;
  // Invariant: while there is a node, runs_out_ is armed for stands_until_, seven eighths of the
  // timeout after the last question that was answered.
  absl::Time stands_until_ = absl::InfinitePast();
  TimerId runs_out_ = TimerId::kNone;
  TimerId next_probe_ = TimerId::kNone;
  TimerId reopen_ = TimerId::kNone;
};

}  // namespace mesos::election
