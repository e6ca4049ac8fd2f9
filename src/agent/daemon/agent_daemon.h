#pragma once

// Hosts an AgentCore: gives it the time, its connections, its disk and its containers.
//
//   AgentDaemon daemon(config, [&](absl::Status end) { ... });   // the core has asked to exit
//   RETURN_IF_ERROR(daemon.Start());
//   daemon.port();
//   daemon.RequestShutdown("SIGUSR1");     // kills all, signs off, then the end
//   daemon.Stop();                         // tasks run on
//
//   core thread ──Checkpoint──▶ checkpoint writer      ──▶ CheckpointDone
//               ──Launch, Kill──▶ containerizer        ──▶ ContainerStarted, ContainerExited
//               ──Send, Close──▶ transport             ◀── master, executors, operators
//               ──RemoveDirectory──▶ garbage thread
//
// Start, Stop and destruction from one thread that is none of these; RequestShutdown from any. The
// observer of the end is called on the core's thread, at most once.

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "agent/daemon/agent_flags.h"

namespace mesos::agent {

class AgentDaemon {
 public:
  AgentDaemon(AgentConfig config, std::function<void(absl::Status)> ended);
  ~AgentDaemon();  // stops

  // Recovers what a former agent left, ends what it left beside that, and goes to work. Errors name
  // what stands in the way: another agent on the work directory, a port in use, a checkpoint that
  // cannot be read or does not fit the flags. Waits for what must end as long as that takes, or
  // until `give_up`: Cancelled then.
  absl::Status Start(const std::function<bool()>& give_up = nullptr);

  int port() const;

  void RequestShutdown(const std::string& message);

  // Ends connections and threads, after what was to be checkpointed is. Idempotent.
  void Stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mesos::agent
