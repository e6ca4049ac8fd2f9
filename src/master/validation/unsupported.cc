#include "master/validation/unsupported.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace mesos::master {
namespace {

absl::Status NotYet(absl::string_view owner, absl::string_view what) {
  return absl::UnimplementedError(absl::StrCat(owner, what, " is not supported yet; leave it out"));
}

absl::Status CheckCommand(absl::string_view owner, const v1::CommandInfo& command) {
  for (const v1::Environment::Variable& variable : command.environment().variables()) {
    if (variable.type() == v1::Environment::Variable::SECRET &&
        variable.secret().type() != v1::Secret::VALUE) {
      return NotYet(owner,
                    absl::StrCat(".command.environment: the secret by reference of variable '",
                                 variable.name(), "'"));
    }
  }
  return absl::OkStatus();
}

// A container of type MESOS that asks for nothing is just a process, which is what runs.
absl::Status CheckContainer(absl::string_view owner, const v1::ContainerInfo& container) {
  if (container.type() == v1::ContainerInfo::DOCKER) {
    return NotYet(owner, ".container.type DOCKER");
  }
  if (container.has_docker()) return NotYet(owner, ".container.docker");
  if (container.mesos().has_image()) return NotYet(owner, ".container.mesos.image");
  if (container.volumes_size() > 0) return NotYet(owner, ".container.volumes");
  if (container.has_hostname()) return NotYet(owner, ".container.hostname");
  if (container.has_linux_info()) return NotYet(owner, ".container.linux_info");
  if (container.has_rlimit_info()) return NotYet(owner, ".container.rlimit_info");
  if (container.has_tty_info()) return NotYet(owner, ".container.tty_info");
  if (container.network_infos_size() > 0) return NotYet(owner, ".container.network_infos");
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckTaskSupported(const v1::TaskInfo& task) {
  if (task.limits_size() > 0) return NotYet("TaskInfo", ".limits");
  if (task.has_executor()) {
    // Checks and container of the task are its executor's to look after.
    RETURN_IF_ERROR(CheckCommand("ExecutorInfo", task.executor().command()));
    if (!task.executor().has_container()) return absl::OkStatus();
    return CheckContainer("ExecutorInfo", task.executor().container());
  }
  RETURN_IF_ERROR(CheckCommand("TaskInfo", task.command()));
  if (!task.has_container()) return absl::OkStatus();
  return CheckContainer("TaskInfo", task.container());
}

absl::Status CheckOperationSupported(const v1::Offer::Operation& operation) {
  if (operation.type() == v1::Offer::Operation::LAUNCH) return absl::OkStatus();
  return absl::UnimplementedError(absl::StrCat("Offer operation ",
                                               v1::Offer::Operation::Type_Name(operation.type()),
                                               " is not supported yet; only LAUNCH is"));
}

absl::Status CheckFrameworkSupported(const v1::FrameworkInfo& info) {
  if (info.offer_filters_size() > 0) return NotYet("FrameworkInfo", ".offer_filters");
  return absl::OkStatus();
}

absl::Status CheckCallSupported(const v1::scheduler::Call& call) {
  if (call.reconcile_operations().operations_size() > 0) {
    return NotYet("'reconcile_operations.operations'", "");
  }
  return absl::OkStatus();
}

}  // namespace mesos::master
