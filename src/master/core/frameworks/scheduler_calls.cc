#include "master/core/frameworks/scheduler_calls.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "glog/logging.h"
#include "master/core/frameworks/frameworks.h"
#include "master/core/frameworks/paging.h"
#include "master/core/offers/launch.h"
#include "master/core/offers/offers.h"
#include "master/core/tasks/status_updates.h"
#include "master/validation/scheduler_call.h"
#include "master/validation/unsupported.h"

namespace mesos::master {
namespace {

using Call = v1::scheduler::Call;

void Reject(World& world, const SchedulerCallReceived& received, const absl::Status& why) {
  ++world.stats.calls_rejected;
  const Framework* framework = world.FindFramework(received.session);
  LOG(WARNING) << "Refusing " << Call::Type_Name(received.call->type()) << " of framework_id="
               << (framework == nullptr ? received.call->framework_id().value() : framework->id)
               << ": " << why.message();
  if (received.token != CallToken::kNone) {
    world.Emit(AnswerSchedulerCall{received.token, why});
    return;
  }
  if (framework == nullptr) {
    world.Emit(CloseSchedulerSession{received.session, why});
    return;
  }
  auto event = NewEvent(v1::scheduler::Event::CALL_REJECTED);
  event->mutable_call_rejected()->set_type(received.call->type());
  event->mutable_call_rejected()->set_message(std::string(why.message()));
  world.SendToFramework(*framework, std::move(event));
}

void Accepted(World& world, const SchedulerCallReceived& received) {
  if (received.token != CallToken::kNone) {
    world.Emit(AnswerSchedulerCall{received.token, absl::OkStatus()});
  }
}

// Why the call cannot be `framework`'s, which is subscribed on another session.
absl::Status NotItsSession(const World& world, const SchedulerCallReceived& received,
                           const Framework& framework) {
  if (received.stream_id.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("The stream ID '", *received.stream_id,
                     "' included in this request didn't match the stream ID currently associated "
                     "with framework ID ",
                     framework.id));
  }
  if (received.session == SessionId::kNone) {
    return absl::InvalidArgumentError(
        "All non-subscribe calls should include the 'Mesos-Stream-Id' header");
  }
  if (const Framework* holder = world.FindFramework(received.session)) {
    return absl::InvalidArgumentError(absl::StrCat("This session is subscribed as framework ",
                                                   holder->id, ", not as ", framework.id));
  }
  return absl::FailedPreconditionError(
      absl::StrCat("Framework ", framework.id,
                   " is not subscribed on this session: the first call has to be SUBSCRIBE"));
}

// Whether the session may make this call; its framework in `framework`.
absl::Status FindCaller(const World& world, const SchedulerCallReceived& received,
                        Framework** framework) {
  *framework = world.FindFramework(received.call->framework_id().value());
  if (*framework == nullptr) return absl::InvalidArgumentError("Framework cannot be found");
  if (!(*framework)->connected()) {
    return absl::PermissionDeniedError("Framework is not subscribed");
  }
  if ((*framework)->session == received.session) return absl::OkStatus();
  return NotItsSession(world, received, **framework);
}

absl::Status Perform(World& world, Framework& framework,
                     const std::shared_ptr<const Call>& shared) {
  const Call& call = *shared;
  switch (call.type()) {
    case Call::TEARDOWN:
      RemoveFramework(world, framework, "it asked for its TEARDOWN");
      return absl::OkStatus();
    case Call::ACCEPT:
      return Accept(world, framework, call.accept());
    case Call::DECLINE:
      Decline(world, framework, call.decline());
      return absl::OkStatus();
    case Call::REVIVE:
      Revive(world, framework, call.revive());
      return absl::OkStatus();
    case Call::SUPPRESS:
      Suppress(world, framework, call.suppress());
      return absl::OkStatus();
    case Call::KILL:
      Kill(world, framework, call.kill());
      return absl::OkStatus();
    case Call::SHUTDOWN:
      ShutdownExecutor(world, framework, call.shutdown());
      return absl::OkStatus();
    case Call::ACKNOWLEDGE:
      Acknowledge(world, framework, call.acknowledge());
      return absl::OkStatus();
    case Call::RECONCILE:
      return Reconcile(world, framework, shared);
    case Call::MESSAGE:
      SendMessage(world, framework, call.message());
      return absl::OkStatus();
    case Call::REQUEST:
      // A hint to the allocator; Mesos' own takes no notice of it either.
      return absl::OkStatus();
    case Call::UPDATE_FRAMEWORK:
      return UpdateFramework(world, framework, call.update_framework());
    case Call::ACCEPT_INVERSE_OFFERS:
    case Call::DECLINE_INVERSE_OFFERS:
      // This master sends no inverse offers, so every id is stale, and stale ids are ignored.
      return absl::OkStatus();
    case Call::ACKNOWLEDGE_OPERATION_STATUS:
      // No operation update of this master has a uuid, so there is nothing to acknowledge.
      return absl::OkStatus();
    case Call::RECONCILE_OPERATIONS:
      // Without named operations: there is none to tell of. With: CheckCallSupported refused it.
      return absl::OkStatus();
    case Call::SUBSCRIBE:
    case Call::UNKNOWN:
      break;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("Cannot perform a call of type ", Call::Type_Name(call.type())));
}

}  // namespace

void OnSchedulerCall(World& world, const SchedulerCallReceived& received) {
  const Call& call = *received.call;
  absl::Status status = ValidateSchedulerCall(call);
  if (status.ok()) status = CheckCallSupported(call);
  if (!status.ok()) {
    Reject(world, received, status);
    return;
  }
  ++world.counters.calls[call.type()];
  if (call.type() == Call::SUBSCRIBE) {
    Accepted(world, received);
    Subscribe(world, received.session, call);
    return;
  }
  Framework* framework = nullptr;
  status = FindCaller(world, received, &framework);
  if (!status.ok()) {
    Reject(world, received, status);
    return;
  }
  ++framework->counters.calls[call.type()];
  status = Perform(world, *framework, received.call);
  if (!status.ok()) {
    Reject(world, received, status);
    return;
  }
  Accepted(world, received);
}

void OnSchedulerSessionClosed(World& world, SessionId session) {
  if (Framework* framework = world.FindFramework(session)) DisconnectFramework(world, *framework);
}

}  // namespace mesos::master
