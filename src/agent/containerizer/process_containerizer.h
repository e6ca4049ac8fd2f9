#pragma once

// The Containerizer of plain processes: one mesos-launcher for each container, watched by pidfd.
//
//   ProcessContainerizer containerizer({.executor = core_executor,
//                                       .launcher_path = "/usr/libexec/mesos/mesos-launcher",
//                                       .observer = [&](Event event) { core.Handle(now, event);
//                                       }});
//
// One thread starts launchers and watches them; the observer is called on the executor. Destroying
// the object stops the watch and leaves every container running, to be found again by Reattach. The
// executor outlives the object, or is stopped before it.

#include <functional>
#include <memory>
#include <string>

#include "agent/containerizer/containerizer.h"
#include "common/runtime/executor.h"

namespace mesos::agent {

class ProcessContainerizer : public Containerizer {
 public:
  struct Deps {
    Executor& executor;
    std::string launcher_path;
    std::function<void(Event)> observer;  // ContainerStarted and ContainerExited
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
