#pragma once

// What reaches the executor driver's core, and what it answers: data only. See
// executor_driver_core.h.

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "common/base/ids.h"
#include "mesos/v1/executor/executor.pb.h"

namespace mesos::executor_driver {

// ---- Events

// The executor called start(). Comes once and first.
struct Start {};

// What became of an OpenSession. Events of a session that is not the current one are ignored.
struct SessionOpened {
  SessionId session;
};
struct SessionClosed {
  SessionId session;
  absl::Status reason;
};
struct EventReceived {
  SessionId session;
  std::shared_ptr<const v1::executor::Event> event;
};

// sendStatusUpdate(); executor, agent, source, time and uuid are the core's to fill in.
struct UpdateMade {
  v1::TaskStatus status;
};

// sendFrameworkMessage().
struct MessageMade {
  std::string data;
};

struct Stop {};
struct Abort {};

// Time has passed: NextDeadline() is due.
struct Tick {};

// The host reads nothing of the session for now, since the executor has not taken up what came
// before: that nothing comes means nothing. Again every few seconds.
struct Paused {
  SessionId session;
};

using Event = std::variant<Start, SessionOpened, SessionClosed, EventReceived, UpdateMade,
                           MessageMade, Stop, Abort, Paused, Tick>;

// ---- Effects, in the order in which they must happen

// Dial the agent. Answered by SessionOpened or SessionClosed.
struct OpenSession {
  SessionId session;
};
struct SendCall {
  SessionId session;
  std::shared_ptr<const v1::executor::Call> call;
};
// Write what was sent, then end the session. SessionClosed follows.
struct CloseSession {
  SessionId session;
};
// Drop the session at once; no SessionClosed follows.
struct AbandonSession {
  SessionId session;
};

// Callbacks to the executor.
struct Registered {
  std::shared_ptr<const v1::executor::Event> event;  // SUBSCRIBED
};
struct Reregistered {
  v1::AgentInfo agent;
};
struct Disconnected {};
struct LaunchTask {
  std::shared_ptr<const v1::TaskInfo> task;
};
struct KillTask {
  std::shared_ptr<const v1::executor::Event> event;  // KILL
};
struct FrameworkMessage {
  std::shared_ptr<const v1::executor::Event> event;  // MESSAGE
};
struct Shutdown {};
// The driver cannot go on; Finished{aborted} follows.
struct Error {
  std::string message;
};

// The executor was told to shut down and did not stop the driver in its grace period: end the
// process.
struct EndProcess {
  std::string reason;
};

// The driver has ended: no effect follows.
struct Finished {
  bool aborted = false;
};

using Effect = std::variant<OpenSession, SendCall, CloseSession, AbandonSession, Registered,
                            Reregistered, Disconnected, LaunchTask, KillTask, FrameworkMessage,
                            Shutdown, Error, EndProcess, Finished>;
using Effects = std::vector<Effect>;

}  // namespace mesos::executor_driver
