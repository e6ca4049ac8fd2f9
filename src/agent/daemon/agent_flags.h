#pragma once

// The flags of mesos-agent, by Mesos' names, checked and read into what the daemon takes.
//
//   ASSIGN_OR_RETURN(AgentConfig config, ReadAgentFlags());   // after StartProgram
//
// Call once, from main. Makes the directories that the flags name. Errors name the flag and the
// value.

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "agent/checkpoint/recovery.h"
#include "agent/core/agent_core.h"
#include "common/leader/master_address.h"
#include "common/net/site_guard.h"
#include "common/rpc/host_address.h"

namespace mesos::agent {

struct AgentConfig {
  leader::MasterAddress master;
  rpc::Addresses addresses;
  int listen_port = 0;
  int advertise_port = 0;  // 0: the port that is listened on
  net::SiteNames site;     // for requests over HTTP
  std::string launcher_path;
  uint32_t task_descriptor_limit = 0;  // the soft RLIMIT_NOFILE of what tasks run; 0: the agent's
  std::string log_directory;           // empty: logs go to stderr
  std::string external_log_file;       // served as the log; empty: that of log_directory
  ReconfigurationPolicy reconfiguration_policy = ReconfigurationPolicy::kEqual;
  bool strict = true;
  AgentOptions options;  // without boot_id and info.port
};

absl::StatusOr<AgentConfig> ReadAgentFlags();

// The parts of it that have a form, for tests.
absl::StatusOr<std::map<std::string, std::string>> ParseEnvironmentFlag(const std::string& json);
absl::Status CheckMaster(const std::string& value);

}  // namespace mesos::agent
