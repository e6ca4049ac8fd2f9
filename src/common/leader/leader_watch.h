#pragma once

// Follows who leads by ZooKeeper, for all the streams of one client.
//
//   std::shared_ptr<LeaderWatch> watch = LeaderWatch::Start(executor, url, timeout);
//   LeaderWatch::Follower follower = watch->Follow([](const std::string& target) { ... });
//   watch->Unfollow(follower);
//
// A follower hears the leader's host:port, now (but not from within Follow) where it is known, and
// then whenever another one leads. Executor's thread only.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "common/election/detector.h"
#include "common/runtime/executor.h"
#include "common/zookeeper/session.h"
#include "common/zookeeper/url.h"

namespace mesos::leader {

class LeaderWatch : public std::enable_shared_from_this<LeaderWatch> {
 public:
  enum class Follower : uint64_t {};
  using Heard = std::function<void(const std::string& target)>;

  static std::shared_ptr<LeaderWatch> Start(Executor& executor, const zookeeper::Url& url,
                                            absl::Duration session_timeout);

  // For tests: over other sessions.
  LeaderWatch(Executor& executor, zookeeper::SessionFactory sessions, const std::string& path);

  Follower Follow(Heard heard);
  // Whether a leader was ever heard of.
  bool known() const { return !target_.empty(); }
  void Unfollow(Follower follower) { followers_.erase(follower); }

 private:
  void OnDetected(const std::optional<std::string>& master_info);

  Executor& executor_;
  std::map<Follower, Heard> followers_;
  uint64_t last_follower_ = 0;
  std::string target_;  // of the last leader that was known; empty before the first
  std::unique_ptr<election::Detector> detector_;
};

}  // namespace mesos::leader
