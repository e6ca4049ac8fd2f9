#pragma once

// An Executor on virtual time and the caller's thread, for tests and the simulation.
//
//   FakeExecutor executor;
//   executor.Post("a", ...);  executor.RunAt(executor.Now() + absl::Seconds(5), "b", ...);
//   executor.Run();                                  // a
//   executor.Advance(absl::Seconds(5));              // b
//
// Work that is due at the same time runs in order of posting.

#include <cstdint>
#include <map>
#include <utility>

#include "common/runtime/executor.h"

namespace mesos {

class FakeExecutor : public Executor {
 public:
  void Post(const char* name, Work work) override { Add(now_, std::move(work)); }

  TimerId RunAt(absl::Time when, const char* name, Work work) override {
    return Add(when > now_ ? when : now_, std::move(work));
  }

  void Cancel(TimerId timer) override {
    auto it = due_.find(timer);
    if (it == due_.end()) return;
    queue_.erase({it->second, timer});
    due_.erase(it);
  }

  absl::Time Now() const override { return now_; }
  void AssertOnThread() const override {}

  // Runs what is due now, and what that posts.
  void Run() { RunUntil(now_); }

  // Lets `duration` pass and runs what is due meanwhile, each at its time.
  void Advance(absl::Duration duration) { RunUntil(now_ + duration); }

 private:
  TimerId Add(absl::Time when, Work work) {
    const TimerId timer{++last_timer_};
    queue_.emplace(std::pair(when, timer), std::move(work));
    due_.emplace(timer, when);
    return timer;
  }

  void RunUntil(absl::Time end) {
    while (!queue_.empty() && queue_.begin()->first.first <= end) {
      auto next = queue_.extract(queue_.begin());
      due_.erase(next.key().second);
      now_ = next.key().first;
      next.mapped()();
    }
    now_ = end;
  }

  absl::Time now_ = absl::UnixEpoch() + absl::Hours(24 * 365 * 50);
  uint64_t last_timer_ = 0;
  // Invariant: `due_` has the time of each timer in `queue_`.
  std::map<std::pair<absl::Time, TimerId>, Work> queue_;
  std::map<TimerId, absl::Time> due_;
};

}  // namespace mesos
