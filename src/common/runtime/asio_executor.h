#pragma once

// The production Executor: one thread that runs a Boost.Asio io_context.
//
//   AsioExecutor executor("master");      // starts the thread; its name shows in `ps -L`
//   executor.Post("register", [&] { ... });
//   executor.Stop();                      // joins; work that is still queued is dropped
//
// Post, RunAt, Now, Snapshot and queued: from any thread; Cancel and AssertOnThread on its own.
// What is posted while a batch of work runs makes the next batch, so one wake-up serves many posts,
// and work that posts a follow-up sees it run behind everything that was queued meanwhile.
//
// Now() is the wall clock at the start plus the monotonic time since: it never steps, so that
// setting the machine's clock neither fires nor holds back a timer.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/runtime/executor.h"

namespace mesos {

// What one name of work has cost so far. A timer's queue time counts from when it was due.
struct HandlerStats {
  // In nanoseconds, ascending.
  static constexpr std::array<int64_t, 8> kBounds = {10'000,        100'000,       1'000'000,
                                                     3'000'000,     10'000'000,    100'000'000,
                                                     1'000'000'000, 10'000'000'000};
  // How many were at most the bound of their place, and above the one before it.
  using Counts = std::array<uint64_t, kBounds.size()>;

  std::string name;
  uint64_t count = 0;
  absl::Duration queue_total;
  absl::Duration queue_max;
  absl::Duration run_total;
  absl::Duration run_max;
  Counts queue_counts{};
  Counts run_counts{};
};

class AsioExecutor : public Executor {
 public:
  explicit AsioExecutor(const std::string& thread_name);
  ~AsioExecutor() override;  // stops

  void Post(const char* name, Work work) override;
  TimerId RunAt(absl::Time when, const char* name, Work work) override;
  void Cancel(TimerId timer) override;
  absl::Time Now() const override;
  void AssertOnThread() const override;

  // Ends the thread after the work it runs now; what is posted later is dropped. Not from the
  // executor's own thread. Idempotent.
  void Stop();

  // By name, in alphabetical order.
  std::vector<HandlerStats> Snapshot() const;

  // Work that waits for the thread now, timers that are not due apart.
  size_t queued() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mesos
