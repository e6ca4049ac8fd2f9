#pragma once

// What a restarted agent finds on disk of the time before: data only, made by recovery.h, taken by
// AgentCore. Ends of containers are not here: the core asks to reattach each, and hears of its end
// by ContainerExited.

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "agent/checkpoint/machine.h"
#include "internal/agent_link.pb.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::agent {

struct RecoveredTask {
  v1::TaskInfo info;
  absl::Time launched_at;
  std::vector<internal::StatusUpdate> updates;  // in order
  std::vector<std::string> acknowledged_uuids;
  bool kill_requested = false;
};

// One run of an executor.
struct RecoveredExecutor {
  v1::ExecutorInfo info;  // empty for a command task, whose executor follows from its TaskInfo
  bool is_command_task = false;
  std::string executor_id;
  std::string container_id;
  std::string token;  // of a custom executor; empty where an agent of old launched it
  // The run has ended and was dealt with, or its checkpoint was never finished and so nothing was
  // launched (then it has no sentinel yet). No tasks then.
  bool completed = false;
  bool has_sentinel = false;
  std::optional<absl::Time> ended_at;  // where the sentinel tells
  std::vector<RecoveredTask> tasks;
};

struct RecoveredFramework {
  std::string id;
  std::optional<v1::FrameworkInfo> info;  // none where its checkpoint was never finished
  std::vector<RecoveredExecutor> executors;
};

// Whether a restarted agent goes on with this run.
inline bool TakenUp(const RecoveredFramework& framework, const RecoveredExecutor& executor) {
  return framework.info.has_value() && !executor.completed && !executor.tasks.empty();
}

struct RecoveredState {
  std::optional<v1::AgentInfo> agent;      // with id; none where the agent never registered
  bool rebooted = false;                   // the boot id differs: no process of before is alive
  std::optional<MachineIdentity> machine;  // that wrote it
  // It is a copy of what another agent wrote, and stays unused: there is no `agent`.
  bool copied = false;
  std::vector<RecoveredFramework> frameworks;
  std::vector<std::string> problems;  // what could not be read and was skipped (not strict)
};

}  // namespace mesos::agent
