#include "agent/api/call_actions.h"

namespace mesos::agent {

auth::Action ActionOf(v1::agent::Call::Type type) {
  using Call = v1::agent::Call;
  using auth::Action;
  switch (type) {
    case Call::UNKNOWN:
    case Call::GET_HEALTH:
    case Call::GET_VERSION:
    case Call::GET_METRICS:
    case Call::GET_LOGGING_LEVEL:
      return Action::kViewDaemon;
    case Call::GET_FLAGS:
      return Action::kViewFlags;
    case Call::SET_LOGGING_LEVEL:
      return Action::kSetLogLevel;
    case Call::LIST_FILES:
    case Call::READ_FILE:
      return Action::kReadFiles;
    case Call::GET_STATE:
    case Call::GET_CONTAINERS:
    case Call::GET_FRAMEWORKS:
    case Call::GET_EXECUTORS:
    case Call::GET_TASKS:
    case Call::GET_AGENT:
    case Call::GET_RESOURCE_PROVIDERS:
    case Call::GET_OPERATIONS:
      return Action::kViewState;
    case Call::LAUNCH_NESTED_CONTAINER:
    case Call::WAIT_NESTED_CONTAINER:
    case Call::KILL_NESTED_CONTAINER:
    case Call::LAUNCH_NESTED_CONTAINER_SESSION:
    case Call::ATTACH_CONTAINER_INPUT:
    case Call::ATTACH_CONTAINER_OUTPUT:
    case Call::REMOVE_NESTED_CONTAINER:
    case Call::LAUNCH_CONTAINER:
    case Call::WAIT_CONTAINER:
    case Call::KILL_CONTAINER:
    case Call::REMOVE_CONTAINER:
      return Action::kUseContainers;
    case Call::ADD_RESOURCE_PROVIDER_CONFIG:
    case Call::UPDATE_RESOURCE_PROVIDER_CONFIG:
    case Call::REMOVE_RESOURCE_PROVIDER_CONFIG:
    case Call::MARK_RESOURCE_PROVIDER_GONE:
      return Action::kChangeResourceProviders;
    case Call::PRUNE_IMAGES:
      return Action::kPruneImages;
  }
  return Action::kCallApi;
}

absl::Status Admit(const auth::Gate& gate, const auth::Caller& caller,
                   const v1::agent::Call& call) {
  return gate.Authorize(caller, ActionOf(call.type()), "");
}

}  // namespace mesos::agent
