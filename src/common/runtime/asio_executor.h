#pragma once

// The production Executor: one thread that runs a Boost.Asio io_context.
//
//   AsioExecutor executor("master");      // starts the thread; its name shows in `ps -L`
//   executor.Post("register", [&] { ... });
//   executor.Stop();                      // joins; work that is still queued is dropped
//
// Post and RunAt from any thread; Cancel and AssertOnThread on its own.

#include <memory>
#include <string>

#include "common/runtime/executor.h"

namespace mesos {

class AsioExecutor : public Executor {
 public:
  explicit AsioExecutor(const std::string& thread_name);
  ~AsioExecutor() override;  // stops

  void Post(const char* name, Work work) override;
  TimerId RunAt(absl::Time when, const char* name, Work work) override;
  void Cancel(TimerId timer) override;
  absl::Time Now() const override;
  void AssertOnThread() const override;

  // Ends the thread after the work it runs now. Not from the executor's own thread. Idempotent.
  void Stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mesos
