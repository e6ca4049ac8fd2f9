#include "agent/launcher/process_tree.h"

#include <dirent.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <set>
#include <utility>

#include "agent/launcher/container_files.h"

namespace mesos::launcher {
namespace {

constexpr int kShortestWaitMilliseconds = 20;
constexpr int kLongestWaitMilliseconds = 900;

// Waits for a child's end for at most so long; SIGCHLD is blocked, so it can be waited for.
void AwaitChild(int milliseconds) {
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  const timespec patience = {0, milliseconds * 1'000'000};
  sigtimedwait(&child, nullptr, &patience);
}

}  // namespace

std::vector<pid_t> Descendants() {
  std::vector<std::pair<pid_t, pid_t>> parents;  // (process, its parent), of all that live
  DIR* proc = opendir("/proc");
  if (proc == nullptr) return {};
  while (dirent* entry = readdir(proc)) {
    const pid_t pid = std::atoi(entry->d_name);
    if (pid <= 0) continue;
    const auto stat = ReadProcessStat(pid);
    if (stat.has_value() && stat->state != 'Z' && stat->state != 'X')
      parents.emplace_back(pid, stat->parent);
  }
  closedir(proc);
  std::vector<pid_t> found = {getpid()};
  for (size_t i = 0; i < found.size(); ++i) {
    for (const auto& [pid, parent] : parents) {
      if (parent == found[i]) found.push_back(pid);
    }
  }
  found.erase(found.begin());
  return found;
}

void SignalDescendants(int signal) {
  std::set<pid_t> signalled;
  // What ignores the signal may fork forever, so the rounds are bounded; SIGKILL comes after the
  // grace period.
  for (int round = 0; round < 3; ++round) {
    bool fresh = false;
    for (pid_t pid : Descendants()) {
      if (!signalled.insert(pid).second) continue;
      fresh = true;
      kill(pid, signal);
      kill(pid, SIGCONT);
    }
    if (!fresh) return;
  }
}

void KillDescendants(const std::function<void(pid_t, int)>& reaped) {
  int wait = kShortestWaitMilliseconds;
  while (true) {
    int status = 0;
    const pid_t child = waitpid(-1, &status, WNOHANG);
    if (child > 0) {
      reaped(child, status);
      wait = kShortestWaitMilliseconds;
      continue;
    }
    if (child < 0 && errno == ECHILD) return;
    std::set<pid_t> stopped;
    for (bool fresh = true; fresh;) {
      fresh = false;
      for (pid_t pid : Descendants()) {
        if (stopped.insert(pid).second) fresh = kill(pid, SIGSTOP) == 0 || fresh;
      }
    }
    for (pid_t pid : stopped) kill(pid, SIGKILL);
    AwaitChild(wait);
    wait = std::min(wait * 2, kLongestWaitMilliseconds);
  }
}

}  // namespace mesos::launcher
