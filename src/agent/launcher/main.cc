// mesos-launcher: starts one container's command, supervises it, and leaves its end in a file.
//
// The agent starts it with posix_spawn and a spec (launch_spec.h) on a descriptor. It outlives the
// agent: a restarted one finds it by its pid file, asks it to kill by a queued signal, and learns
// the command's end from the termination file. Its order of work:
//
//   sandbox -> output files -> pid file -> "prepared" -> preparations -> fork -> "started"
//           -> wait, kill on request -> kill what is left of the tree -> termination file -> exit
//
// It watches its agent, too: once none was there for the recovery timeout, it ends the container.
// Its arguments name container and agent (launcher_arguments.h), so that it is known as theirs even
// where every file is lost.
//
// An attached one is a helper of a container, such as a check: it leaves no files, and ends with
// the agent.
//
// Statically linked against libc only, since one starts for each task.

#include <fcntl.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "agent/launcher/container_files.h"
#include "agent/launcher/launch_spec.h"
#include "agent/launcher/process_tree.h"
#include "agent/launcher/sandbox.h"
#include "agent/launcher/supervisor.h"

namespace mesos::launcher {
namespace {

bool Report(const std::string& line) {
  return write(kStatusDescriptor, line.data(), line.size()) == static_cast<ssize_t>(line.size());
}

[[noreturn]] void Fail(const std::string& error, const char* kind = kFailed) {
  Report(kind + error + "\n");
  std::exit(EXIT_FAILURE);
}

// After "prepared". An agent that died meanwhile left nobody to hear why, but its successor will
// look for the end of what it believes to have run.
[[noreturn]] void FailPrepared(const LaunchSpec& spec, const std::string& error) {
  if (Report(kFailed + error + "\n") || spec.attached) {
    if (!spec.attached) RemoveContainerFiles(spec);
  } else {
    WriteTermination(spec, EXIT_FAILURE << 8);
  }
  std::exit(EXIT_FAILURE);
}

std::string ReadSpec(LaunchSpec* spec) {
  struct stat status;
  if (fstat(kSpecDescriptor, &status) != 0)
    return PathError("Failed to read", "launch spec", errno);
  if (status.st_size < 0 || static_cast<size_t>(status.st_size) > kMaxLaunchSpecBytes) {
    return "launch spec: larger than 32 MB";
  }
  std::string bytes(status.st_size, '\0');
  if (pread(kSpecDescriptor, bytes.data(), bytes.size(), 0) != status.st_size) {
    return PathError("Failed to read", "launch spec", errno);
  }
  close(kSpecDescriptor);
  std::string error;
  ParseLaunchSpec(bytes, spec, &error);
  return error;
}

sigset_t HandledSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGRTMIN}) sigaddset(&signals, signal);
  return signals;
}

// In the child: tells the launcher what failed, through the pipe that exec would have closed.
[[noreturn]] void ChildFail(int pipe, const std::string& error) {
  (void)!write(pipe, error.data(), error.size());
  _exit(EXIT_FAILURE);
}

std::string BecomeAccount(const Account& account) {
  const std::string who = "user id " + std::to_string(account.user);
  std::vector<gid_t> groups(account.groups.begin(), account.groups.end());
  if (setgroups(groups.size(), groups.data()) != 0)
    return PathError("Failed to set groups of", who, errno);
  if (setgid(account.group) != 0) return PathError("Failed to set group of", who, errno);
  if (setuid(account.user) != 0) return PathError("Failed to become", who, errno);
  return "";
}

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// One process to start in the container.
struct Invocation {
  const std::string& program;
  const std::vector<std::string>& arguments;
  const std::vector<std::string>& environment;
  const std::string& working_directory;
  int standard_output;
  int standard_error;
};

