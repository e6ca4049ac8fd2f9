#include "executor_driver/environment.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/flags/duration.h"

namespace mesos::executor_driver {
namespace {

using Lookup = std::function<const char*(const char*)>;

absl::StatusOr<std::string> Required(const Lookup& lookup, const char* name) {
  const char* value = lookup(name);
  if (value == nullptr || *value == '\0') {
    return absl::InvalidArgumentError(
        absl::StrCat(name, " is not set: an executor is started by a Mesos agent, which sets it"));
  }
  return std::string(value);
}

absl::Status ReadDuration(const Lookup& lookup, const char* name, absl::Duration& out) {
  const char* value = lookup(name);
  if (value == nullptr || *value == '\0') return absl::OkStatus();
  auto duration = flags::ParseDuration(value);
  if (!duration.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, "='", value, "': ", duration.status().message()));
  }
  out = *duration;
  return absl::OkStatus();
}

// The agent's Unix socket where it tells one: it stays the same when a restarted agent has another
// port.
absl::StatusOr<std::string> Target(const Lookup& lookup) {
  for (const char* name : {"MESOS_DOMAIN_SOCKET", "LIBMESOS_AGENT_SOCKET"}) {
    const char* socket = lookup(name);
    if (socket != nullptr && *socket != '\0') return absl::StrCat("unix:", socket);
  }
  return Required(lookup, "MESOS_AGENT_ENDPOINT");
}

}  // namespace

absl::StatusOr<AgentEnvironment> ReadEnvironment(const Lookup& lookup) {
  AgentEnvironment environment;
  ASSIGN_OR_RETURN(environment.target, Target(lookup));
  const char* token = lookup("MESOS_EXECUTOR_AUTHENTICATION_TOKEN");
  if (token != nullptr) environment.token = token;
  ExecutorDriverOptions& options = environment.options;
  ASSIGN_OR_RETURN(options.framework_id, Required(lookup, "MESOS_FRAMEWORK_ID"));
  ASSIGN_OR_RETURN(options.executor_id, Required(lookup, "MESOS_EXECUTOR_ID"));
  ASSIGN_OR_RETURN(options.agent_id, Required(lookup, "MESOS_SLAVE_ID"));
  const char* checkpoint = lookup("MESOS_CHECKPOINT");
  options.checkpoint = checkpoint != nullptr && std::string(checkpoint) == "1";
  RETURN_IF_ERROR(ReadDuration(lookup, "MESOS_RECOVERY_TIMEOUT", options.recovery_timeout));
  RETURN_IF_ERROR(
      ReadDuration(lookup, "MESOS_SUBSCRIPTION_BACKOFF_MAX", options.subscription_backoff_maximum));
  RETURN_IF_ERROR(
      ReadDuration(lookup, "MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD", options.shutdown_grace_period));
  return environment;
}

}  // namespace mesos::executor_driver
