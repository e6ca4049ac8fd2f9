#include "agent/containerizer/launcher_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <limits>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "agent/launcher/container_files.h"
#include "agent/launcher/launcher_arguments.h"
#include "common/base/status_macros.h"

namespace mesos::agent {
namespace {

absl::Status SystemError(absl::string_view what, int error) {
  const std::string message = absl::StrCat(what, ": ", std::strerror(error));
  switch (error) {
    case ENOENT:
    case ESRCH:
      return absl::NotFoundError(message);
    case EAGAIN:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return absl::UnavailableError(message);
    default:
      return absl::InternalError(message);
  }
}

// Above the descriptors that the launcher inherits, so that placing them overwrites neither.
absl::StatusOr<PosixDescriptor> MoveUp(PosixDescriptor descriptor) {
  PosixDescriptor moved(
      fcntl(descriptor.value(), F_DUPFD_CLOEXEC, launcher::kStatusDescriptor + 1));
  if (!moved.open()) return SystemError("Failed to duplicate a descriptor", errno);
  return moved;
}

absl::StatusOr<PosixDescriptor> SpecFile(const launcher::LaunchSpec& spec) {
  const std::string bytes = launcher::EncodeLaunchSpec(spec);
  if (bytes.size() > launcher::kMaxLaunchSpecBytes) {
    return absl::InvalidArgumentError(absl::StrCat("The command with its environment has ",
                                                   bytes.size(), " bytes; the limit is ",
                                                   launcher::kMaxLaunchSpecBytes));
  }
  PosixDescriptor file(memfd_create("launch-spec", MFD_CLOEXEC));
  if (!file.open()) return SystemError("Failed to create the launch spec", errno);
  for (size_t offset = 0; offset < bytes.size();) {
    const ssize_t written = write(file.value(), bytes.data() + offset, bytes.size() - offset);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return SystemError("Failed to write the launch spec", errno);
    offset += written;
  }
  return MoveUp(std::move(file));
}

absl::StatusOr<PosixDescriptor> OpenPidfd(int32_t pid) {
  PosixDescriptor pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd.open()) return SystemError(absl::StrCat("Failed to open process ", pid), errno);
  return pidfd;
}

absl::StatusOr<std::string> ReadSmallFile(const std::string& path) {
  PosixDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.open()) return SystemError(absl::StrCat("Failed to open '", path, "'"), errno);
  std::string bytes(256, '\0');
  const ssize_t size = read(file.value(), bytes.data(), bytes.size());
  if (size < 0) return SystemError(absl::StrCat("Failed to read '", path, "'"), errno);
  bytes.resize(size);
  return bytes;
}

absl::StatusOr<int32_t> StartProcess(const std::string& path, std::vector<std::string> arguments,
                                     int spec_file, int status_pipe) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  const absl::Cleanup release = [&] {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  };
  // None of the agent's own terminals, pipes and sockets may stay open in what outlives it.
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, spec_file, launcher::kSpecDescriptor);
  posix_spawn_file_actions_adddup2(&actions, status_pipe, launcher::kStatusDescriptor);
  posix_spawn_file_actions_addclosefrom_np(&actions, launcher::kStatusDescriptor + 1);
  posix_spawn_file_actions_addchdir_np(&actions, "/");
  // Requests may come before the launcher has its handlers: blocked, they wait.
  sigset_t blocked;
  sigfillset(&blocked);
  posix_spawnattr_setsigmask(&attributes, &blocked);
  sigset_t defaults;
  sigemptyset(&defaults);
  for (int signal = 1; signal < 32; ++signal) {
    if (signal != SIGKILL && signal != SIGSTOP) sigaddset(&defaults, signal);
  }
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  char* environment[] = {nullptr};
  pid_t pid = 0;
  const int error =
      posix_spawn(&pid, path.c_str(), &actions, &attributes, argv.data(), environment);
  if (error != 0) return SystemError(absl::StrCat("Failed to start '", path, "'"), error);
  return pid;
}

}  // namespace

