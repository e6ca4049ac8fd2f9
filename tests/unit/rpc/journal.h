#pragma once

// A thread-safe list of what happened, which a test waits on.

#include <condition_variable>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/mutex.h"

namespace mesos::rpc {

inline constexpr double kDeadlineSeconds = 30;

class Journal {
 public:
  void Add(std::string line) {
    MutexLock lock(mutex_);
    lines_.push_back(std::move(line));
    changed_.notify_all();
  }
  bool WaitFor(const std::function<bool(const std::vector<std::string>&)>& condition) {
    MutexLock lock(mutex_);
    return lock.WaitFor(changed_, kDeadlineSeconds, [&] { return condition(lines_); });
  }
  bool WaitForSize(size_t size) {
    return WaitFor([size](const auto& lines) { return lines.size() >= size; });
  }
  bool WaitForLine(const std::string& prefix) {
    return WaitFor([&](const auto& lines) {
      for (const std::string& line : lines) {
        if (line.compare(0, prefix.size(), prefix) == 0) return true;
      }
      return false;
    });
  }
  std::vector<std::string> lines() {
    MutexLock lock(mutex_);
    return lines_;
  }

 private:
  Mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mesos::rpc
