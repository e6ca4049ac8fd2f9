#pragma once

// Tells who leads, by what stands in ZooKeeper.
//
//   Detector detector(executor, sessions, "/mesos", [](std::optional<std::string> leader) { ... });
//
//   no session ──connected──▶ reading ──▶ watching ──children changed──▶ reading
//        ▲                                    │
//        └──────────── session ended ─────────┘      nobody is known to lead
//
// `changed` is called, on the executor and never from within the constructor, with the content of
// the leader's node (its MasterInfo, see layout.h) whenever it is another one, and with nullopt
// where there is none or nothing is known any more. While the connection is lost, what was read
// last stands; it goes with the session. Errors are logged, seldom where they stay the same, and
// tried again after kRetryInterval. Destroy it on the executor's thread; it is silent from then on.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/log_limiter.h"
#include "common/runtime/executor.h"
#include "common/zookeeper/session.h"

namespace mesos::election {

class Detector {
 public:
  using Changed = std::function<void(std::optional<std::string> leader)>;

  static constexpr absl::Duration kRetryInterval = absl::Seconds(1);

  Detector(Executor& executor, zookeeper::SessionFactory sessions, std::string path,
           Changed changed);
  ~Detector();

  Detector(const Detector&) = delete;
  Detector& operator=(const Detector&) = delete;

 private:
  void Open();
  void Read();
  void OnChildren(absl::StatusOr<std::vector<std::string>> names);
  void ReadLeader(const std::string& name);
  void OnLeader(const std::string& name, absl::StatusOr<zookeeper::Node> node);
  void OnEnded(const absl::Status& why);
  void ReadAgainLater(const absl::Status& why);
  void Tell(std::optional<std::string> leader);

  Executor& executor_;
  const zookeeper::SessionFactory sessions_;
  const std::string path_;
  const Changed changed_;

  std::unique_ptr<zookeeper::Session> session_;
  TimerId timer_ = TimerId::kNone;  // the next session, or the next read
  std::optional<std::string> leader_;
  std::string leader_name_;
  LogLimiter log_;

  // Which watches stand: one on the path, and one on the node of this name. A second one for the
  // same would never go.
  bool watches_path_ = false;
  std::string watched_node_;
};

}  // namespace mesos::election
