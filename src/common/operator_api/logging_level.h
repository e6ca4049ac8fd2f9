#pragma once

// The verbosity of glog, raised for a while.
//
//   auto logging = std::make_shared<LoggingLevel>(executor);
//   RETURN_IF_ERROR(logging->Raise(1, absl::Minutes(5)));     // the former level comes back then
//   logging->level();
//
// The original level is that of its construction. Thread-safe; the level is the process's own, so
// one object a process.

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/mutex.h"
#include "common/runtime/executor.h"

namespace mesos {

class LoggingLevel : public std::enable_shared_from_this<LoggingLevel> {
 public:
  explicit LoggingLevel(Executor& executor);

  int level() const;

  // A later call replaces an earlier one. InvalidArgument where `level` is below the original or
  // above kMaxLevel, or `duration` is negative or beyond kMaxDuration. Levels are glog's verbosity.
  absl::Status Raise(int64_t level, absl::Duration duration);

  static constexpr int64_t kMaxLevel = 1'000;
  static constexpr absl::Duration kMaxDuration = absl::Hours(24 * 365);

 private:
  void Arm(uint64_t raise, absl::Time end);
  void Restore(uint64_t raise);

  Executor& executor_;
  const int original_;

  // Of the executor's thread.
  TimerId timer_ = TimerId::kNone;

  mutable Mutex mutex_;
  uint64_t raises_ ABSL_GUARDED_BY(mutex_) = 0;  // the timer of an older one does nothing
};

}  // namespace mesos
