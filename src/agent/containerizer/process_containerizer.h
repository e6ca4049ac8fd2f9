#pragma once

// The Containerizer of plain processes: one mesos-launcher for each container, watched by pidfd.
//
//   ProcessContainerizer containerizer({.executor = core_executor,
//                                       .launcher = {.path = "/usr/libexec/mesos/mesos-launcher",
//                                                    .work_directory = "/var/lib/mesos"},
//                                       .observer = [&](Event event) { core.Handle(now, event);
//                                       }});
//
// One thread starts launchers and watches them; the observer is called on the executor. Destroying
// the object stops the watch and leaves every container running, to be found again by Reattach. The
// executor outlives the object, or is stopped before it.
//
// No end is told while something of the container runs: what a launcher that was killed has left is
// killed first. A launcher that does not end its container in time is killed with all below it. At
// Reattach only what is known to be gone has ended; while that cannot be seen it is looked for
// again.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "agent/containerizer/containerizer.h"
#include "agent/containerizer/launcher_process.h"
#include "common/runtime/executor.h"

namespace mesos::agent {

class ProcessContainerizer : public Containerizer {
 public:
  struct Deps {
    Executor& executor;
    LauncherOptions launcher;
    std::function<void(Event)> observer;  // ContainerStarted and ContainerExited
    // How long after the grace period of a kill a launcher may live.
    absl::Duration patience = kLauncherPatience;
    std::atomic<uint64_t>* launchers_killed = nullptr;  // counts those that lived longer
  };

  explicit ProcessContainerizer(Deps deps);
  ~ProcessContainerizer() override;

  void Launch(ContainerSpec spec) override;
  void Reattach(ReattachContainer reattach) override;
  void Kill(const std::string& container_id, absl::Duration grace) override;
  void Destroy(const std::string& container_id) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mesos::agent
