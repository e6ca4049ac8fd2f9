#include "common/resources/roles.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/limits.h"

namespace mesos {
namespace {

// Whitespace and DEL: they would not survive a log line, a URL or a path.
constexpr absl::string_view kForbidden = "\x09\x0a\x0b\x0c\x0d\x20\x7f";

absl::Status ValidateComponent(absl::string_view role, absl::string_view component) {
  if (component == "." || component == ".." || component == "*") {
    return absl::InvalidArgumentError(
        absl::StrCat("Role '", role, "' cannot include '", component, "' as a component"));
  }
  if (absl::StartsWith(component, "-")) {
    return absl::InvalidArgumentError(
        absl::StrCat("Role component '", component, "' is invalid because it starts with a dash"));
  }
  if (component.find_first_of(kForbidden) != absl::string_view::npos) {
    return absl::InvalidArgumentError(absl::StrCat(
        "Role component '", component, "' is invalid because it contains backspace or whitespace"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateRole(absl::string_view role) {
  if (role == "*") return absl::OkStatus();
  if (role.empty()) return absl::InvalidArgumentError("Role names cannot be the empty string");
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
    absl::Status status = ValidateComponent(role, component);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

bool IsStrictSubroleOf(absl::string_view role, absl::string_view ancestor) {
  return role.size() > ancestor.size() && role[ancestor.size()] == '/' &&
         absl::StartsWith(role, ancestor);
}

}  // namespace mesos
