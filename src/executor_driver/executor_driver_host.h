#pragma once

// The executor driver's core with its threads. It stands between the core and the public classes
// because both common/runtime and the public header have a class of the name Executor, and no file
// may see both.
//
//   ExecutorDriverHost host(options, target, token, [](Effect& effect) { ... });
//   host.Post(Start{});
//   host.Post(Stop{});
//   host.Join();
//
// Threads and ownership: as CoreHost (common/core_host/core_host.h).

#include <functional>
#include <memory>
#include <string>

#include "executor_driver/core/events.h"
#include "executor_driver/core/executor_driver_core.h"

namespace mesos::executor_driver {

class ExecutorDriverHost {
 public:
  ExecutorDriverHost(ExecutorDriverOptions options, const std::string& target,
                     const std::string& token, std::function<void(Effect&)> callback);
  ~ExecutorDriverHost();

  void Post(Event event);
  void DiscardCallbacks();
  bool OnCallbackThread() const;
  void Join();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mesos::executor_driver
