#pragma once

// What an agent says to an executor by environment variables.
//
//   ASSIGN_OR_RETURN(AgentEnvironment environment, ReadEnvironment(getenv));
//
// Pure but for `lookup`. InvalidArgument names the variable, its value, and what it should be.

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "executor_driver/core/executor_driver_core.h"

namespace mesos::executor_driver {

struct AgentEnvironment {
  std::string target;  // the agent's Unix socket or endpoint, as a dial takes it
  std::string token;   // proves to the agent which executor this is; may be empty
  ExecutorDriverOptions options;
};

// `lookup` gives a variable's value, or null where it is not set.
absl::StatusOr<AgentEnvironment> ReadEnvironment(
    const std::function<const char*(const char*)>& lookup);

}  // namespace mesos::executor_driver
