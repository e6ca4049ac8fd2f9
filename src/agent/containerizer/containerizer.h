#pragma once

// Runs what the agent core asks to run. The core says LaunchContainer, ReattachContainer,
// KillContainer and DestroyContainer (agent/core/events.h); the answers are events.
//
//   containerizer.Launch(launch.spec);      // then ContainerStarted, and once ContainerExited
//   containerizer.Reattach(reattach);       // then the same, where it is found
//   containerizer.Kill(id, grace);
//
//   Launch -> starting -> (ContainerStarted) running -> (ContainerExited)
//                     \-> (ContainerExited, launch_failed)
//   Reattach -> (ContainerStarted) running -----------> (ContainerExited)
//           \-> ended already -----------------------> (ContainerExited)
//
// No call blocks. Requests for a container that is not known, or has ended, are ignored. Thread
// rule: any thread; events of one container come in order.

#include <string>

#include "absl/time/time.h"
#include "agent/core/events.h"

namespace mesos::agent {

class Containerizer {
 public:
  virtual ~Containerizer() = default;

  virtual void Launch(ContainerSpec spec) = 0;
  virtual void Reattach(ReattachContainer reattach) = 0;
  virtual void Kill(const std::string& container_id, absl::Duration grace) = 0;
  virtual void Destroy(const std::string& container_id) = 0;
};

}  // namespace mesos::agent
