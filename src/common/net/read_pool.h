#pragma once

// Threads that make big bodies, away from the I/O thread and the core.
//
//   ReadPool pool("http", 2);
//   pool.Run([...] { ... });        // any thread
//   pool.Stop();                    // waits for what runs; what waits is dropped
//
// A body runs one piece at a time, so many readers share the threads fairly. What waits is bounded
// by the number of connections.

#include <condition_variable>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "common/base/mutex.h"

namespace mesos::net {

class ReadPool {
 public:
  using Work = absl::AnyInvocable<void()>;

  ReadPool(const std::string& name, int threads);
  ~ReadPool();  // stops

  // Dropped, on the caller's thread, after Stop.
  void Run(Work work);

  // Not from one of its threads. Idempotent.
  void Stop();

 private:
  void Loop();

  Mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> waiting_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;

  std::vector<std::thread> threads_;
};

}  // namespace mesos::net
