#pragma once

// Reads the checkpoint tree (drawn in paths.h) into a RecoveredState.
//
//   ASSIGN_OR_RETURN(RecoveredState state, Recover(fs, {.meta_directory = ..., .boot_id = ...,
//   .strict = true}));
//
// A torn last record of a `task.updates` file is normal after kill -9: it is dropped and the file
// cut there, so that later appends stand behind whole records. Everything else that cannot be read
// is an error that names the file; where not strict it is put into `problems` and the executor,
// task or framework it belongs to is skipped. The agent's own slave.info is never skipped: without
// it nothing can be recovered. Blocks on the disk; call before the core starts.

#include <string>

#include "absl/status/statusor.h"
#include "agent/checkpoint/recovered_state.h"
#include "common/disk/file_system.h"

namespace mesos::agent {

struct RecoveryOptions {
  std::string meta_directory;
  std::string boot_id;  // of this boot; empty where the system has none
  bool strict = true;
};

absl::StatusOr<RecoveredState> Recover(FileSystem& fs, const RecoveryOptions& options);

// What may change of an agent that restarts, by the values of Mesos' --reconfiguration_policy.
enum class ReconfigurationPolicy {
  kEqual,     // nothing
  kAdditive,  // resources, attributes and a domain may be added; what there was is as it was
};

// Whether an agent that registered as `old_info` may go on as `new_info`: hostname, resources,
// attributes and domain are looked at. The port may change. FailedPrecondition says what differs
// and what to do; `meta_directory` is named in it.
absl::Status CheckCompatible(const v1::AgentInfo& old_info, const v1::AgentInfo& new_info,
                             const std::string& meta_directory,
                             ReconfigurationPolicy policy = ReconfigurationPolicy::kEqual);

}  // namespace mesos::agent
