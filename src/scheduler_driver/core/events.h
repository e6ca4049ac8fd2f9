#pragma once

// What reaches the scheduler driver's core, and what it answers: data only. See driver_core.h.

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "common/base/ids.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::scheduler_driver {

// ---- Events

// The framework called start(). Comes once and first.
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
  std::shared_ptr<const v1::scheduler::Event> event;
};

// The framework made a call; its framework_id is the core's to fill in. Of SUBSCRIBE and TEARDOWN
// the core makes its own (Start, Stop): here they are ignored.
struct CallMade {
  std::shared_ptr<v1::scheduler::Call> call;
};

// The framework's statusUpdate() returned from a StatusUpdate callback with this status.
struct StatusUpdateReturned {
  std::shared_ptr<const v1::TaskStatus> status;
};

// The framework called stop(failover). Without failover the framework is torn down where a master
// is there.
struct Stop {
  bool failover = false;
};

// The framework called abort(): the session ends, and no callback follows.
struct Abort {};

// Time has passed: NextDeadline() is due.
struct Tick {};

// The host reads nothing of the session for now, since the framework has not taken up what came
// before: that nothing comes means nothing. Again every few seconds.
struct Paused {
  SessionId session;
};

using Event = std::variant<Start, SessionOpened, SessionClosed, EventReceived, CallMade,
                           StatusUpdateReturned, Stop, Abort, Paused, Tick>;

// ---- Effects, in the order in which they must happen

// Dial the master. Answered by SessionOpened or SessionClosed.
struct OpenSession {
  SessionId session;
};
struct SendCall {
  SessionId session;
  std::shared_ptr<const v1::scheduler::Call> call;
};
// Write what was sent, then end the session. SessionClosed follows.
struct CloseSession {
  SessionId session;
};
// Drop the session at once; no SessionClosed follows.
struct AbandonSession {
  SessionId session;
};

// Callbacks to the framework; each event is one of that type.
struct Registered {
  v1::FrameworkID framework_id;
  v1::MasterInfo master;
};
struct Reregistered {
  v1::MasterInfo master;
};
struct Disconnected {};
struct ResourceOffers {
  std::shared_ptr<const v1::scheduler::Event> event;
};
struct OfferRescinded {
  v1::OfferID offer_id;
};
// Answered by StatusUpdateReturned once the framework has handled it.
struct StatusUpdate {
  std::shared_ptr<const v1::TaskStatus> status;
};
struct FrameworkMessage {
  std::shared_ptr<const v1::scheduler::Event> event;
};
struct AgentLost {
  v1::AgentID agent_id;
};
struct ExecutorLost {
  v1::ExecutorID executor_id;
  v1::AgentID agent_id;
  int32_t status;  // as wait(2) gives it
};
// The master refused a call; the session goes on.
struct CallRejected {
  v1::scheduler::Call::Type type;
  std::string message;
};
// The driver cannot go on; Finished{aborted} follows.
struct Error {
  std::string message;
};

// The driver has ended: no effect follows.
struct Finished {
  bool aborted = false;
};

using Effect =
    std::variant<OpenSession, SendCall, CloseSession, AbandonSession, Registered, Reregistered,
                 Disconnected, ResourceOffers, OfferRescinded, StatusUpdate, FrameworkMessage,
                 AgentLost, ExecutorLost, CallRejected, Error, Finished>;
using Effects = std::vector<Effect>;

}  // namespace mesos::scheduler_driver
