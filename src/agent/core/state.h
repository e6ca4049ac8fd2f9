#pragma once

// What the agent core remembers: frameworks, their executors (one run each), and the tasks of
// those. Data with look-up; the rules are in the files beside it. Used on the core's thread only.
//
//                    checkpoint done        started              subscribed
//   kCheckpointing ────────────────▶ kLaunching ──▶ kRegistering ──────────▶ kRunning
//          │                              │    (command task: straight to kRunning) │
//          │                              ▼                                          ▼
//          │                         kTerminating (asked to end) ◀───────────────────┘
//          ▼                              │ container gone
//     kTerminated ◀───────────────────────┘
//
// A terminated executor stays until every terminal update of its tasks is acknowledged; then its
// run is completed.

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "agent/core/events.h"
#include "agent/status_updates/status_update_streams.h"
#include "common/base/deadlines.h"
#include "common/base/ids.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::agent {

// A check or health check of a task that runs; checks.h has its rules.
struct TaskCheck {
  bool active = false;
  CheckToken running = CheckToken::kNone;   // the run that is under way
  DeadlineId deadline = DeadlineId::kNone;  // when that times out, or when the next one is due
  absl::Time started;                       // of the task
  // Of a health check.
  bool passed = false;  // once at least: its grace period is over
  uint32_t consecutive_failures = 0;
};

struct Task {
  enum class Delivery {
    kCheckpointing,  // its task.info is on its way to the disk
    kQueued,         // waits for its executor
    kDelivered,      // handed to its executor, or its container was asked for
  };

  std::shared_ptr<const v1::TaskInfo> info;
  absl::Time launched_at;
  Delivery delivery = Delivery::kCheckpointing;
  v1::TaskState state = v1::TASK_STAGING;  // the newest, acknowledged or not
  // A later one of the same state replaces the last.
  std::vector<std::shared_ptr<const v1::TaskStatus>> statuses;
  bool kill_requested = false;
  bool out_of_time = false;  // its max_completion_time has passed
  absl::Duration kill_grace = absl::InfiniteDuration();
  std::optional<v1::KillPolicy> kill_policy;  // of the last kill call
  DeadlineId completion_deadline = DeadlineId::kNone;
  TaskCheck check;
  TaskCheck health_check;
  bool unhealthy = false;  // killed for failing its health check

  const std::string& id() const { return info->task_id().value(); }
  bool terminal() const { return IsTerminal(state); }
};

enum class ExecutorPhase {
  kCheckpointing,
  kLaunching,
  kRegistering,
  kRunning,
  kTerminating,
  kTerminated,
};

// Why an executor ends, where the agent decided it: what its tasks are told.
struct TerminationReason {
  v1::TaskStatus::Reason reason = v1::TaskStatus::REASON_EXECUTOR_TERMINATED;
  std::string message;
};

struct Executor {
  std::string framework_id;
  std::string id;
  std::shared_ptr<const v1::ExecutorInfo> info;
  bool is_command_task = false;
  std::string container_id;
  std::string token;  // what only this run was given; empty for a command task
  ExecutorPhase phase = ExecutorPhase::kCheckpointing;
  bool checkpointed = false;  // `info` stands on disk, where that is needed
  CheckpointToken info_token = CheckpointToken::kNone;  // of the last write of it
  bool recovered = false;                               // a former agent process launched it
  bool has_container =
      false;  // LaunchContainer or ReattachContainer went out and ContainerExited has not come
  bool destroyed = false;  // DestroyContainer went out
  std::optional<int32_t> pid;
  SessionId session = SessionId::kNone;     // of the executor, while subscribed
  DeadlineId deadline = DeadlineId::kNone;  // registration, reregistration, or grace of a shutdown
  std::optional<TerminationReason> termination;
  std::map<std::string, Task> tasks;  // not completed, by task id
  std::vector<std::string> queued;    // ids of queued tasks, in order of launch
  std::deque<std::shared_ptr<const v1::Task>> completed_tasks;

  bool alive() const { return phase != ExecutorPhase::kTerminated; }
};

// An executor of which only history is left.
struct CompletedExecutor {
  std::string id;
  std::shared_ptr<const v1::ExecutorInfo> info;
  std::string container_id;
  std::deque<std::shared_ptr<const v1::Task>> tasks;
};

struct Framework {
  std::shared_ptr<const v1::FrameworkInfo> info;
  bool checkpointed = false;                            // `info` stands on disk
  CheckpointToken info_token = CheckpointToken::kNone;  // of the last write of it
  bool terminating = false;  // shut down by the master: no more updates, no new tasks
  std::map<std::string, Executor> executors;
  std::deque<std::shared_ptr<const CompletedExecutor>> completed_executors;

  bool idle() const { return executors.empty(); }
  bool HasCapability(v1::FrameworkInfo::Capability::Type type) const;
};

// The frameworks, with an index of the containers.
class FrameworkTable {
 public:
  Framework* Find(const std::string& framework_id);
  Framework& Add(std::shared_ptr<const v1::FrameworkInfo> info);
  void Remove(const std::string& framework_id);

  Executor* FindExecutor(const std::string& framework_id, const std::string& executor_id);
  Executor* FindContainer(const std::string& container_id);
  Executor& AddExecutor(Framework& framework, Executor executor);
  void RemoveExecutor(const std::string& framework_id, const std::string& executor_id);

  struct TaskRef {
    Framework* framework = nullptr;
    Executor* executor = nullptr;
    Task* task = nullptr;
    explicit operator bool() const { return task != nullptr; }
  };
  TaskRef FindTask(const std::string& framework_id, const std::string& task_id);
  Task& AddTask(Executor& executor, Task task);
  void RemoveTask(Executor& executor, const std::string& task_id);

  std::map<std::string, Framework>& frameworks() { return frameworks_; }
  const std::map<std::string, Framework>& frameworks() const { return frameworks_; }
  size_t containers() const { return containers_.size(); }
  size_t tasks() const { return tasks_.size(); }

 private:
  struct ExecutorKey {
    std::string framework_id;
    std::string executor_id;
  };

  // Invariant: containers_ and tasks_ name exactly what stands in frameworks_.
  std::map<std::string, Framework> frameworks_;
  absl::flat_hash_map<std::string, ExecutorKey> containers_;
  absl::flat_hash_map<TaskKey, std::string> tasks_;  // to the executor's id
};

}  // namespace mesos::agent
