#include "master/validation/framework_info.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/limits.h"
#include "common/base/status_macros.h"
#include "common/resources/roles.h"
#include "master/validation/id.h"

namespace mesos::master {
namespace {

// The text form of a set in Mesos' messages.
std::string Braced(const std::set<std::string>& items) {
  return absl::StrCat("{ ", absl::StrJoin(items, ", "), " }");
}

absl::Status ValidateRoles(const v1::FrameworkInfo& info) {
  if (!HasCapability(info, v1::FrameworkInfo::Capability::MULTI_ROLE)) {
    if (info.roles_size() > 0) {
      return absl::InvalidArgumentError(
          "'FrameworkInfo.roles' must not be set when the framework is not MULTI_ROLE capable");
    }
    if (absl::Status status = ValidateRole(info.role()); !status.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("'FrameworkInfo.role' is not a valid role: ", status.message()));
    }
    return absl::OkStatus();
  }
  if (info.has_role()) {
    return absl::InvalidArgumentError(
        "'FrameworkInfo.role' must not be set when the framework is MULTI_ROLE capable");
  }
  std::set<std::string> seen;
  std::set<std::string> duplicates;
  for (const std::string& role : info.roles()) {
    if (!seen.insert(role).second) duplicates.insert(role);
  }
  if (!duplicates.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("'FrameworkInfo.roles' contains duplicate items: ", Braced(duplicates)));
  }
  for (const std::string& role : info.roles()) {
    if (absl::Status status = ValidateRole(role); !status.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("'FrameworkInfo.roles' contains invalid role: ", status.message()));
    }
  }
  return absl::OkStatus();
}

absl::Status ValidateRoleNodes(const v1::FrameworkInfo& info) {
  const size_t nodes = RoleNodesOf(info);
  if (nodes <= limits::kMaxRoleNodesPerFramework) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "'FrameworkInfo.roles' have ", nodes, " path components together, more than the limit of ",
      limits::kMaxRoleNodesPerFramework, ": name fewer or shallower roles"));
}

absl::Status ValidateFailoverTimeout(const v1::FrameworkInfo& info) {
  // The longest time that int64 nanoseconds hold, as Mesos has it; a negative one is none.
  constexpr double kMaxSeconds = static_cast<double>(std::numeric_limits<int64_t>::max()) / 1e9;
  const double seconds = info.failover_timeout();
  if (std::abs(seconds) <= kMaxSeconds) return absl::OkStatus();  // false for NaN
  return absl::InvalidArgumentError(absl::StrCat("The framework failover_timeout (", seconds,
                                                 ") is invalid: it must be at most ", kMaxSeconds,
                                                 " seconds"));
}

}  // namespace

bool HasCapability(const v1::FrameworkInfo& info, v1::FrameworkInfo::Capability::Type capability) {
  return std::any_of(info.capabilities().begin(), info.capabilities().end(),
                     [&](const auto& entry) { return entry.type() == capability; });
}

std::set<std::string> RolesOf(const v1::FrameworkInfo& info) {
  if (!HasCapability(info, v1::FrameworkInfo::Capability::MULTI_ROLE)) return {info.role()};
  return {info.roles().begin(), info.roles().end()};
}

size_t RoleNodesOf(const v1::FrameworkInfo& info) {
  const auto components = [](const std::string& role) {
    return 1 + static_cast<size_t>(std::count(role.begin(), role.end(), '/'));
  };
  if (!HasCapability(info, v1::FrameworkInfo::Capability::MULTI_ROLE)) {
    return components(info.role());
  }
  size_t nodes = 0;
  for (const std::string& role : info.roles()) nodes += components(role);
  return nodes;
}

absl::Status ValidateFrameworkInfo(const v1::FrameworkInfo& info) {
  const size_t size = info.ByteSizeLong();
  if (size > limits::kMaxFrameworkInfoBytes) {
    return absl::InvalidArgumentError(absl::StrCat("FrameworkInfo is too large: ", size,
                                                   " bytes, more than the limit of ",
                                                   limits::kMaxFrameworkInfoBytes, " bytes"));
  }
  RETURN_IF_ERROR(ValidateRoles(info));
  RETURN_IF_ERROR(ValidateRoleNodes(info));
  if (info.has_id() && !info.id().value().empty()) {
    RETURN_IF_ERROR(ValidateId("FrameworkID", info.id().value()));
  }
  return ValidateFailoverTimeout(info);
}

absl::Status ValidateSuppressedRoles(
    const v1::FrameworkInfo& info,
    const google::protobuf::RepeatedPtrField<std::string>& suppressed) {
  const std::set<std::string> roles = RolesOf(info);
  std::set<std::string> foreign;
  for (const std::string& role : suppressed) {
    if (roles.count(role) == 0) foreign.insert(role);
  }
  if (foreign.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("Suppressed roles ", Braced(foreign), " are not contained in the set of roles"));
}

absl::Status ValidateFrameworkUpdate(const v1::FrameworkInfo& old_info,
                                     const v1::FrameworkInfo& new_info) {
  // The old principal is not told to who asks with another one.
  if (old_info.has_principal() != new_info.has_principal() ||
      old_info.principal() != new_info.principal()) {
    return absl::InvalidArgumentError("Changing framework's principal is not allowed.");
  }
  if (old_info.user() != new_info.user()) {
    return absl::InvalidArgumentError(
        absl::StrCat("Updating 'FrameworkInfo.user' is unsupported; attempted to update from '",
                     old_info.user(), "' to '", new_info.user(), "'"));
  }
  if (old_info.checkpoint() != new_info.checkpoint()) {
    const auto text = [](bool value) { return value ? "true" : "false"; };
    return absl::InvalidArgumentError(absl::StrCat(
        "Updating 'FrameworkInfo.checkpoint' is unsupported; attempted to update from '",
        text(old_info.checkpoint()), "' to '", text(new_info.checkpoint()), "'"));
  }
  return absl::OkStatus();
}

bool KeepImmutableFields(const v1::FrameworkInfo& old_info, v1::FrameworkInfo* new_info) {
  bool differed = false;
  if (old_info.user() != new_info->user()) {
    new_info->set_user(old_info.user());
    differed = true;
  }
  if (old_info.checkpoint() != new_info->checkpoint()) {
    new_info->set_checkpoint(old_info.checkpoint());
    differed = true;
  }
  return differed;
}

}  // namespace mesos::master
