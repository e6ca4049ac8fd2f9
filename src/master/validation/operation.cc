#include "master/validation/operation.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "master/validation/unsupported.h"

namespace mesos::master {
namespace {

using v1::Offer;

absl::Status Expect(bool present, absl::string_view name, absl::string_view field) {
  if (present) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(name, " offer operation must have the Offer.Operation.", field, " field set."));
}

absl::Status ValidatePart(const Offer::Operation& operation) {
  switch (operation.type()) {
    case Offer::Operation::LAUNCH:
      return Expect(operation.has_launch(), "A LAUNCH", "launch");
    case Offer::Operation::LAUNCH_GROUP:
      return Expect(operation.has_launch_group(), "A LAUNCH_GROUP", "launch_group");
    case Offer::Operation::RESERVE:
      return Expect(operation.has_reserve(), "A RESERVE", "reserve");
    case Offer::Operation::UNRESERVE:
      return Expect(operation.has_unreserve(), "An UNRESERVE", "unreserve");
    case Offer::Operation::CREATE:
      return Expect(operation.has_create(), "A CREATE", "create");
    case Offer::Operation::DESTROY:
      return Expect(operation.has_destroy(), "A DESTROY", "destroy");
    case Offer::Operation::GROW_VOLUME:
      return Expect(operation.has_grow_volume(), "A GROW_VOLUME", "grow_volume");
    case Offer::Operation::SHRINK_VOLUME:
      return Expect(operation.has_shrink_volume(), "A SHRINK_VOLUME", "shrink_volume");
    case Offer::Operation::CREATE_DISK:
      return Expect(operation.has_create_disk(), "A CREATE_DISK", "create_disk");
    case Offer::Operation::DESTROY_DISK:
      return Expect(operation.has_destroy_disk(), "A DESTROY_DISK", "destroy_disk");
    case Offer::Operation::UNKNOWN:
      return absl::InvalidArgumentError("Unknown offer operation");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateOperation(const Offer::Operation& operation) {
  RETURN_IF_ERROR(ValidatePart(operation));
  return CheckOperationSupported(operation);
}

std::vector<const v1::TaskInfo*> TasksOf(const Offer::Operation& operation) {
  std::vector<const v1::TaskInfo*> tasks;
  if (operation.type() == Offer::Operation::LAUNCH) {
    for (const v1::TaskInfo& task : operation.launch().task_infos()) tasks.push_back(&task);
  } else if (operation.type() == Offer::Operation::LAUNCH_GROUP) {
    for (const v1::TaskInfo& task : operation.launch_group().task_group().tasks()) {
      tasks.push_back(&task);
    }
  }
  return tasks;
}

}  // namespace mesos::master
