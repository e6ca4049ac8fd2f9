#include "common/election/detector.h"

#include <utility>

#include "common/election/layout.h"
#include "glog/logging.h"

namespace mesos::election {

Detector::Detector(Executor& executor, zookeeper::SessionFactory sessions, std::string path,
                   Changed changed)
    : executor_(executor),
      sessions_(std::move(sessions)),
      path_(std::move(path)),
      changed_(std::move(changed)) {
  Open();
}

Detector::~Detector() { executor_.Cancel(timer_); }

void Detector::Open() {
  session_ = sessions_({.connected = [this] { Read(); },
                        .disconnected =
                            [this] {
                              LOG(WARNING) << "Connection to ZooKeeper lost while detecting the "
                                              "leader under path="
                                           << path_;
                            },
                        .ended = [this](absl::Status why) { OnEnded(why); }});
}

void Detector::Read() {
  executor_.Cancel(std::exchange(timer_, TimerId::kNone));
  zookeeper::Watch watch;
  if (!std::exchange(watches_path_, true)) {
    watch = [this] {
      watches_path_ = false;
      Read();
    };
  }
  const bool watches = watch != nullptr;
  session_->Children(path_, std::move(watch),
                     [this, watches](absl::StatusOr<std::vector<std::string>> names) {
                       if (!names.ok() && watches) watches_path_ = false;
                       OnChildren(std::move(names));
                     });
}

void Detector::OnChildren(absl::StatusOr<std::vector<std::string>> names) {
  if (!names.ok()) {
    if (absl::IsNotFound(names.status())) Tell(std::nullopt);
    ReadAgainLater(names.status());
    return;
  }
  const std::optional<std::string> lowest = LowestCandidate(*names);
  if (!lowest) {
    leader_name_.clear();
    Tell(std::nullopt);
    return;
  }
  if (*lowest == leader_name_ && leader_) return;
  ReadLeader(*lowest);
}

// Candidates do not change what they stand with; an operator may, to mend it.
void Detector::ReadLeader(const std::string& name) {
  zookeeper::Watch watch;
  if (std::exchange(watched_node_, name) != name) {
    watch = [this, name] {
      if (watched_node_ == name) watched_node_.clear();
      if (leader_name_ == name) ReadLeader(name);
    };
  }
  const bool watches = watch != nullptr;
  session_->Get(ChildPath(path_, name), std::move(watch),
                [this, name, watches](absl::StatusOr<zookeeper::Node> node) {
                  if (!node.ok() && watches && watched_node_ == name) watched_node_.clear();
                  OnLeader(name, std::move(node));
                });
}

void Detector::OnLeader(const std::string& name, absl::StatusOr<zookeeper::Node> node) {
  if (!node.ok()) {
    // Gone meanwhile: the watch on the children brings us back.
    if (!absl::IsNotFound(node.status())) ReadAgainLater(node.status());
    return;
  }
  log_.Reset();
  leader_name_ = name;
  Tell(std::move(node->data));
}

void Detector::OnEnded(const absl::Status& why) {
  LOG_IF(WARNING, log_.Admits(executor_.Now(), why.message()))
      << "Detecting the leader under path=" << path_ << " anew: " << why.message();
  session_ = nullptr;
  leader_name_.clear();
  watches_path_ = false;
  watched_node_.clear();
  executor_.Cancel(timer_);
  // Only a session that was there can expire.
  const absl::Duration wait = absl::IsCancelled(why) ? absl::ZeroDuration() : kRetryInterval;
  timer_ = executor_.RunAt(executor_.Now() + wait, "detector_session", [this] {
    timer_ = TimerId::kNone;
    Open();
  });
  Tell(std::nullopt);
}

void Detector::ReadAgainLater(const absl::Status& why) {
  // While it is disconnected, `connected` brings the next read.
  if (absl::IsCancelled(why)) return;
  if (log_.Admits(executor_.Now(), why.message())) {
    if (absl::IsNotFound(why)) {
      LOG(INFO) << "No master has stood for election yet under path=" << path_;
    } else {
      LOG(WARNING) << "Cannot read who leads: " << why.message();
    }
  }
  executor_.Cancel(timer_);
  timer_ = executor_.RunAt(executor_.Now() + kRetryInterval, "detector_read", [this] {
    timer_ = TimerId::kNone;
    Read();
  });
}

void Detector::Tell(std::optional<std::string> leader) {
  if (leader == leader_) return;
  leader_ = std::move(leader);
  changed_(leader_);
}

}  // namespace mesos::election
