#pragma once

// Work for an executor that the caller waits for: how a daemon's main thread starts and ends what
// lives on another thread.
//
//   RunAndWait(executor, "shutdown", [&] { sessions.Clear(); });
//
// Not from the executor's own thread. Where the executor has stopped, nothing else runs on it, and
// the work is done by the caller.

#include <future>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "common/runtime/executor.h"

namespace mesos {

inline void RunAndWait(Executor& executor, const char* name, absl::AnyInvocable<void()> work) {
  bool ran = false;
  std::promise<void> promise;
  std::future<void> done = promise.get_future();
  // A stopped executor destroys what is posted, which breaks the promise and ends the wait.
  executor.Post(name, [&ran, &work, promise = std::move(promise)]() mutable {
    work();
    ran = true;
    promise.set_value();
  });
  done.wait();
  if (!ran) work();
}

}  // namespace mesos
