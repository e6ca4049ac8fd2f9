#include "master/validation/scheduler_call.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace mesos::master {
namespace {

using v1::scheduler::Call;

constexpr size_t kUuidBytes = 16;

absl::Status Expect(bool present, absl::string_view part) {
  if (present) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("Expecting '", part, "' to be present"));
}

absl::Status ValidateUuid(const std::string& uuid) {
  if (uuid.size() == kUuidBytes) return absl::OkStatus();
  return absl::InvalidArgumentError("Not a valid UUID");
}

absl::Status ValidatePrincipal(const v1::FrameworkInfo& info, absl::string_view principal) {
  if (principal.empty() || !info.has_principal() || info.principal() == principal) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat("Authenticated principal '", principal,
                                                 "' does not match principal '", info.principal(),
                                                 "' set in `FrameworkInfo`"));
}

absl::Status ValidateSubscribe(const Call& call, absl::string_view principal) {
  RETURN_IF_ERROR(Expect(call.has_subscribe(), "subscribe"));
  const v1::FrameworkInfo& info = call.subscribe().framework_info();
  if (info.id().value() != call.framework_id().value()) {
    return absl::InvalidArgumentError("'framework_id' differs from 'subscribe.framework_info.id'");
  }
  return ValidatePrincipal(info, principal);
}

absl::Status ValidateUpdateFramework(const Call& call, absl::string_view principal) {
  RETURN_IF_ERROR(Expect(call.has_update_framework(), "update_framework"));
  const v1::FrameworkInfo& info = call.update_framework().framework_info();
  if (info.id().value() != call.framework_id().value()) {
    return absl::InvalidArgumentError(
        "'framework_id' differs from 'update_framework.framework_info.id'");
  }
  return ValidatePrincipal(info, principal);
}

absl::Status ValidateKill(const Call& call) {
  RETURN_IF_ERROR(Expect(call.has_kill(), "kill"));
  if (call.kill().kill_policy().grace_period().nanoseconds() < 0) {
    return absl::InvalidArgumentError("'kill.kill_policy.grace_period' must be non-negative");
  }
  return absl::OkStatus();
}

absl::Status ValidateAcknowledge(const Call& call) {
  RETURN_IF_ERROR(Expect(call.has_acknowledge(), "acknowledge"));
  return ValidateUuid(call.acknowledge().uuid());
}

absl::Status ValidateAcknowledgeOperation(const Call& call) {
  RETURN_IF_ERROR(Expect(call.has_acknowledge_operation_status(), "acknowledge_operation_status"));
  RETURN_IF_ERROR(ValidateUuid(call.acknowledge_operation_status().uuid()));
  return Expect(call.acknowledge_operation_status().has_agent_id(), "agent_id");
}

// The part that belongs to the type of a call other than SUBSCRIBE.
absl::Status ValidatePart(const Call& call, absl::string_view principal) {
  switch (call.type()) {
    case Call::ACCEPT:
      return Expect(call.has_accept(), "accept");
    case Call::DECLINE:
      return Expect(call.has_decline(), "decline");
    case Call::ACCEPT_INVERSE_OFFERS:
      return Expect(call.has_accept_inverse_offers(), "accept_inverse_offers");
    case Call::DECLINE_INVERSE_OFFERS:
      return Expect(call.has_decline_inverse_offers(), "decline_inverse_offers");
    case Call::KILL:
      return ValidateKill(call);
    case Call::SHUTDOWN:
      return Expect(call.has_shutdown(), "shutdown");
    case Call::ACKNOWLEDGE:
      return ValidateAcknowledge(call);
    case Call::ACKNOWLEDGE_OPERATION_STATUS:
      return ValidateAcknowledgeOperation(call);
    case Call::RECONCILE:
      return Expect(call.has_reconcile(), "reconcile");
    case Call::RECONCILE_OPERATIONS:
      return Expect(call.has_reconcile_operations(), "reconcile_operations");
    case Call::MESSAGE:
      return Expect(call.has_message(), "message");
    case Call::REQUEST:
      return Expect(call.has_request(), "request");
    case Call::UPDATE_FRAMEWORK:
      return ValidateUpdateFramework(call, principal);
    case Call::TEARDOWN:
    case Call::REVIVE:
    case Call::SUPPRESS:
    case Call::SUBSCRIBE:
    case Call::UNKNOWN:
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::Status Validate(const Call& call, absl::string_view principal) {
  if (!call.IsInitialized()) {
    return absl::InvalidArgumentError(
        absl::StrCat("Not initialized: ", call.InitializationErrorString()));
  }
  RETURN_IF_ERROR(Expect(call.has_type(), "type"));
  if (call.type() == Call::SUBSCRIBE) return ValidateSubscribe(call, principal);
  RETURN_IF_ERROR(Expect(call.has_framework_id(), "framework_id"));
  return ValidatePart(call, principal);
}

}  // namespace

absl::Status ValidateSchedulerCall(const Call& call, absl::string_view principal) {
  absl::Status status = Validate(call, principal);
  if (status.ok()) return status;
  return absl::Status(status.code(),
                      absl::StrCat("Failed to validate scheduler::Call: ", status.message()));
}

}  // namespace mesos::master
