#pragma once

// The master's core as the routes of its API see it.
//
//   port.Post("scheduler_call", [&port, call] {
//     port.CallScheduler({session, call}, [](absl::Status status) { ... });
//   });
//
// Post: from any thread. All else, and every answer, on the core's thread; an answer comes at once
// or never (the master ends), so what it holds must look after itself when it is dropped.

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "common/auth/caller.h"
#include "common/auth/visibility.h"
#include "common/base/ids.h"
#include "common/rpc/dial.h"
#include "common/rpc/stream.h"
#include "master/core/events.h"
#include "master/core/views/snapshot.h"

namespace mesos::master {

class CorePort {
 public:
  using SchedulerAnswer = absl::AnyInvocable<void(absl::Status)>;

  virtual ~CorePort() = default;

  // Runs `work` on the core's thread, after what was posted before. `name` is a literal.
  virtual void Post(const char* name, absl::AnyInvocable<void()> work) = 0;

  // `call.token` is the port's to set. Of a SUBSCRIBE the answer comes before the session's first
  // event: within it, the session is to be added.
  virtual void CallScheduler(SchedulerCallReceived call, SchedulerAnswer answer) = 0;

  // The stream of a session; the port owns it until the core closes the session or it is lost.
  virtual void AddScheduler(SessionId session,
                            std::unique_ptr<rpc::Stream<v1::scheduler::Event>> stream) = 0;

  // The peer of the session's stream is gone.
  virtual void LoseScheduler(SessionId session) = 0;

  virtual void CallOperator(std::shared_ptr<const v1::master::Call> call,
                            const auth::CallerPtr& caller,
                            rpc::Answer<v1::master::Response> answer) = 0;

  // What may be seen of it; null once the master has ended. Costs little where that is all:
  // readers render it elsewhere.
  virtual std::shared_ptr<const Snapshot> TakeSnapshot(const auth::Visibility& visibility) = 0;

  // An operator follows the events; what the core has for those who do goes to MasterApi.
  virtual void Follow(SessionId session, const auth::CallerPtr& caller) = 0;
  virtual void Unfollow(SessionId session) = 0;
};

}  // namespace mesos::master
