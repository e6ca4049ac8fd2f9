#include "common/leader/leader_watch.h"

#include <utility>
#include <vector>

#include "common/leader/master_address.h"
#include "common/zookeeper/client_session.h"
#include "glog/logging.h"

namespace mesos::leader {

std::shared_ptr<LeaderWatch> LeaderWatch::Start(Executor& executor, const zookeeper::Url& url,
                                                absl::Duration session_timeout) {
  return std::make_shared<LeaderWatch>(
      executor, zookeeper::ClientSessions(url, executor, session_timeout), url.path);
}

LeaderWatch::LeaderWatch(Executor& executor, zookeeper::SessionFactory sessions,
                         const std::string& path)
    : executor_(executor),
      detector_(std::make_unique<election::Detector>(
          executor, std::move(sessions), path,
          [this](std::optional<std::string> leader) { OnDetected(leader); })) {}

LeaderWatch::Follower LeaderWatch::Follow(Heard heard) {
  const Follower follower{++last_follower_};
  followers_[follower] = std::move(heard);
  if (!target_.empty()) {
    executor_.Post("leader_known", [weak = weak_from_this(), follower] {
      const std::shared_ptr<LeaderWatch> self = weak.lock();
      if (self == nullptr) return;
      if (auto it = self->followers_.find(follower); it != self->followers_.end())
        Heard(it->second)(self->target_);
    });
  }
  return follower;
}

void LeaderWatch::OnDetected(const std::optional<std::string>& master_info) {
  if (!master_info) {
    LOG(INFO) << "No leading master is known now";
    return;
  }
  absl::StatusOr<std::string> target = TargetOfLeader(*master_info);
  if (!target.ok()) {
    LOG(ERROR) << "Cannot tell where the leading master is: " << target.status().message();
    return;
  }
  LOG(INFO) << "Detected the leading master at " << *target;
  target_ = *std::move(target);
  std::vector<Follower> all;
  for (const auto& [follower, heard] : followers_) all.push_back(follower);
  for (Follower follower : all) {
    if (auto it = followers_.find(follower); it != followers_.end()) Heard(it->second)(target_);
  }
}

}  // namespace mesos::leader
