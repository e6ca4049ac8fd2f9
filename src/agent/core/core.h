#pragma once

// All that the agent core holds, shared by the files of this folder: each of them is one noun of
// the agent's work, as functions over a Core. Used on the core's thread only.

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "agent/checkpoint/paths.h"
#include "agent/core/agent_core.h"
#include "agent/core/events.h"
#include "agent/core/garbage_collector.h"
#include "agent/core/state.h"
#include "agent/status_updates/status_update_streams.h"
#include "common/base/deadlines.h"
#include "common/reconnect/connection_keeper.h"
#include "common/runtime/random.h"
#include "internal/agent_link.pb.h"

namespace mesos::agent {

// What a deadline is about; a container or task that is gone meanwhile is ignored.
struct ExecutorRegistrationDue {
  std::string container_id;
};
struct ExecutorReregistrationDue {
  std::string container_id;
};
struct ExecutorGraceDue {
  std::string container_id;
};
struct TaskCompletionDue {
  TaskKey task;
};
enum class CheckKind { kCheck, kHealthCheck };
struct CheckDue {
  TaskKey task;
  CheckKind kind;
};
struct ExitAnywayDue {};
struct AgentInfoDue {};
struct DiskWatchDue {};
using Timer = std::variant<ExecutorRegistrationDue, ExecutorReregistrationDue, ExecutorGraceDue,
                           TaskCompletionDue, CheckDue, ExitAnywayDue, AgentInfoDue, DiskWatchDue>;

// A task whose task.info is on its way to the disk.
struct PendingLaunch {
  std::string container_id;
  std::string task_id;
};

// What waits for one Checkpoint.
struct PendingCheckpoint {
  std::vector<PendingLaunch> launches;
  bool ending = false;  // the agent's id is forgotten: now it exits
};

// The agent is ending: everything is killed, its id is forgotten, then it exits with `status`.
struct Ending {
  absl::Status status;
  bool unregister = false;
  bool forgetting = false;  // the last checkpoint is on its way
  bool left = false;        // Exit went out
};

// The first wait after a dial that failed.
inline constexpr absl::Duration kFirstDialWait = absl::Milliseconds(50);

struct Core {
  Core(AgentOptions agent_options, uint64_t seed);

  // ---- Effects of the event being handled.

  void Push(Effect effect) { effects.push_back(std::move(effect)); }
  void Write(CheckpointWrite write) { writes.push_back(std::move(write)); }
  void WriteMessage(std::string path, const google::protobuf::MessageLite& message);
  void SendToMaster(internal::AgentMessage message);  // ignored while not registered
  PendingCheckpoint& Awaited() { return awaited[next_token]; }

  // Gives everything to the host; one Checkpoint for all that was written.
  Effects Finish();

  RunId Run(const Executor& executor) const;
  const std::string& agent_id() const { return info->id().value(); }

  const AgentOptions options;
  Random random;
  absl::Time now;

  // The agent as the master knows it; `has_id` once it has registered, in this life or a former.
  std::shared_ptr<const v1::AgentInfo> info;
  bool has_id = false;
  bool info_on_disk = false;                            // where not, every launch writes it too
  CheckpointToken info_token = CheckpointToken::kNone;  // of its last write
  bool registered = false;                              // on the link that stands now
  std::string master_hostname;                          // of the last that took this agent
  ConnectionKeeper master;
  absl::Duration return_spread;  // as the last master told

  FrameworkTable table;
  std::deque<std::string> idle_frameworks;  // the longest idle first
  StatusUpdateStreams updates;
  GarbageCollector garbage;
  Deadlines<Timer> deadlines;
  std::optional<Ending> ending;
  bool rebooted = false;
  AgentStats stats;  // the counters of it

  // Invariant: running_checks names the checks that wait for CheckFinished.
  std::map<CheckToken, CheckDue> running_checks;
  CheckToken last_check = CheckToken::kNone;

  // Invariant: next_token is greater than any that was handed out.
  Effects effects;
  std::vector<CheckpointWrite> writes;
  CheckpointToken next_token{1};
  std::map<CheckpointToken, PendingCheckpoint> awaited;
};

}  // namespace mesos::agent
