#include "master/validation/role.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/limits.h"

namespace mesos::master {
namespace {

absl::Status ValidateComponent(absl::string_view role, absl::string_view component) {
  if (component == "." || component == ".." || component == "*") {
    return absl::InvalidArgumentError(
        absl::StrCat("Role '", role, "' cannot include '", component, "' as a component"));
  }
  if (absl::StartsWith(component, "-")) {
    return absl::InvalidArgumentError(
        absl::StrCat("Role component '", component, "' is invalid because it starts with a dash"));
  }
  // White space, and DEL, which Mesos calls backspace.
  if (component.find_first_of("\t\n\v\f\r \x7f") != absl::string_view::npos) {
    return absl::InvalidArgumentError(absl::StrCat(
        "Role component '", component, "' is invalid because it contains backspace or whitespace"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateRole(absl::string_view role) {
  if (role == "*") return absl::OkStatus();
  if (role.empty()) {
    return absl::InvalidArgumentError("Role names cannot be the empty string");
  }
  if (role.size() > limits::kMaxRoleBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("Role names must not be longer than ", limits::kMaxRoleBytes, " bytes"));
  }
  if (absl::StartsWith(role, "/")) {
    return absl::InvalidArgumentError(absl::StrCat("Role '", role, "' cannot start with a slash"));
  }
  if (absl::EndsWith(role, "/")) {
    return absl::InvalidArgumentError(absl::StrCat("Role '", role, "' cannot end with a slash"));
  }
  if (absl::StrContains(role, "//")) {
    return absl::InvalidArgumentError(
        absl::StrCat("Role '", role, "' cannot contain two adjacent slashes"));
  }
  for (absl::string_view component : absl::StrSplit(role, '/')) {
    if (absl::Status status = ValidateComponent(role, component); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace mesos::master
