#include "agent/containerizer/process_scan.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "agent/containerizer/launcher_process.h"
#include "agent/launcher/launcher_arguments.h"
#include "common/base/status_macros.h"
#include "common/disk/posix_descriptor.h"

namespace mesos::agent {
namespace {

using launcher::ProcessIdentity;
using launcher::ProcessStat;
using ProcessMap = std::map<int32_t, ProcessStat>;

// More than execve lets anybody have.
constexpr size_t kMaxProcFileBytes = 8 << 20;

bool IsGone(int error) { return error == ENOENT || error == ESRCH; }

absl::Status CannotLook(absl::string_view path, int error) {
  return absl::UnavailableError(
      absl::StrCat("Failed to read '", path, "': ", std::strerror(error)));
}

// Of all that have not ended.
absl::StatusOr<ProcessMap> ReadProcesses() {
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(opendir("/proc"), &closedir);
  if (proc == nullptr) return CannotLook("/proc", errno);
  ProcessMap processes;
  while (true) {
    errno = 0;
    const dirent* entry = readdir(proc.get());
    if (entry == nullptr && errno != 0) return CannotLook("/proc", errno);
    if (entry == nullptr) return processes;
    const int32_t pid = std::atoi(entry->d_name);
    if (pid <= 0) continue;
    const std::optional<ProcessStat> stat = launcher::ReadProcessStat(pid);
    if (!stat.has_value() && !IsGone(errno)) {
      return CannotLook(absl::StrCat("/proc/", pid, "/stat"), errno);
    }
    if (stat.has_value() && stat->state != 'Z' && stat->state != 'X') processes.emplace(pid, *stat);
  }
}

// A file of a process. Empty where the process is gone, or somebody else's that we may not look at.
absl::StatusOr<std::string> ReadProcFile(int32_t pid, const char* name) {
  const std::string path = absl::StrCat("/proc/", pid, "/", name);
  const PosixDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string bytes;
  int error = file.open() ? 0 : errno;
  while (error == 0 && bytes.size() < kMaxProcFileBytes) {
    char buffer[16 << 10];
    const ssize_t size = read(file.value(), buffer, sizeof(buffer));
    if (size == 0) return bytes;
    if (size > 0) {
      bytes.append(buffer, size);
    } else if (errno != EINTR) {
      error = errno;
    }
  }
  if (error == 0) return bytes;
  if (IsGone(error) || error == EACCES || error == EPERM) return std::string();
  return CannotLook(path, error);
}

std::map<int32_t, std::vector<int32_t>> ChildrenOf(const ProcessMap& processes) {
  std::map<int32_t, std::vector<int32_t>> children;
  for (const auto& [pid, stat] : processes) children[stat.parent].push_back(pid);
  return children;
}

// This process and those above it, which are nobody's container of ours.
std::set<int32_t> OwnLine(const ProcessMap& processes) {
  std::set<int32_t> line;
  int32_t pid = getpid();
  for (auto it = processes.find(pid); it != processes.end() && line.insert(pid).second;
       it = processes.find(pid)) {
    pid = it->second.parent;
  }
  return line;
}

// Takes what is below `roots`, with them, but for what is `taken` already.
std::vector<ProcessIdentity> TakeTree(const ProcessMap& processes,
                                      const std::map<int32_t, std::vector<int32_t>>& children,
                                      std::vector<int32_t> roots, std::set<int32_t>* taken) {
  std::vector<ProcessIdentity> tree;
  for (size_t i = 0; i < roots.size(); ++i) {
    if (!taken->insert(roots[i]).second) continue;
    tree.push_back({roots[i], processes.at(roots[i]).start_time});
    if (auto it = children.find(roots[i]); it != children.end()) {
      roots.insert(roots.end(), it->second.begin(), it->second.end());
    }
  }
  return tree;
}

struct Sandbox {
  std::string work_directory;
  std::string container_id;
};

// From <work_dir>/slaves/A/frameworks/F/executors/E/runs/C.
std::optional<Sandbox> ParseSandbox(absl::string_view path) {
  const std::vector<absl::string_view> parts = absl::StrSplit(path, '/');
  const size_t size = parts.size();
  if (size < 10 || parts[size - 8] != "slaves" || parts[size - 6] != "frameworks" ||
      parts[size - 4] != "executors" || parts[size - 2] != "runs" || parts[size - 1].empty()) {
    return std::nullopt;
  }
  size_t length = 0;
  for (size_t i = 0; i + 8 < size; ++i) length += parts[i].size() + 1;
  return Sandbox{std::string(path.substr(0, length - 1)), std::string(parts[size - 1])};
}

std::optional<Sandbox> SandboxInEnvironment(absl::string_view environment) {
  for (absl::string_view variable : absl::StrSplit(environment, '\0')) {
    // A task may set the one for itself.
    if (!absl::ConsumePrefix(&variable, "MESOS_SANDBOX=") &&
        !absl::ConsumePrefix(&variable, "MESOS_DIRECTORY=")) {
      continue;
    }
    if (std::optional<Sandbox> sandbox = ParseSandbox(variable); sandbox.has_value()) {
      return sandbox;
    }
  }
  return std::nullopt;
}

// Whether a process that names `named` means the directory that we have there: not one of the same
// name that only it sees, in a container with the processes of the host.
class DirectoryMatcher {
 public:
  explicit DirectoryMatcher(const std::string& work_directory) {
    known_ = stat(work_directory.c_str(), &own_) == 0;
  }

