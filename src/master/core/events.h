#pragma once

// What reaches the master core, and what it answers: data only. See master_core.h.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/auth/caller.h"
#include "common/base/ids.h"
#include "master/registry/registry.h"

namespace mesos::v1 {
class FrameworkInfo;
}  // namespace mesos::v1

namespace mesos::v1::scheduler {
class Call;
class Event;
}  // namespace mesos::v1::scheduler

namespace mesos::v1::master {
class Call;
class Event;
class Response;
}  // namespace mesos::v1::master

namespace mesos::internal {
class AgentMessage;
class MasterMessage;
}  // namespace mesos::internal

namespace mesos::master {

// Names one call that waits for its answer.
enum class CallToken : uint64_t { kNone = 0 };

// Names one write to the registry.
enum class PersistToken : uint64_t {};

// ---- Events

// A scheduler's call on its session. The first one of a session is SUBSCRIBE. Where `token` is set
// the core answers it with one AnswerSchedulerCall (OK means accepted); otherwise a refused call
// becomes a CALL_REJECTED event on the session (or closes the session, where it has not
// subscribed).
//
// A call may also come apart from its session's stream, as over HTTP, and name it by a stream id:
// then `session` is that which has this id, or kNone.
struct SchedulerCallReceived {
  SessionId session;
  std::shared_ptr<const v1::scheduler::Call> call;
  auth::CallerPtr caller;
  CallToken token = CallToken::kNone;
  std::optional<std::string> stream_id = std::nullopt;
};

struct SchedulerSessionClosed {
  SessionId session;
};

// The answer to one AwaitDrain.
struct SchedulerDrained {
  SessionId session;
};

struct AgentMessageReceived {
  SessionId session;
  std::shared_ptr<const internal::AgentMessage> message;
  auth::CallerPtr caller;
};

struct AgentSessionClosed {
  SessionId session;
};

// Answered with one AnswerOperatorCall.
struct OperatorCallReceived {
  CallToken token;
  std::shared_ptr<const v1::master::Call> call;
  auth::CallerPtr caller;
};

// An operator follows what happens from here on: greeted by GreetFollower, then told by
// SendToFollowers until one side closes the session.
struct FollowerOpened {
  SessionId session;
  auth::CallerPtr caller;
};

struct FollowerClosed {
  SessionId session;
};

// The answer to one Persist; they come in the order of those. An error means that this master can
// lead no longer.
struct Persisted {
  PersistToken token;
  absl::Status status;
};

// Time has passed: NextDeadline() is due.
struct Tick {};

using Event = std::variant<SchedulerCallReceived, SchedulerSessionClosed, SchedulerDrained,
                           AgentMessageReceived, AgentSessionClosed, OperatorCallReceived,
                           FollowerOpened, FollowerClosed, Persisted, Tick>;

// ---- Effects, in the order in which they must happen

struct SendToScheduler {
  SessionId session;
  std::shared_ptr<const v1::scheduler::Event> event;
};

// Answered with one SchedulerDrained, in a later event, once the session's peer has taken what was
// sent to it before; with none where the session ends first.
struct AwaitDrain {
  SessionId session;
};

// The session ends; no SchedulerSessionClosed follows. OK closes the stream in peace.
struct CloseSchedulerSession {
  SessionId session;
  absl::Status reason;
};

struct SendToAgent {
  SessionId session;
  std::shared_ptr<const internal::MasterMessage> message;
};

// The session ends; no AgentSessionClosed follows.
struct CloseAgentSession {
  SessionId session;
  absl::Status reason;
};

struct AnswerSchedulerCall {
  CallToken token;
  absl::Status status;
};

// `response` is null where the status is an error, and where the call has no response body.
struct AnswerOperatorCall {
  CallToken token;
  absl::Status status;
  std::shared_ptr<const v1::master::Response> response;
};

// The first events of a follower are SUBSCRIBED, with the state as it is at this effect, and a
// HEARTBEAT.
struct GreetFollower {
  SessionId session;
  absl::Duration heartbeat_interval;
};

// To all who follow now and may see the framework that it is about, where it is about one.
struct SendToFollowers {
  std::shared_ptr<const v1::master::Event> event;
  std::shared_ptr<const v1::FrameworkInfo> framework = nullptr;
};

// No FollowerClosed follows.
struct CloseFollower {
  SessionId session;
};

// Answered with one Persisted, in a later event, once the registry has all of it.
struct Persist {
  PersistToken token;
  std::vector<RegistryOperation> operations;
};

// This master leads no longer: the host ends the core, which does nothing any more, and all of its
// sessions.
struct Abdicate {
  absl::Status reason;
};

using Effect = std::variant<SendToScheduler, AwaitDrain, CloseSchedulerSession, SendToAgent,
                            CloseAgentSession, AnswerSchedulerCall, AnswerOperatorCall,
                            GreetFollower, SendToFollowers, CloseFollower, Persist, Abdicate>;
using Effects = std::vector<Effect>;

}  // namespace mesos::master
