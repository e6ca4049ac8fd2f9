#include "agent/core/garbage_collector.h"

#include <optional>
#include <utility>

namespace mesos::agent {

void GarbageCollector::Schedule(absl::Time now, Removal removal) {
  Unschedule(removal.key);
  std::string key = removal.key;
  by_key_.emplace(std::move(key), deadlines_.Arm(now + delay_, std::move(removal)));
}

void GarbageCollector::Unschedule(const std::string& key) {
  auto it = by_key_.find(key);
  if (it == by_key_.end()) return;
  deadlines_.Cancel(it->second);
  by_key_.erase(it);
}

std::vector<GarbageCollector::Removal> GarbageCollector::PopDue(absl::Time now) {
  std::vector<Removal> due;
  while (std::optional<Removal> removal =
             deadlines_.PopDue(deadlines_.size() > kMaxScheduled ? absl::InfiniteFuture() : now)) {
    by_key_.erase(removal->key);
    due.push_back(*std::move(removal));
  }
  return due;
}

}  // namespace mesos::agent