  bool known() const { return known_; }

  enum class Match { kOurs, kOthers, kGone };

  Match Compare(int32_t pid, const std::string& named) const {
    struct stat theirs;
    const std::string path = absl::StrCat("/proc/", pid, "/root", named);
    if (stat(path.c_str(), &theirs) != 0) return errno == ENOENT ? Match::kGone : Match::kOthers;
    return theirs.st_dev == own_.st_dev && theirs.st_ino == own_.st_ino ? Match::kOurs
                                                                        : Match::kOthers;
  }

 private:
  struct stat own_;
  bool known_ = false;
};

}  // namespace

absl::StatusOr<ProcessScan> ProcessScan::Read(const std::string& work_directory) {
  const DirectoryMatcher matcher(work_directory);
  if (!matcher.known()) return CannotLook(work_directory, errno);
  ASSIGN_OR_RETURN(const ProcessMap processes, ReadProcesses());
  const std::map<int32_t, std::vector<int32_t>> children = ChildrenOf(processes);
  std::set<int32_t> taken = OwnLine(processes);
  ProcessScan scan;
  std::map<int32_t, launcher::LauncherArguments> launchers;
  for (const auto& [pid, stat] : processes) {
    if (taken.contains(pid)) continue;
    ASSIGN_OR_RETURN(const std::string line, ReadProcFile(pid, "cmdline"));
    auto arguments = launcher::ParseLauncherArguments(line);
    if (arguments.has_value()) launchers.emplace(pid, *std::move(arguments));
  }
  for (const auto& [pid, arguments] : launchers) {
    // What a launcher has just forked shows its arguments for a moment.
    if (launchers.contains(processes.at(pid).parent)) continue;
    const DirectoryMatcher::Match match = matcher.Compare(pid, arguments.work_directory);
    if (match == DirectoryMatcher::Match::kOthers) continue;
    const bool ours = match == DirectoryMatcher::Match::kOurs;
    Container& container = (ours ? scan.containers_ : scan.homeless_)[arguments.container_id];
    std::vector<ProcessIdentity> tree = TakeTree(processes, children, {pid}, &taken);
    const bool attached = arguments.container_directory.empty();
    if (!attached && !container.launcher.has_value()) {
      container.launcher = tree.front();
      container.directory = arguments.container_directory;
      tree.erase(tree.begin());
    }
    std::vector<ProcessIdentity>& into = attached ? container.of_checks : container.processes;
    into.insert(into.end(), tree.begin(), tree.end());
  }
  for (const auto& [pid, stat] : processes) {
    if (taken.contains(pid)) continue;
    ASSIGN_OR_RETURN(const std::string environment, ReadProcFile(pid, "environ"));
    const std::optional<Sandbox> sandbox = SandboxInEnvironment(environment);
    if (!sandbox.has_value() ||
        matcher.Compare(pid, sandbox->work_directory) != DirectoryMatcher::Match::kOurs) {
      continue;
    }
    const std::vector<ProcessIdentity> tree = TakeTree(processes, children, {pid}, &taken);
    Container& container = scan.containers_[sandbox->container_id];
    container.processes.insert(container.processes.end(), tree.begin(), tree.end());
  }
  return scan;
}

const ProcessScan::Container* ProcessScan::Find(const std::string& container_id) const {
  auto it = containers_.find(container_id);
  return it == containers_.end() ? nullptr : &it->second;
}

const ProcessScan::Container* ProcessScan::FindLauncher(const std::string& container_id) const {
  for (const auto* containers : {&containers_, &homeless_}) {
    auto it = containers->find(container_id);
    if (it != containers->end() && it->second.launcher.has_value()) return &it->second;
  }
  return nullptr;
}

absl::StatusOr<std::vector<ProcessIdentity>> ProcessesOfSession(int32_t launcher_pid) {
  ASSIGN_OR_RETURN(const ProcessMap processes, ReadProcesses());
  std::vector<int32_t> roots;
  for (const auto& [pid, stat] : processes) {
    if (pid != launcher_pid && (stat.session == launcher_pid || stat.parent == launcher_pid)) {
      roots.push_back(pid);
    }
  }
  std::set<int32_t> taken = OwnLine(processes);
  return TakeTree(processes, ChildrenOf(processes), std::move(roots), &taken);
}

void SignalProcesses(const std::vector<ProcessIdentity>& processes, int signal) {
  for (const ProcessIdentity& identity : processes) {
    const absl::StatusOr<PosixDescriptor> process = OpenProcess(identity);
    if (!process.ok()) continue;
    syscall(SYS_pidfd_send_signal, process->value(), signal, nullptr, 0);
    if (signal == SIGTERM) {
      syscall(SYS_pidfd_send_signal, process->value(), SIGCONT, nullptr, 0);
    }
  }
}

}  // namespace mesos::agent
