#include "master/validation/agent_info.h"

#include <set>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/base/limits.h"
#include "common/base/status_macros.h"
#include "common/messages/task_state.h"
#include "common/resources/resource_set.h"
#include "common/resources/roles.h"
#include "master/validation/executor.h"
#include "master/validation/framework_info.h"
#include "master/validation/id.h"

namespace mesos::master {
namespace {

constexpr int kMaxPort = 65535;

using FrameworkIds = std::set<std::string>;
using IsRemoved = absl::FunctionRef<bool(const std::string& framework_id)>;

absl::Status ValidateAttribute(const v1::Attribute& attribute) {
  if (attribute.name().empty()) {
    return absl::InvalidArgumentError("Agent attribute must have a name set");
  }
  bool has_value = false;
  switch (attribute.type()) {
    case v1::Value::SCALAR:
      has_value = attribute.has_scalar();
      break;
    case v1::Value::RANGES:
      has_value = attribute.has_ranges();
      break;
    case v1::Value::SET:
      has_value = attribute.has_set();
      break;
    case v1::Value::TEXT:
      has_value = attribute.has_text();
      break;
  }
  if (has_value) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("Agent attribute '", attribute.name(), "' of type ",
                   v1::Value::Type_Name(attribute.type()), " has no value of that type"));
}

// `total` receives the agent's resources.
absl::Status ValidateInfo(const v1::AgentInfo& info, ResourceSet* total) {
  const size_t size = info.ByteSizeLong();
  if (size > limits::kMaxAgentInfoBytes) {
    return absl::InvalidArgumentError(absl::StrCat("AgentInfo is too large: ", size,
                                                   " bytes, more than the limit of ",
                                                   limits::kMaxAgentInfoBytes, " bytes"));
  }
  if (info.hostname().empty()) {
    return absl::InvalidArgumentError("Agent must have a hostname set; give --hostname");
  }
  if (info.port() < 0 || info.port() > kMaxPort) {
    return absl::InvalidArgumentError(
        absl::StrCat("Agent has an invalid port ", info.port(), ": it must be 0 to ", kMaxPort));
  }
  for (const v1::Attribute& attribute : info.attributes()) {
    RETURN_IF_ERROR(ValidateAttribute(attribute));
  }
  ASSIGN_OR_RETURN(*total, ResourceSet::FromProto(info.resources()));
  for (const v1::Resource& resource : info.resources()) {
    if (!resource.has_allocation_info()) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("Agent resource '", resource.name(), "' must not be allocated to a role"));
  }
  return absl::OkStatus();
}

absl::Status ValidateFrameworks(const internal::ReregisterAgent& message, FrameworkIds* ids) {
  for (const v1::FrameworkInfo& framework : message.frameworks()) {
    RETURN_IF_ERROR(ValidateFrameworkInfo(framework));
    RETURN_IF_ERROR(ValidateId("FrameworkID", framework.id().value()));
    if (!ids->insert(framework.id().value()).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("Framework has a duplicate FrameworkID: '", framework.id().value(), "'"));
    }
  }
  return absl::OkStatus();
}

// Read, and allocated to one role, where they say one.
absl::StatusOr<ResourceSet> ReadClaim(
    const google::protobuf::RepeatedPtrField<v1::Resource>& resources) {
  const std::string* role = nullptr;
  for (const v1::Resource& resource : resources) {
    if (!resource.allocation_info().has_role()) continue;
    const std::string& named = resource.allocation_info().role();
    RETURN_IF_ERROR(ValidateRole(named));
    if (role != nullptr && *role != named) {
      return absl::InvalidArgumentError(
          absl::StrCat("They are allocated to role '", *role, "' and to role '", named, "'"));
    }
    role = &named;
  }
  ASSIGN_OR_RETURN(ResourceSet claim, ResourceSet::FromProto(resources));
  return claim.Unallocated();
}

// Adds what `who` ("Task 't1'") uses to what others of its agent do.
absl::Status AddClaim(const std::string& who, const ResourceSet& claim, ResourceSet* used) {
  if (!used->AddsUpWith(claim)) {
    return absl::InvalidArgumentError(absl::StrCat(
        who, " uses ", claim.ToString(),
        ", of which other tasks and executors of its agent use some: ", used->ToString()));
  }
  *used += claim;
  return absl::OkStatus();
}