// In the child: becomes the program.
[[noreturn]] void Execute(const LaunchSpec& spec, const Invocation& what, pid_t launcher,
                          int failure_pipe) {
  // A process group of its own keeps a `kill 0` of the command from the launcher. The session stays
  // the launcher's: it tells whose a process is that has lost its parents.
  setpgid(0, 0);
  if (spec.change_user) {
    if (std::string error = BecomeAccount(spec.account); !error.empty()) {
      ChildFail(failure_pipe, error);
    }
  }
  // After the change of user, which clears it. A launcher that died before sent no signal.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != launcher) _exit(EXIT_FAILURE);
  if (chdir(what.working_directory.c_str()) != 0) {
    ChildFail(failure_pipe,
              PathError("Failed to change to working directory", what.working_directory, errno));
  }
  if (dup2(what.standard_output, STDOUT_FILENO) < 0 ||
      dup2(what.standard_error, STDERR_FILENO) < 0) {
    ChildFail(failure_pipe, PathError("Failed to redirect", "stdout and stderr", errno));
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  std::vector<char*> arguments = Pointers(what.arguments);
  std::vector<char*> environment = Pointers(what.environment);
  environ = environment.data();
  execvp(what.program.c_str(), arguments.data());
  // As in Mesos this is the task's failure, told in its stderr, not the agent's.
  dprintf(STDERR_FILENO, "Failed to execute command '%s': %s\n", what.program.c_str(),
          std::strerror(errno));
  _exit(EXIT_FAILURE);
}

// Starts the program; returns its pid once it runs. Where it cannot, the launch has failed.
pid_t Start(const LaunchSpec& spec, const Invocation& what) {
  int failure[2];
  if (pipe2(failure, O_CLOEXEC) != 0) {
    FailPrepared(spec, PathError("Failed to create", "pipe", errno));
  }
  const pid_t launcher = getpid();
  const pid_t process = fork();
  if (process < 0) {
    FailPrepared(spec, PathError("Failed to fork for", what.program, errno));
  }
  if (process == 0) Execute(spec, what, launcher, failure[1]);
  close(failure[1]);
  char buffer[4096];
  ssize_t size;
  while ((size = read(failure[0], buffer, sizeof(buffer))) < 0 && errno == EINTR) {
  }
  close(failure[0]);
  if (size <= 0) return process;
  waitpid(process, nullptr, 0);
  FailPrepared(spec, std::string(buffer, size));
}

// False where a request to kill came first; `status` is then how that ended what ran.
bool RunPreparations(const LaunchSpec& spec, const char* container, Supervisor& supervisor,
                     int standard_error, int* status) {
  for (const std::vector<std::string>& preparation : spec.preparations) {
    *status = SIGTERM;
    if (supervisor.killed()) return false;
    *status = supervisor.AwaitEnd(
        Start(spec, {preparation.front(), preparation, spec.preparation_environment, spec.sandbox,
                     standard_error, standard_error}));
    if (supervisor.killed()) return false;
    if (*status == 0) continue;
    FailPrepared(
        spec, std::string("Failed to fetch all URIs for container '") + container + "': " +
                  (WIFEXITED(*status) ? "exited with status " + std::to_string(WEXITSTATUS(*status))
                                      : "killed by signal " + std::to_string(WTERMSIG(*status))));
  }
  return true;
}

// A helper in the sandbox of another container, for as long as the agent reads the status pipe.
int RunAttached(const LaunchSpec& spec, int signals) {
  int standard_error = -1;
  if (std::string error = OpenOutput(spec, "stderr", &standard_error); !error.empty()) {
    // What the task has put there instead must not keep its checks from working.
    struct stat status;
    if (lstat((spec.sandbox + "/stderr").c_str(), &status) != 0) Fail(error);
    standard_error = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (standard_error < 0) Fail(PathError("Failed to open", "/dev/null", errno));
  }
  Supervisor supervisor(signals);
  supervisor.AttachTo(kStatusDescriptor);
  const pid_t command =
      Start(spec, {spec.program, spec.arguments, spec.environment, spec.working_directory,
                   spec.output_to_status ? kStatusDescriptor : standard_error, standard_error});
  close(standard_error);
  Report(kEnded + std::to_string(supervisor.AwaitEnd(command)) + "\n");
  return EXIT_SUCCESS;
}

// The agent raises its own limit for itself; what runs here is to find the usual one, since
// programs go through all descriptors that there might be.
void SetDescriptorLimit(uint32_t soft) {
  rlimit limit;
  if (soft == 0 || getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max < soft ? limit.rlim_max : soft;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Into the task's stderr, for whoever wonders.
void TellAbandoned(const LaunchSpec& spec) {
  int standard_error = -1;
  if (!OpenOutput(spec, "stderr", &standard_error).empty()) return;
  dprintf(standard_error, "The agent did not come back for %u seconds: ending this container\n",
          spec.recovery_timeout_milliseconds / 1000);
  close(standard_error);
}

int Main(int argc, char** argv) {
  if (argc < 2 || fcntl(kSpecDescriptor, F_SETFD, FD_CLOEXEC) != 0 ||
      fcntl(kStatusDescriptor, F_SETFD, FD_CLOEXEC) != 0) {
    std::fprintf(stderr, "mesos-launcher is started by mesos-agent, once for each container\n");
    return EXIT_FAILURE;
  }
  signal(SIGPIPE, SIG_IGN);
  const sigset_t handled = HandledSignals();
  sigprocmask(SIG_SETMASK, &handled, nullptr);
  umask(022);
  LaunchSpec spec;
  if (std::string error = ReadSpec(&spec); !error.empty()) Fail(error);
  SetDescriptorLimit(spec.descriptor_limit);
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
    Fail(PathError("Failed to become", "child subreaper", errno));
  const int signals = signalfd(-1, &handled, SFD_NONBLOCK | SFD_CLOEXEC);
  if (signals < 0) Fail(PathError("Failed to open", "signalfd", errno));

  if (spec.attached) return RunAttached(spec, signals);
  // Before "prepared", which tells that the agent lived until then.
  Supervisor supervisor(signals, [&spec] { TellAbandoned(spec); });
  supervisor.WatchAgent(getppid(), spec.recovery_timeout_milliseconds,
                        spec.recovery_grace_milliseconds);
  int standard_output = -1;
  int standard_error = -1;
  std::string error = MakeSandbox(spec);
  if (!error.empty()) Fail(error, kSandboxFailed);
  error = OpenOutput(spec, "stdout", &standard_output);
  if (error.empty()) error = OpenOutput(spec, "stderr", &standard_error);
  const auto self = ReadProcessStat(getpid());
  if (error.empty() && !self.has_value())
    error = PathError("Failed to read", "/proc/self/stat", errno);
  if (error.empty()) error = WriteContainerFiles(spec, {getpid(), self->start_time});
  if (!error.empty()) {
    RemoveContainerFiles(spec);
    Fail(error);
  }
  if (!Report(kPrepared)) {
    RemoveContainerFiles(spec);
    return EXIT_FAILURE;
  }
  int status = 0;
  if (RunPreparations(spec, argv[1], supervisor, standard_error, &status)) {
    const pid_t command = Start(spec, {spec.program, spec.arguments, spec.environment,
                                       spec.working_directory, standard_output, standard_error});
    Report(kStarted);
    close(kStatusDescriptor);
    close(standard_output);
    close(standard_error);
    status = supervisor.AwaitEnd(command);
  }
  if (error = WriteTermination(spec, status); !error.empty()) return EXIT_FAILURE;
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace mesos::launcher

int main(int argc, char** argv) { return mesos::launcher::Main(argc, argv); }