absl::StatusOr<LauncherProcess> LauncherProcess::Spawn(const LauncherOptions& options,
                                                       const std::string& container_id,
                                                       launcher::LaunchSpec spec) {
  spec.descriptor_limit = options.descriptor_limit;
  ASSIGN_OR_RETURN(PosixDescriptor spec_file, SpecFile(spec));
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) return SystemError("Failed to create a pipe", errno);
  LauncherProcess process;
  process.status_pipe_ = PosixDescriptor(pipe_ends[0]);
  ASSIGN_OR_RETURN(const PosixDescriptor write_end, MoveUp(PosixDescriptor(pipe_ends[1])));
  fcntl(process.status_pipe(), F_SETFL, O_NONBLOCK);
  ASSIGN_OR_RETURN(process.pid_, StartProcess(options.path,
                                              launcher::FormatLauncherArguments(
                                                  {container_id, options.work_directory,
                                                   spec.attached ? "" : spec.container_directory}),
                                              spec_file.value(), write_end.value()));
  absl::StatusOr<PosixDescriptor> pidfd = OpenPidfd(process.pid_);
  if (!pidfd.ok()) {
    // It cannot be watched, so it must not run.
    kill(process.pid_, SIGKILL);
    waitpid(process.pid_, nullptr, 0);
    return pidfd.status();
  }
  process.pidfd_ = *std::move(pidfd);
  return process;
}

absl::StatusOr<LauncherProcess> LauncherProcess::Find(const std::string& container_directory) {
  const std::string path = absl::StrCat(container_directory, "/", launcher::kPidFile);
  ASSIGN_OR_RETURN(const std::string bytes, ReadSmallFile(path));
  const std::optional<launcher::ProcessIdentity> identity = launcher::ParsePidFile(bytes);
  if (!identity.has_value()) {
    return absl::DataLossError(
        absl::StrCat("'", path, "' does not hold a process id and its start time"));
  }
  return Open(*identity);
}

absl::StatusOr<LauncherProcess> LauncherProcess::Open(const launcher::ProcessIdentity& identity) {
  LauncherProcess process;
  process.pid_ = identity.pid;
  ASSIGN_OR_RETURN(process.pidfd_, OpenProcess(identity));
  return process;
}

absl::StatusOr<PosixDescriptor> OpenProcess(const launcher::ProcessIdentity& identity) {
  ASSIGN_OR_RETURN(PosixDescriptor pidfd, OpenPidfd(identity.pid));
  // In this order: what the start time is checked of is the process that the descriptor holds.
  const std::optional<launcher::ProcessStat> stat = launcher::ReadProcessStat(identity.pid);
  if (!stat.has_value()) {
    return SystemError(absl::StrCat("Failed to look at process ", identity.pid), errno);
  }
  if (stat->start_time == identity.start_time) return pidfd;
  return absl::NotFoundError(
      absl::StrCat("Process ", identity.pid, " that started at ", identity.start_time, " is gone"));
}

absl::Status LauncherProcess::Request(std::optional<absl::Duration> grace) {
  int value = launcher::kDestroyNow;
  if (grace.has_value()) {
    value = static_cast<int>(
        std::clamp<int64_t>(absl::ToInt64Milliseconds(*grace), 0, std::numeric_limits<int>::max()));
  }
  RETURN_IF_ERROR(Signal(value));
  syscall(SYS_pidfd_send_signal, pidfd(), SIGCONT, nullptr, 0);
  return absl::OkStatus();
}

absl::Status LauncherProcess::Announce() { return Signal(launcher::kAgentIsHere); }

absl::Status LauncherProcess::Signal(int value) {
  siginfo_t info;
  std::memset(&info, 0, sizeof(info));
  info.si_signo = SIGRTMIN;
  info.si_code = SI_QUEUE;
  info.si_pid = getpid();
  info.si_uid = getuid();
  info.si_value.sival_int = value;
  if (syscall(SYS_pidfd_send_signal, pidfd(), SIGRTMIN, &info, 0) == 0 || errno == ESRCH) {
    return absl::OkStatus();
  }
  return SystemError(absl::StrCat("Failed to signal launcher ", pid_), errno);
}

void LauncherProcess::Kill() { syscall(SYS_pidfd_send_signal, pidfd(), SIGKILL, nullptr, 0); }

void LauncherProcess::Reap() {
  siginfo_t info;
  waitid(P_PIDFD, pidfd(), &info, WEXITED | WNOHANG);
}

absl::StatusOr<int32_t> ReadTermination(const std::string& container_directory) {
  const std::string path = absl::StrCat(container_directory, "/", launcher::kTerminationFile);
  ASSIGN_OR_RETURN(const std::string bytes, ReadSmallFile(path));
  const std::optional<int32_t> status = launcher::ParseTermination(bytes);
  if (!status.has_value()) {
    return absl::DataLossError(absl::StrCat("'", path, "' does not hold the end of a command"));
  }
  return *status;
}

}  // namespace mesos::agent
