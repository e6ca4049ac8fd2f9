#include "master/validation/check.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "master/validation/command.h"

namespace mesos::master {
namespace {

absl::Status NotNegative(double seconds, absl::string_view field) {
  if (seconds >= 0) return absl::OkStatus();  // false for NaN
  return absl::InvalidArgumentError(absl::StrCat("Expecting '", field, "' to be non-negative"));
}

// `what` is "health check" or "check".
absl::Status ValidateCheckCommand(const v1::CommandInfo& command, absl::string_view what,
                                  absl::string_view owner) {
  if (!command.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("Command ", what, " must contain ",
                     command.shell() ? "'shell command'" : "'executable path'"));
  }
  if (absl::Status status = ValidateCommand(command); !status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(owner, "'s `CommandInfo` is invalid: ", status.message()));
  }
  return absl::OkStatus();
}

absl::Status ValidatePath(const std::string& path, absl::string_view what) {
  if (absl::StartsWith(path, "/")) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("The path '", path, "' of HTTP ", what, " must start with '/'"));
}

absl::Status Missing(absl::string_view field, absl::string_view kind, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("Expecting '", field, "' to be set for ", kind, " ", what));
}

absl::Status ValidateCheckKind(const v1::CheckInfo& check) {
  switch (check.type()) {
    case v1::CheckInfo::COMMAND:
      if (!check.has_command()) return Missing("command", "COMMAND", "check");
      return ValidateCheckCommand(check.command().command(), "check", "Check");
    case v1::CheckInfo::HTTP:
      if (!check.has_http()) return Missing("http", "HTTP", "check");
      if (check.http().has_path()) return ValidatePath(check.http().path(), "check");
      return absl::OkStatus();
    case v1::CheckInfo::TCP:
      if (!check.has_tcp()) return Missing("tcp", "TCP", "check");
      return absl::OkStatus();
    case v1::CheckInfo::UNKNOWN:
      return absl::InvalidArgumentError("'UNKNOWN' is not a valid check type");
  }
  return absl::OkStatus();
}

absl::Status ValidateHttpHealthCheck(const v1::HealthCheck::HTTPCheckInfo& http) {
  if (http.has_scheme() && http.scheme() != "http" && http.scheme() != "https") {
    return absl::InvalidArgumentError(
        absl::StrCat("Unsupported HTTP health check scheme: '", http.scheme(), "'"));
  }
  if (http.has_path()) return ValidatePath(http.path(), "health check");
  return absl::OkStatus();
}

absl::Status ValidateHealthCheckKind(const v1::HealthCheck& check) {
  switch (check.type()) {
    case v1::HealthCheck::COMMAND:
      if (!check.has_command()) return Missing("command", "COMMAND", "health check");
      return ValidateCheckCommand(check.command(), "health check", "Health check");
    case v1::HealthCheck::HTTP:
      if (!check.has_http()) return Missing("http", "HTTP", "health check");
      return ValidateHttpHealthCheck(check.http());
    case v1::HealthCheck::TCP:
      if (!check.has_tcp()) return Missing("tcp", "TCP", "health check");
      return absl::OkStatus();
    case v1::HealthCheck::UNKNOWN:
      return absl::InvalidArgumentError("'UNKNOWN' is not a valid health check type");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateCheck(const v1::CheckInfo& check) {
  if (!check.has_type()) return absl::InvalidArgumentError("CheckInfo must specify 'type'");
  RETURN_IF_ERROR(ValidateCheckKind(check));
  RETURN_IF_ERROR(NotNegative(check.delay_seconds(), "delay_seconds"));
  RETURN_IF_ERROR(NotNegative(check.interval_seconds(), "interval_seconds"));
  return NotNegative(check.timeout_seconds(), "timeout_seconds");
}

absl::Status ValidateHealthCheck(const v1::HealthCheck& check) {
  if (!check.has_type()) return absl::InvalidArgumentError("HealthCheck must specify 'type'");
  RETURN_IF_ERROR(ValidateHealthCheckKind(check));
  RETURN_IF_ERROR(NotNegative(check.delay_seconds(), "delay_seconds"));
  RETURN_IF_ERROR(NotNegative(check.grace_period_seconds(), "grace_period_seconds"));
  RETURN_IF_ERROR(NotNegative(check.interval_seconds(), "interval_seconds"));
  return NotNegative(check.timeout_seconds(), "timeout_seconds");
}

}  // namespace mesos::master
