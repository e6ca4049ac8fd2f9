#pragma once

// A std::mutex that Clang's thread safety analysis understands.
//
//   Mutex mutex;
//   int count GUARDED_BY(mutex);
//   { MutexLock lock(mutex); ++count; }
//
// absl::Mutex reports false races under ThreadSanitizer with Debian's packages, so the project uses
// this wrapper everywhere. Thread-safe by nature. No lock is ever held while calling out.

#include <condition_variable>
#include <mutex>

#include "absl/base/thread_annotations.h"

namespace mesos {

class ABSL_LOCKABLE Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }

  std::mutex& native() { return mutex_; }

 private:
  std::mutex mutex_;
};

class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : lock_(mutex.native()) {}
  ~MutexLock() ABSL_UNLOCK_FUNCTION() = default;
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  // Waits until `condition` holds; the mutex is released meanwhile and held again on return.
  template <typename Predicate>
  void Wait(std::condition_variable& signal, Predicate condition) {
    signal.wait(lock_, condition);
  }

  // As Wait, for at most `timeout` seconds. Returns what `condition` gave last.
  template <typename Predicate>
  bool WaitFor(std::condition_variable& signal, double timeout_seconds, Predicate condition) {
    return signal.wait_for(lock_, std::chrono::duration<double>(timeout_seconds), condition);
  }

 private:
  std::unique_lock<std::mutex> lock_;
};

}  // namespace mesos
