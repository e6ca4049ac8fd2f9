#pragma once

// The wait for the end of what runs in a container, and what may come meanwhile: requests to kill,
// the end of the agent, its successor.
//
//   Supervisor supervisor(signals, [] { ... say why it ends ... });
//   supervisor.WatchAgent(getppid(), timeout, grace);
//   int status = supervisor.AwaitEnd(process);     // once nothing of the container is left
//
// A kill sends SIGTERM to the whole tree, which then has its whole grace period: also where the
// command itself ends early and its children still clean up. Where the command ends by itself, what
// it left is killed at once.
//
// Linux; single-threaded. SIGCHLD and the requests are blocked and come from a signalfd that does
// not block.

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>

namespace mesos::launcher {

class Supervisor {
 public:
  // `abandoned` is called before the container is ended because no agent came back.
  explicit Supervisor(int signals, std::function<void()> abandoned = nullptr)
      : signals_(signals), abandoned_(std::move(abandoned)) {}
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // What runs is to end once nobody reads this pipe any more.
  void AttachTo(int pipe) { attached_to_ = pipe; }

  // What runs is to end once no agent was there for `timeout_milliseconds`; kNoRecoveryTimeout:
  // never. The agent is the process `agent`, until a request names another.
  void WatchAgent(pid_t agent, uint32_t timeout_milliseconds, uint32_t grace_milliseconds);

  // Returns the wait status of `process` once nothing of the container is left.
  int AwaitEnd(pid_t process);

  // Whether a request to kill has come.
  bool killed();

 private:
  static constexpr double kNever = 1e300;

  bool Over() const;
  void AgentIs(pid_t agent);
  void AgentGone();
  void Detached();
  void CheckAbandoned();
  void TakeSignals();
  void Kill(int grace_milliseconds);
  void Reap();
  void Reaped(pid_t pid, int status);
  int PollMilliseconds() const;

  const int signals_;
  const std::function<void()> abandoned_;
  int attached_to_ = -1;

  pid_t process_ = -1;
  std::optional<int> status_;
  bool childless_ = false;  // nothing of the container is left
  double kill_at_ = kNever;

  // The agent's pidfd, or -1: then it is gone, and its time is up at abandoned_at_.
  int agent_ = -1;
  uint32_t recovery_timeout_milliseconds_ = 0xffffffff;
  uint32_t recovery_grace_milliseconds_ = 0;
  double abandoned_at_ = kNever;
};

}  // namespace mesos::launcher
