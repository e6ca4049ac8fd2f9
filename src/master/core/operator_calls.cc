#include "master/core/operator_calls.h"

#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/resources/roles.h"
#include "glog/logging.h"
#include "master/core/agents.h"
#include "master/core/frameworks.h"
#include "master/core/offers.h"
#include "master/core/operator_reads.h"
#include "mesos/v1/master/master.pb.h"

namespace mesos::master {
namespace {

using Call = v1::master::Call;
using Response = v1::master::Response;
// Null where the call has no answer but its success.
using Answer = std::shared_ptr<Response>;

absl::Status MissingPart(const char* part) {
  return absl::InvalidArgumentError(
      absl::StrCat("Failed to validate master::Call: Expecting '", part, "' to be present"));
}

Answer Empty(Response::Type type) {
  auto response = std::make_shared<Response>();
  response->set_type(type);
  return response;
}

Answer GetState(const World& world) {
  Answer answer = Empty(Response::GET_STATE);
  Response::GetState* state = answer->mutable_get_state();
  ReadTasks(world, state->mutable_get_tasks());
  ReadExecutors(world, state->mutable_get_executors());
  ReadFrameworks(world, state->mutable_get_frameworks());
  ReadAgents(world, state->mutable_get_agents());
  return answer;
}

Answer GetWeights(const World& world) {
  Answer answer = Empty(Response::GET_WEIGHTS);
  for (const auto& [role, weight] : world.weights) {
    v1::WeightInfo* info = answer->mutable_get_weights()->add_weight_infos();
    info->set_role(role);
    info->set_weight(weight);
  }
  return answer;
}

absl::Status UpdateWeights(World& world, const Call& call) {
  if (!call.has_update_weights()) return MissingPart("update_weights");
  std::map<std::string, double> weights;
  for (const v1::WeightInfo& info : call.update_weights().weight_infos()) {
    const std::string prefix = absl::StrCat(
        "Failed to validate update weights request JSON for role '", info.role(), "': ");
    if (absl::Status valid = ValidateRole(info.role()); !valid.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(prefix, "Invalid role '", info.role(), "': ", valid.message()));
    }
    if (!std::isfinite(info.weight()) || info.weight() <= 0) {
      return absl::InvalidArgumentError(
          absl::StrCat(prefix, "Invalid weight '", info.weight(), "': Weights must be positive"));
    }
    weights[info.role()] = info.weight();
  }
  for (const auto& [role, weight] : weights) {
    world.weights[role] = weight;
    LOG(INFO) << "Weight of role=" << role << " is " << weight;
  }
  world.allocator->UpdateWeights(world.weights);
  // As Mesos does: what is offered in these roles is shared out anew.
  for (const auto& framework : world.frameworks) {
    if (framework == nullptr) continue;
    for (Offer* offer : framework->offers.Copy()) {
      if (weights.count(offer->role) > 0) DiscardOffer(world, *offer, Rescind::kYes, std::nullopt);
    }
  }
  world.allocation_due = true;
  return absl::OkStatus();
}

absl::Status Teardown(World& world, const Call& call) {
  if (!call.has_teardown()) return MissingPart("teardown");
  Framework* framework = world.FindFramework(call.teardown().framework_id().value());
  if (framework == nullptr)
    return absl::InvalidArgumentError("No framework found with specified ID");
  RemoveFramework(world, *framework, "an operator asked for its TEARDOWN");
  return absl::OkStatus();
}

Answer GetHealth() {
  Answer answer = Empty(Response::GET_HEALTH);
  answer->mutable_get_health()->set_healthy(true);
  return answer;
}

Answer GetVersion(const World& world) {
  Answer answer = Empty(Response::GET_VERSION);
  answer->mutable_get_version()->mutable_version_info()->set_version(world.options.version);
  return answer;
}

// An answer of `type` whose part is filled by `read`.
template <typename Part>
Answer Filled(const World& world, Response::Type type, Part* (Response::*part)(),
              void (*read)(const World&, Part*)) {
  Answer answer = Empty(type);
  read(world, (answer.get()->*part)());
  return answer;
}

absl::Status MarkGone(World& world, const Call& call) {
  if (!call.has_mark_agent_gone()) return MissingPart("mark_agent_gone");
  return MarkAgentGone(world, call.mark_agent_gone().agent_id().value());
}

absl::StatusOr<Answer> Done(const absl::Status& status) {
  if (!status.ok()) return status;
  return Answer();
}

absl::StatusOr<Answer> Perform(World& world, const Call& call) {
  switch (call.type()) {
    case Call::GET_HEALTH:
      return GetHealth();
    case Call::GET_VERSION:
      return GetVersion(world);
    case Call::GET_MASTER:
      return Filled(world, Response::GET_MASTER, &Response::mutable_get_master, ReadMaster);
    case Call::GET_AGENTS:
      return Filled(world, Response::GET_AGENTS, &Response::mutable_get_agents, ReadAgents);
    case Call::GET_FRAMEWORKS:
      return Filled(world, Response::GET_FRAMEWORKS, &Response::mutable_get_frameworks,
                    ReadFrameworks);
    case Call::GET_EXECUTORS:
      return Filled(world, Response::GET_EXECUTORS, &Response::mutable_get_executors,
                    ReadExecutors);
    case Call::GET_TASKS:
      return Filled(world, Response::GET_TASKS, &Response::mutable_get_tasks, ReadTasks);
    case Call::GET_ROLES:
      return Filled(world, Response::GET_ROLES, &Response::mutable_get_roles, ReadRoles);
    case Call::GET_STATE:
      return GetState(world);
    case Call::GET_WEIGHTS:
      return GetWeights(world);
    case Call::UPDATE_WEIGHTS:
      return Done(UpdateWeights(world, call));
    case Call::TEARDOWN:
      return Done(Teardown(world, call));
    case Call::MARK_AGENT_GONE:
      return Done(MarkGone(world, call));
    case Call::UNKNOWN:
      return MissingPart("type");
    case Call::GET_FLAGS:
    case Call::GET_METRICS:
    case Call::GET_LOGGING_LEVEL:
    case Call::SET_LOGGING_LEVEL:
    case Call::LIST_FILES:
    case Call::READ_FILE:
    case Call::SUBSCRIBE:
    case Call::RESERVE_RESOURCES:
    case Call::UNRESERVE_RESOURCES:
    case Call::CREATE_VOLUMES:
    case Call::DESTROY_VOLUMES:
    case Call::GET_MAINTENANCE_STATUS:
    case Call::GET_MAINTENANCE_SCHEDULE:
    case Call::UPDATE_MAINTENANCE_SCHEDULE:
    case Call::START_MAINTENANCE:
    case Call::STOP_MAINTENANCE:
    case Call::GET_QUOTA:
    case Call::SET_QUOTA:
    case Call::REMOVE_QUOTA:
    case Call::GET_OPERATIONS:
    case Call::GROW_VOLUME:
    case Call::SHRINK_VOLUME:
    case Call::UPDATE_QUOTA:
    case Call::DRAIN_AGENT:
    case Call::DEACTIVATE_AGENT:
    case Call::REACTIVATE_AGENT:
      break;
  }
  return absl::UnimplementedError(absl::StrCat("The operator call ", Call::Type_Name(call.type()),
                                               " is not supported by this master"));
}

}  // namespace

void OnOperatorCall(World& world, const OperatorCallReceived& received) {
  absl::StatusOr<Answer> answer = Perform(world, *received.call);
  if (!answer.ok()) {
    LOG(WARNING) << "Refusing operator call " << Call::Type_Name(received.call->type()) << ": "
                 << answer.status().message();
    world.Emit(AnswerOperatorCall{received.token, answer.status(), nullptr});
    return;
  }
  world.Emit(AnswerOperatorCall{received.token, absl::OkStatus(), *std::move(answer)});
}

}  // namespace mesos::master
