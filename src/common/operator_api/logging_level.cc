#include "common/operator_api/logging_level.h"

#include "absl/strings/str_cat.h"
#include "gflags/gflags_declare.h"
#include "glog/logging.h"
#include "glog/vlog_is_on.h"

namespace mesos {

LoggingLevel::LoggingLevel(Executor& executor) : executor_(executor), original_(FLAGS_v) {}

int LoggingLevel::level() const {
  MutexLock lock(mutex_);
  return FLAGS_v;
}

absl::Status LoggingLevel::Raise(int64_t level, absl::Duration duration) {
  if (level < 0 || level > kMaxLevel) {
    return absl::InvalidArgumentError(absl::StrCat("Invalid level '", level, "'"));
  }
  if (level < original_) {
    return absl::InvalidArgumentError(absl::StrCat("'", level, "' < original level"));
  }
  if (duration < absl::ZeroDuration() || duration > kMaxDuration) {
    return absl::InvalidArgumentError(
        absl::StrCat("Invalid duration '", absl::FormatDuration(duration), "'"));
  }
  uint64_t raise = 0;
  {
    MutexLock lock(mutex_);
    raise = ++raises_;
    FLAGS_v = static_cast<int>(level);
  }
  LOG(INFO) << "Logging level is " << level << " for " << absl::FormatDuration(duration);
  const absl::Time end = executor_.Now() + duration;
  executor_.Post("arm_logging_level", [weak = weak_from_this(), raise, end] {
    if (auto self = weak.lock()) self->Arm(raise, end);
  });
  return absl::OkStatus();
}

void LoggingLevel::Arm(uint64_t raise, absl::Time end) {
  executor_.Cancel(timer_);
  timer_ = executor_.RunAt(end, "restore_logging_level", [weak = weak_from_this(), raise] {
    if (auto self = weak.lock()) self->Restore(raise);
  });
}

void LoggingLevel::Restore(uint64_t raise) {
  MutexLock lock(mutex_);
  if (raise == raises_) FLAGS_v = original_;
}

}  // namespace mesos
