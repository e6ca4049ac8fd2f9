#include "agent/core/garbage_collector.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace mesos::agent {

absl::Duration AllowedAge(absl::Duration delay, double headroom, double usage) {
  return delay * std::max(0.0, 1.0 - headroom - usage);
}

void GarbageCollector::Schedule(absl::Time since, Removal removal) {
  Unschedule(removal.key);
  std::string key = removal.key;
  by_key_.emplace(std::move(key), deadlines_.Arm(since + delay_, std::move(removal)));
}

void GarbageCollector::Unschedule(const std::string& key) {
  auto it = by_key_.find(key);
  if (it == by_key_.end()) return;
  deadlines_.Cancel(it->second);
  by_key_.erase(it);
}

std::vector<GarbageCollector::Removal> GarbageCollector::PopDue(absl::Time now) {
  std::vector<Removal> due;
  while (due.size() < kMaxPopped) {
    const bool early = deadlines_.Next() > now;
    const bool too_many = deadlines_.size() > kMaxScheduled;
    std::optional<Removal> removal = deadlines_.PopDue(
        too_many ? absl::InfiniteFuture() : std::max(now, pruned_until_ + delay_));
    if (!removal.has_value()) break;
    if (early && !too_many) ++pruned_;
    by_key_.erase(removal->key);
    due.push_back(*std::move(removal));
  }
  return due;
}

absl::Time GarbageCollector::NextDeadline() const {
  const absl::Time next = deadlines_.Next();
  const bool at_once = deadlines_.size() > kMaxScheduled || next <= pruned_until_ + delay_;
  return at_once ? absl::InfinitePast() : next;
}

}  // namespace mesos::agent
