#include "master/core/operators/operator_calls.h"

#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/resources/roles.h"
#include "glog/logging.h"
#include "master/core/agents/departures.h"
#include "master/core/agents/transitions.h"
#include "master/core/frameworks/frameworks.h"
#include "master/core/offers/offers.h"
#include "mesos/v1/master/master.pb.h"

namespace mesos::master {
namespace {

using OperatorCall = v1::master::Call;

absl::Status MissingPart(const char* part) {
  return absl::InvalidArgumentError(
      absl::StrCat("Failed to validate master::Call: Expecting '", part, "' to be present"));
}

absl::StatusOr<std::map<std::string, double>> ReadWeights(const OperatorCall& call) {
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
  return weights;
}

// What a call comes to at once; nullopt where it is answered once the registry has it.
using Outcome = std::optional<absl::Status>;

Outcome UpdateWeights(World& world, const OperatorCall& call, CallToken token) {
  absl::StatusOr<std::map<std::string, double>> weights = ReadWeights(call);
  if (!weights.ok()) return weights.status();
  std::vector<RegistryOperation> operations;
  for (const auto& [role, weight] : *weights) operations.push_back(SetWeight{role, weight});
  WriteToRegistry(world, std::move(operations), WeightsRecorded{*std::move(weights), token});
  return std::nullopt;
}

absl::Status Teardown(World& world, const OperatorCall& call) {
  if (!call.has_teardown()) return MissingPart("teardown");
  Framework* framework = world.FindFramework(call.teardown().framework_id().value());
  if (framework == nullptr)
    return absl::InvalidArgumentError("No framework found with specified ID");
  RemoveFramework(world, *framework, "an operator asked for its TEARDOWN");
  return absl::OkStatus();
}

Outcome MarkGone(World& world, const OperatorCall& call, CallToken token) {
  if (!call.has_mark_agent_gone()) return MissingPart("mark_agent_gone");
  return MarkAgentGone(world, call.mark_agent_gone().agent_id().value(), token);
}

Outcome Perform(World& world, const OperatorCall& call, CallToken token) {
  switch (call.type()) {
    case OperatorCall::UPDATE_WEIGHTS:
      return UpdateWeights(world, call, token);
    case OperatorCall::TEARDOWN:
      return Teardown(world, call);
    case OperatorCall::MARK_AGENT_GONE:
      return MarkGone(world, call, token);
    case OperatorCall::UNKNOWN:
      return MissingPart("type");
    case OperatorCall::GET_HEALTH:
    case OperatorCall::GET_FLAGS:
    case OperatorCall::GET_VERSION:
    case OperatorCall::GET_METRICS:
    case OperatorCall::GET_LOGGING_LEVEL:
    case OperatorCall::SET_LOGGING_LEVEL:
    case OperatorCall::LIST_FILES:
    case OperatorCall::READ_FILE:
    case OperatorCall::GET_STATE:
    case OperatorCall::GET_AGENTS:
    case OperatorCall::GET_FRAMEWORKS:
    case OperatorCall::GET_EXECUTORS:
    case OperatorCall::GET_OPERATIONS:
    case OperatorCall::GET_TASKS:
    case OperatorCall::GET_ROLES:
    case OperatorCall::GET_WEIGHTS:
    case OperatorCall::GET_MASTER:
    case OperatorCall::GET_MAINTENANCE_STATUS:
    case OperatorCall::GET_MAINTENANCE_SCHEDULE:
    case OperatorCall::GET_QUOTA:
    case OperatorCall::SUBSCRIBE:
    case OperatorCall::RESERVE_RESOURCES:
    case OperatorCall::UNRESERVE_RESOURCES:
    case OperatorCall::CREATE_VOLUMES:
    case OperatorCall::DESTROY_VOLUMES:
    case OperatorCall::UPDATE_MAINTENANCE_SCHEDULE:
    case OperatorCall::START_MAINTENANCE:
    case OperatorCall::STOP_MAINTENANCE:
    case OperatorCall::SET_QUOTA:
    case OperatorCall::REMOVE_QUOTA:
    case OperatorCall::GROW_VOLUME:
    case OperatorCall::SHRINK_VOLUME:
    case OperatorCall::UPDATE_QUOTA:
    case OperatorCall::DRAIN_AGENT:
    case OperatorCall::DEACTIVATE_AGENT:
    case OperatorCall::REACTIVATE_AGENT:
      break;
  }
  return absl::UnimplementedError(absl::StrCat("The operator call ",
                                               OperatorCall::Type_Name(call.type()),
                                               " is not supported by this master yet"));
}

}  // namespace

void OnOperatorCall(World& world, const OperatorCallReceived& received) {
  const Outcome outcome = Perform(world, *received.call, received.token);
  if (!outcome) return;
  if (!outcome->ok()) {
    LOG(WARNING) << "Refusing operator call " << OperatorCall::Type_Name(received.call->type())
                 << ": " << outcome->message();
  }
  world.Emit(AnswerOperatorCall{received.token, *outcome, nullptr});
}

void OnWeightsRecorded(World& world, const WeightsRecorded& recorded) {
  for (const auto& [role, weight] : recorded.weights) {
    world.weights[role] = weight;
    LOG(INFO) << "Weight of role=" << role << " is " << weight;
  }
  world.allocator->UpdateWeights(world.weights);
  // As Mesos does: what is offered in these roles is shared out anew.
  for (const auto& framework : world.frameworks) {
    if (framework == nullptr) continue;
    for (Offer* offer : framework->offers.Copy()) {
      if (recorded.weights.count(offer->role) > 0) {
        DiscardOffer(world, *offer, Rescind::kYes, std::nullopt);
      }
    }
  }
  world.allocation_due = true;
  world.Emit(AnswerOperatorCall{recorded.answer, absl::OkStatus(), nullptr});
}

}  // namespace mesos::master
