#include "master/api/call_actions.h"

namespace mesos::master {
namespace {

// The framework or role that the call is about.
const std::string& ObjectOf(const v1::master::Call& call) {
  return call.teardown().framework_id().value();
}

}  // namespace

auth::Action ActionOf(v1::master::Call::Type type) {
  using Call = v1::master::Call;
  using auth::Action;
  switch (type) {
    case Call::UNKNOWN:
    case Call::GET_HEALTH:
    case Call::GET_VERSION:
    case Call::GET_METRICS:
    case Call::GET_LOGGING_LEVEL:
    case Call::GET_MASTER:
      return Action::kViewDaemon;
    case Call::GET_FLAGS:
      return Action::kViewFlags;
    case Call::GET_STATE:
    case Call::GET_AGENTS:
    case Call::GET_FRAMEWORKS:
    case Call::GET_EXECUTORS:
    case Call::GET_OPERATIONS:
    case Call::GET_TASKS:
    case Call::GET_ROLES:
    case Call::GET_WEIGHTS:
    case Call::GET_QUOTA:
    case Call::GET_MAINTENANCE_STATUS:
    case Call::GET_MAINTENANCE_SCHEDULE:
    case Call::SUBSCRIBE:
      return Action::kViewState;
    case Call::LIST_FILES:
    case Call::READ_FILE:
      return Action::kReadFiles;
    case Call::SET_LOGGING_LEVEL:
      return Action::kSetLogLevel;
    case Call::TEARDOWN:
      return Action::kTeardownFramework;
    case Call::UPDATE_WEIGHTS:
      return Action::kUpdateWeights;
    case Call::UPDATE_QUOTA:
    case Call::SET_QUOTA:
    case Call::REMOVE_QUOTA:
      return Action::kUpdateQuota;
    case Call::UPDATE_MAINTENANCE_SCHEDULE:
    case Call::START_MAINTENANCE:
    case Call::STOP_MAINTENANCE:
      return Action::kChangeMaintenance;
    case Call::RESERVE_RESOURCES:
    case Call::UNRESERVE_RESOURCES:
      return Action::kReserveResources;
    case Call::CREATE_VOLUMES:
    case Call::DESTROY_VOLUMES:
    case Call::GROW_VOLUME:
    case Call::SHRINK_VOLUME:
      return Action::kChangeVolumes;
    case Call::MARK_AGENT_GONE:
    case Call::DRAIN_AGENT:
    case Call::DEACTIVATE_AGENT:
    case Call::REACTIVATE_AGENT:
      return Action::kRetireAgents;
  }
  return Action::kCallApi;
}

auth::Action ActionOf(v1::scheduler::Call::Type type) {
  using Call = v1::scheduler::Call;
  switch (type) {
    case Call::TEARDOWN:
      return auth::Action::kTeardownFramework;
    case Call::UNKNOWN:
    case Call::SUBSCRIBE:
    case Call::ACCEPT:
    case Call::DECLINE:
    case Call::REVIVE:
    case Call::KILL:
    case Call::SHUTDOWN:
    case Call::ACKNOWLEDGE:
    case Call::RECONCILE:
    case Call::MESSAGE:
    case Call::REQUEST:
    case Call::SUPPRESS:
    case Call::ACCEPT_INVERSE_OFFERS:
    case Call::DECLINE_INVERSE_OFFERS:
    case Call::ACKNOWLEDGE_OPERATION_STATUS:
    case Call::RECONCILE_OPERATIONS:
    case Call::UPDATE_FRAMEWORK:
      return auth::Action::kActAsFramework;
  }
  return auth::Action::kActAsFramework;
}

absl::Status Admit(const auth::Gate& gate, const auth::Caller& caller,
                   const v1::master::Call& call) {
  return gate.Authorize(caller, ActionOf(call.type()), ObjectOf(call));
}

absl::Status Admit(const auth::Gate& gate, const auth::Caller& caller,
                   const v1::scheduler::Call& call) {
  return gate.Authorize(caller, ActionOf(call.type()), call.framework_id().value());
}

}  // namespace mesos::master
