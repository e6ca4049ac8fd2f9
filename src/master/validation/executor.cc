#include "master/validation/executor.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/resources/resource_set.h"
#include "google/protobuf/util/message_differencer.h"
#include "master/validation/command.h"
#include "master/validation/container.h"
#include "master/validation/id.h"
#include "master/validation/resource_rules.h"

namespace mesos::master {
namespace {

using google::protobuf::util::MessageDifferencer;
using v1::ExecutorInfo;

// A difference may be a megabyte of data; the scheduler needs only the beginning of it.
constexpr size_t kMaxDifferenceBytes = 1024;

absl::Status ValidateDefaultExecutor(const ExecutorInfo& executor) {
  if (executor.has_command()) {
    return absl::InvalidArgumentError(
        "'ExecutorInfo.command' must not be set for 'DEFAULT' executor");
  }
  if (!executor.has_container()) return absl::OkStatus();
  if (executor.container().type() != v1::ContainerInfo::MESOS) {
    return absl::InvalidArgumentError(
        "'ExecutorInfo.container.type' must be 'MESOS' for 'DEFAULT' executor");
  }
  if (executor.container().mesos().has_image()) {
    return absl::InvalidArgumentError(
        "'ExecutorInfo.container.mesos.image' must not be set for 'DEFAULT' executor");
  }
  return absl::OkStatus();
}

absl::Status ValidateType(const ExecutorInfo& executor) {
  switch (executor.type()) {
    case ExecutorInfo::DEFAULT:
      return ValidateDefaultExecutor(executor);
    case ExecutorInfo::CUSTOM:
      if (executor.has_command()) return absl::OkStatus();
      return absl::InvalidArgumentError("'ExecutorInfo.command' must be set for 'CUSTOM' executor");
    case ExecutorInfo::UNKNOWN:
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::Status ValidateExecutorResources(const ExecutorInfo& executor) {
  const ResourceProtos& resources = executor.resources();
  if (absl::Status status = ValidateResourceForms(resources); !status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("Executor uses invalid resources: ", status.message()));
  }
  if (absl::Status status = ValidateUniquePersistenceIds(resources); !status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("Executor uses duplicate persistence ID: ", status.message()));
  }
  if (absl::Status status = ValidateOneAllocationRole(resources); !status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("Invalid executor resources: ", status.message()));
  }
  if (absl::Status status = ValidateRevocableUnmixed(resources); !status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("Executor mixes revocable and non-revocable resources: ", status.message()));
  }
  return absl::OkStatus();
}

// Empty where the two say the same. Order matters in a command's arguments only; an unset field
// equals its default.
std::string Difference(const ExecutorInfo& running, const ExecutorInfo& wanted) {
  absl::StatusOr<ResourceSet> has = ResourceSet::FromProto(running.resources());
  absl::StatusOr<ResourceSet> wants = ResourceSet::FromProto(wanted.resources());
  if (!wants.ok()) return std::string(wants.status().message());
  if (!has.ok()) return std::string(has.status().message());
  if (!(*has == *wants)) {
    return absl::StrCat("resources: ", has->ToString(), " -> ", wants->ToString());
  }
  MessageDifferencer differencer;
  differencer.set_message_field_comparison(MessageDifferencer::EQUIVALENT);
  differencer.set_repeated_field_comparison(MessageDifferencer::AS_SET);
  differencer.TreatAsList(v1::CommandInfo::descriptor()->FindFieldByName("arguments"));
  differencer.IgnoreField(ExecutorInfo::descriptor()->FindFieldByName("resources"));
  std::string difference;
  differencer.set_report_ignores(false);
  differencer.ReportDifferencesToString(&difference);
  if (differencer.Compare(running, wanted)) return "";
  if (difference.size() > kMaxDifferenceBytes) {
    difference.resize(kMaxDifferenceBytes);
    difference += "...";
  }
  return difference;
}

}  // namespace

absl::Status ValidateExecutor(const ExecutorInfo& executor) {
  RETURN_IF_ERROR(ValidateType(executor));
  RETURN_IF_ERROR(ValidateId("ExecutorID", executor.executor_id().value()));
  if (executor.shutdown_grace_period().nanoseconds() < 0) {
    return absl::InvalidArgumentError(
        "ExecutorInfo's 'shutdown_grace_period' must be non-negative");
  }
  if (absl::Status status = ValidateCommand(executor.command()); !status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("Executor's `CommandInfo` is invalid: ", status.message()));
  }
  if (!executor.has_container()) return absl::OkStatus();
  if (absl::Status status = ValidateContainer(executor.container()); !status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("Executor's `ContainerInfo` is invalid: ", status.message()));
  }
  return absl::OkStatus();
}

absl::Status ValidateExecutorForLaunch(const ExecutorInfo& executor, absl::string_view framework_id,
                                       const ExecutorInfo* running) {
  RETURN_IF_ERROR(ValidateExecutor(executor));
  if (!executor.has_framework_id()) {
    return absl::InvalidArgumentError("'ExecutorInfo.framework_id' must be set");
  }
  if (executor.framework_id().value() != framework_id) {
    return absl::InvalidArgumentError(absl::StrCat(
        "ExecutorInfo has an invalid FrameworkID (Actual: ", executor.framework_id().value(),
        " vs Expected: ", framework_id, ")"));
  }
  RETURN_IF_ERROR(ValidateExecutorResources(executor));
  if (running == nullptr) return absl::OkStatus();
  const std::string difference = Difference(*running, executor);
  if (difference.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "ExecutorInfo is not compatible with existing ExecutorInfo with same ExecutorID '",
      executor.executor_id().value(), "'; use another ExecutorID. Differences:\n", difference));
}

}  // namespace mesos::master
