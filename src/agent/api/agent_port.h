#pragma once

// The agent's core as the routes of its API see it.
//
//   port.Post("executor_call", [&port, call] {
//     port.CallExecutor({session, call}, [](absl::Status status) { ... });
//   });
//
// Post: from any thread. All else, and every answer, on the core's thread. An answer comes at once
// or never (the agent ends), so what it holds must look after itself when it is dropped.

#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "agent/core/agent_core.h"
#include "agent/core/events.h"
#include "agent/core/snapshot.h"
#include "common/auth/visibility.h"
#include "common/base/ids.h"
#include "common/rpc/stream.h"

namespace mesos::agent {

class AgentPort {
 public:
  virtual ~AgentPort() = default;

  // Runs `work` on the core's thread, after what was posted before. `name` is a literal.
  virtual void Post(const char* name, absl::AnyInvocable<void()> work) = 0;

  // `call.token` is the port's to set. Of a SUBSCRIBE the answer comes before the session's first
  // event: within it, the session is to be added.
  virtual void CallExecutor(ExecutorCallReceived call,
                            absl::AnyInvocable<void(absl::Status)> answer) = 0;

  // Of the custom executor that runs under these ids; empty where there is none.
  virtual ContainerPlace ContainerOf(const std::string& framework_id,
                                     const std::string& executor_id) = 0;

  // The stream of a session; the port owns it until the core closes the session or it is lost.
  virtual void AddExecutor(SessionId session,
                           std::unique_ptr<rpc::Stream<v1::executor::Event>> stream) = 0;

  // Beside what the core sends; ignored where the session is gone.
  virtual void SendToExecutor(SessionId session,
                              std::shared_ptr<const v1::executor::Event> event) = 0;

  // The peer of the session's stream is gone.
  virtual void LoseExecutor(SessionId session) = 0;

  // What may be seen of it; null where the agent has not finished recovery.
  virtual std::shared_ptr<const Snapshot> TakeSnapshot(const auth::Visibility& visibility) = 0;
};

}  // namespace mesos::agent
