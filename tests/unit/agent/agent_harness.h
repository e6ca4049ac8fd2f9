#pragma once

// An AgentCore with a host around it: checkpoints go to a MemoryFileSystem and are done at once
// (unless held), what is sent is kept, time stands until Advance. Every event is followed by a
// check of the invariants.

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/core/agent_core.h"
#include "common/disk/fake_file_system.h"
#include "internal/agent_link.pb.h"
#include "mesos/v1/executor/executor.pb.h"

namespace mesos::agent {

inline constexpr char kAgentId[] = "master-S0";
inline constexpr char kFrameworkId[] = "framework-1";
inline constexpr char kWorkDirectory[] = "/work_dir";
inline constexpr char kMetaDirectory[] = "/work_dir/meta";

AgentOptions TestOptions();

v1::FrameworkInfo TestFramework(const std::string& id = kFrameworkId, bool partition_aware = true,
                                bool killing_state = true);

v1::TaskInfo CommandTask(const std::string& id, const std::string& command = "true");
v1::TaskInfo ExecutorTask(const std::string& id, const std::string& executor_id);

class AgentHarness {
 public:
  explicit AgentHarness(
      AgentOptions options = TestOptions(),
      std::shared_ptr<MemoryFileSystem> fs = std::make_shared<MemoryFileSystem>());

  // A new agent process over the same files: what is not on disk is gone.
  void Restart(bool rebooted = false);

  void Handle(Event event);
  void FromMaster(internal::MasterMessage message);

  // Opens the link that was dialed last, and answers the registration.
  // Where `return_spread` is negative, the master does not tell one.
  void Register(absl::Duration return_spread = absl::ZeroDuration());
  void OpenLink();
  void CloseLink();

  // Lets time pass, deadline by deadline.
  void Advance(absl::Duration duration);

  void RunTasks(const v1::FrameworkInfo& framework, const std::vector<v1::TaskInfo>& tasks);
  void KillTask(const std::string& task_id, std::optional<absl::Duration> grace = std::nullopt);
  void Acknowledge(const v1::TaskStatus& status, const std::string& framework_id = kFrameworkId);

  void Started(const std::string& container_id, int32_t pid = 1234);
  void Exited(const std::string& container_id, std::optional<int32_t> status,
              const std::string& message = "");

  // Runs the one launched container to its start, and acknowledges STARTING and RUNNING.
  std::string RunToRunning(const v1::TaskInfo& task,
                           const v1::FrameworkInfo& framework = TestFramework());

  // What the executor calls; false session means a call that stands alone.
  void ExecutorSubscribe(const std::string& executor_id, SessionId session,
                         const v1::executor::Call::Subscribe& subscribe = {});
  v1::TaskStatus ExecutorUpdate(const std::string& executor_id, SessionId session,
                                const std::string& task_id, v1::TaskState state);
  absl::Status ExecutorCall(v1::executor::Call call, SessionId session);
  // The others come from within the executor's container.
  absl::Status ProvenCall(v1::executor::Call call, SessionId session, ExecutorProof proof);

  // Takes what was gathered since the last call.
  std::vector<v1::TaskStatus> TakeUpdates();
  std::vector<internal::AgentMessage> TakeMessages();
  std::vector<v1::executor::Event> TakeExecutorEvents();
  template <typename T>
  std::vector<T> Take();
  Effects TakeAll() { return std::exchange(gathered_, {}); }

  // While held, checkpoints are neither written nor done.
  void HoldCheckpoints(bool hold);
  // Every checkpoint fails while this is not OK.
  void FailCheckpointsWith(absl::Status status) { checkpoint_error_ = std::move(status); }

  void FailNextCheckpoint(absl::Status status) { next_checkpoint_error_ = std::move(status); }

  AgentCore& core() { return *core_; }
  MemoryFileSystem& fs() { return *fs_; }
  absl::Time now() const { return now_; }
  SessionId link() const { return link_; }

 private:
  void Host(Effects effects);
  absl::Status Write(const CheckpointWrite& write);

  AgentOptions options_;
  std::shared_ptr<MemoryFileSystem> fs_;
  absl::Time now_ = absl::FromUnixSeconds(1'000'000'000);
  std::unique_ptr<AgentCore> core_;
  uint64_t seed_ = 1;
  SessionId link_ = SessionId::kNone;
  bool registered_before_ = false;
  bool hold_ = false;
  absl::Status checkpoint_error_;
  absl::Status next_checkpoint_error_;
  std::deque<Checkpoint> held_;
  std::deque<Event> events_;
  bool handling_ = false;
  Effects gathered_;
  uint64_t last_token_ = 0;
};

template <typename T>
std::vector<T> AgentHarness::Take() {
  std::vector<T> taken;
  Effects rest;
  for (Effect& effect : gathered_) {
    if (T* wanted = std::get_if<T>(&effect)) {
      taken.push_back(std::move(*wanted));
    } else {
      rest.push_back(std::move(effect));
    }
  }
  gathered_ = std::move(rest);
  return taken;
}

// wait(2) statuses.
inline int32_t ExitStatus(int code) { return code << 8; }
inline int32_t SignalStatus(int signal) { return signal; }

}  // namespace mesos::agent