absl::Status ValidateExecutors(const internal::ReregisterAgent& message, const FrameworkIds& ids,
                               IsRemoved is_removed, ResourceSet* used) {
  std::set<std::pair<std::string, std::string>> seen;
  for (const v1::ExecutorInfo& executor : message.executors()) {
    RETURN_IF_ERROR(ValidateExecutor(executor));
    const std::string& framework_id = executor.framework_id().value();
    const std::string& executor_id = executor.executor_id().value();
    if (ids.count(framework_id) == 0) {
      return absl::InvalidArgumentError(absl::StrCat(
          "Executor '", executor_id, "' has an invalid FrameworkID '", framework_id, "'"));
    }
    if (!seen.emplace(framework_id, executor_id).second) {
      return absl::InvalidArgumentError(absl::StrCat(
          "Framework '", framework_id, "' has a duplicate ExecutorID '", executor_id, "'"));
    }
    ASSIGN_OR_RETURN(const ResourceSet claim, ReadClaim(executor.resources()));
    if (is_removed(framework_id)) continue;
    RETURN_IF_ERROR(AddClaim(absl::StrCat("Executor '", executor_id, "'"), claim, used));
  }
  return absl::OkStatus();
}

absl::Status ValidateTasks(const internal::ReregisterAgent& message, const FrameworkIds& ids,
                           IsRemoved is_removed, ResourceSet* used) {
  std::set<std::pair<std::string, std::string>> seen;
  for (const v1::Task& task : message.tasks()) {
    const std::string& framework_id = task.framework_id().value();
    const std::string& task_id = task.task_id().value();
    if (absl::Status status = ValidateId("TaskID", task_id); !status.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("Task has an invalid TaskID: ", status.message()));
    }
    if (task.agent_id().value() != message.info().id().value()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "Task '", task_id, "' has an invalid AgentID '", task.agent_id().value(), "'"));
    }
    if (ids.count(framework_id) == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("Task '", task_id, "' has an invalid FrameworkID '", framework_id, "'"));
    }
    for (const v1::TaskState state : {task.state(), task.status_update_state()}) {
      if (MayComeFromAgent(state)) continue;
      return absl::InvalidArgumentError(absl::StrCat("Task '", task_id, "' is in state ",
                                                     v1::TaskState_Name(state),
                                                     ", which only a master can tell"));
    }
    if (!seen.emplace(framework_id, task_id).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("Framework '", framework_id, "' has a duplicate TaskID '", task_id, "'"));
    }
    const absl::StatusOr<ResourceSet> claim = ReadClaim(task.resources());
    if (!claim.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("Task uses invalid resources: ", claim.status().message()));
    }
    if (IsTerminal(task.state()) || is_removed(framework_id)) continue;
    RETURN_IF_ERROR(AddClaim(absl::StrCat("Task '", task_id, "'"), *claim, used));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateRegisterAgent(const internal::RegisterAgent& message) {
  if (message.info().has_id()) {
    return absl::InvalidArgumentError(
        absl::StrCat("Agent '", message.info().id().value(),
                     "' has an id already: it must register again, not anew"));
  }
  ResourceSet total;
  return ValidateInfo(message.info(), &total);
}

absl::Status ValidateReregisterAgent(const internal::ReregisterAgent& message,
                                     IsRemoved is_removed) {
  RETURN_IF_ERROR(ValidateId("AgentID", message.info().id().value()));
  ResourceSet total;
  RETURN_IF_ERROR(ValidateInfo(message.info(), &total));
  FrameworkIds ids;
  RETURN_IF_ERROR(ValidateFrameworks(message, &ids));
  ResourceSet used;
  RETURN_IF_ERROR(ValidateExecutors(message, ids, is_removed, &used));
  RETURN_IF_ERROR(ValidateTasks(message, ids, is_removed, &used));
  if (total.Contains(used)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("Agent '", message.info().id().value(), "' runs tasks and executors that use ",
                   used.ToString(), ", more than its total of ", total.ToString()));
}

}  // namespace mesos::master
