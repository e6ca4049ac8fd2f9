#pragma once

// Performs checks of tasks: processes in their sandboxes, and connections to ports.
//
//   CheckRunner runner({.executor = core_executor,
//                       .launcher = {.path = "/usr/libexec/mesos/mesos-launcher",
//                                    .work_directory = "/var/lib/mesos"},
//                       .observer = [&](CheckFinished finished) { core.Handle(now, finished); }});
//   runner.Run({token, ProcessProbe{spec}});       // then CheckFinished{token, 0}
//   runner.Cancel({token});                        // what runs is killed; no answer comes any more
//
// No call blocks: one thread starts and watches everything. An answer that was on its way when
// Cancel was called still comes. Any thread; the observer is called on the executor, which outlives
// the object or is stopped before it. What still runs when the object goes is killed.

#include <functional>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "agent/containerizer/launcher_process.h"
#include "agent/core/events.h"
#include "common/runtime/executor.h"

namespace mesos::agent {

class CheckRunner {
 public:
  struct Deps {
    Executor& executor;
    LauncherOptions launcher;
    std::function<void(CheckFinished)> observer;
    // How long what was cancelled may take to end before it is killed from here.
    absl::Duration patience = kLauncherPatience;
  };

  explicit CheckRunner(Deps deps);
  ~CheckRunner();

  void Run(RunCheck check);
  void Cancel(CancelCheck cancel);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mesos::agent
