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
// `elected` and `lost` alternate, on the executor, never from within the constructor. A leader that
// is cut off from ZooKeeper hears `lost` before the ensemble can have ended its session, so before
// another can lead: it asks ZooKeeper for its own node every eighth of the session's timeout, and
// gives up seven eighths after it sent the last question that was answered. It then stands again,
// in a new session and at the end of the queue. Destroying it (on the executor's thread) withdraws
// the candidate at once.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/runtime/executor.h"
#include "common/zookeeper/session.h"

namespace mesos::election {

struct ContenderObserver {
  std::function<void()> elected;
  std::function<void(absl::Status why)> lost;
};

class Contender {
 public:
  static constexpr absl::Duration kRetryInterval = absl::Seconds(1);

  Contender(Executor& executor, zookeeper::SessionFactory sessions, std::string path,
            std::function<std::string()> candidate, ContenderObserver observer);
  ~Contender();

  Contender(const Contender&) = delete;
  Contender& operator=(const Contender&) = delete;

  bool leading() const { return leading_; }

 private:
  void Open();
  void OnConnected();
  void MakeParents(size_t made);
  void MakeNode();
  void ReadCandidates();
  void OnCandidates(absl::StatusOr<std::vector<std::string>> names);
  void Probe();
  void OnProbed(absl::Time asked, const absl::Status& status);
  // Leaves the session, tells of the loss where it led, and begins anew after `wait`.
  void StartOver(const absl::Status& why, absl::Duration wait = kRetryInterval);

  Executor& executor_;
  const zookeeper::SessionFactory sessions_;
  const std::string path_;
  const std::vector<std::string> parents_;  // path_ and what it stands in, the outermost first
  const std::function<std::string()> candidate_;
  const ContenderObserver observer_;

  std::unique_ptr<zookeeper::Session> session_;
  std::string name_;  // of our node; empty until it is made
  bool entering_ = false;
  bool leading_ = false;
  // Invariant: runs_out_ is armed while there is a node, for seven eighths of the timeout after the
  // last question that was answered.
  TimerId runs_out_ = TimerId::kNone;
  TimerId next_probe_ = TimerId::kNone;
  TimerId reopen_ = TimerId::kNone;
};

}  // namespace mesos::election
