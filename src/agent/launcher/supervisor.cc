#include "agent/launcher/supervisor.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>

#include "agent/launcher/launch_spec.h"
#include "agent/launcher/process_tree.h"

namespace mesos::launcher {
namespace {

// What an operator's SIGTERM to the launcher itself grants the command.
constexpr int kOperatorGraceMilliseconds = 3000;

double MonotonicSeconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec * 1e-9;
}

}  // namespace

Supervisor::~Supervisor() {
  if (agent_ >= 0) close(agent_);
}

void Supervisor::WatchAgent(pid_t agent, uint32_t timeout_milliseconds,
                            uint32_t grace_milliseconds) {
  recovery_timeout_milliseconds_ = timeout_milliseconds;
  recovery_grace_milliseconds_ = grace_milliseconds;
  AgentIs(agent);
}

int Supervisor::AwaitEnd(pid_t process) {
  process_ = process;
  status_.reset();
  Reap();
  while (!Over()) {
    // poll(2) passes over those that are negative.
    pollfd ready[] = {{signals_, POLLIN, 0}, {attached_to_, 0, 0}, {agent_, POLLIN, 0}};
    poll(ready, 3, PollMilliseconds());
    if ((ready[1].revents & POLLERR) != 0) Detached();
    if (ready[2].revents != 0) AgentGone();
    TakeSignals();
    CheckAbandoned();
    Reap();
  }
  KillDescendants([this](pid_t pid, int status) { Reaped(pid, status); });
  return status_.value_or(SIGKILL);
}

bool Supervisor::killed() {
  TakeSignals();
  return kill_at_ != kNever;
}

bool Supervisor::Over() const {
  if (MonotonicSeconds() >= kill_at_) return true;
  return status_.has_value() && (kill_at_ == kNever || childless_);
}

void Supervisor::AgentIs(pid_t agent) {
  if (recovery_timeout_milliseconds_ == kNoRecoveryTimeout) return;
  if (agent_ >= 0) close(agent_);
  abandoned_at_ = kNever;
  agent_ = static_cast<int>(syscall(SYS_pidfd_open, agent, 0));
  if (agent_ < 0) AgentGone();
}

void Supervisor::AgentGone() {
  if (agent_ >= 0) close(agent_);
  agent_ = -1;
  abandoned_at_ = MonotonicSeconds() + recovery_timeout_milliseconds_ * 1e-3;
}

void Supervisor::CheckAbandoned() {
  if (MonotonicSeconds() < abandoned_at_) return;
  abandoned_at_ = kNever;
  if (abandoned_) abandoned_();
  Kill(static_cast<int>(std::min<uint32_t>(recovery_grace_milliseconds_, 0x7fffffff)));
}

void Supervisor::Detached() {
  attached_to_ = -1;
  Kill(kDestroyNow);
}

void Supervisor::TakeSignals() {
  signalfd_siginfo info;
  while (read(signals_, &info, sizeof(info)) == sizeof(info)) {
    if (info.ssi_signo == static_cast<uint32_t>(SIGRTMIN)) {
      if (info.ssi_int == kAgentIsHere) {
        AgentIs(static_cast<pid_t>(info.ssi_pid));
      } else {
        Kill(info.ssi_int);
      }
    } else if (info.ssi_signo != SIGCHLD) {
      Kill(kOperatorGraceMilliseconds);
    }
  }
}

void Supervisor::Kill(int grace_milliseconds) {
  const double now = MonotonicSeconds();
  if (grace_milliseconds < 0) {
    kill_at_ = now;
    return;
  }
  // A later request may shorten the grace period, never stretch it; SIGTERM goes out once.
  const bool first = kill_at_ == kNever;
  kill_at_ = std::min(kill_at_, now + grace_milliseconds * 1e-3);
  if (first) SignalDescendants(SIGTERM);
}

void Supervisor::Reap() {
  int status;
  pid_t pid;
  while ((pid = waitpid(-1, &status, WNOHANG)) > 0) Reaped(pid, status);
  childless_ = pid < 0 && errno == ECHILD;
}

void Supervisor::Reaped(pid_t pid, int status) {
  if (pid == process_) status_ = status;
}

int Supervisor::PollMilliseconds() const {
  const double next = std::min(kill_at_, abandoned_at_);
  if (next == kNever) return -1;
  const double left = next - MonotonicSeconds();
  return left <= 0 ? 0 : static_cast<int>(std::min(left * 1e3 + 1, 1e9));
}

}  // namespace mesos::launcher
