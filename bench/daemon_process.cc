#include "bench/daemon_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"

extern char** environ;

namespace mesos {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(60);

std::string ReadAll(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream all;
  all << in.rdbuf();
  return all.str();
}

[[noreturn]] void Die(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  std::exit(EXIT_FAILURE);
}

}  // namespace

DaemonProcess::DaemonProcess(const std::string& binary, const std::vector<std::string>& flags,
                             std::string log_file)
    : log_file_(std::move(log_file)) {
  std::vector<std::string> arguments = {binary};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log_file_.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0644);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  const int error = posix_spawn(&pid_, binary.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) Die(absl::StrCat("cannot start ", binary, ": ", strerror(error)));
}

DaemonProcess::~DaemonProcess() { Kill(SIGKILL); }

int DaemonProcess::AwaitPort() const {
  AwaitLine("listening on ");
  std::smatch match;
  const std::string log = Log();
  if (!std::regex_search(log, match, std::regex("listening on [^ ]*:([0-9]+)"))) {
    Die("no port in the log: " + log);
  }
  return std::stoi(match[1]);
}

absl::Time DaemonProcess::AwaitLine(const std::string& text) const {
  const absl::Time end = absl::Now() + kPatience;
  while (absl::Now() < end) {
    const absl::Time now = absl::Now();
    if (absl::StrContains(Log(), text)) return now;
    Pause(absl::Milliseconds(1));
  }
  Die(absl::StrCat("waited in vain for '", text, "': ", Log()));
}

void DaemonProcess::Signal(int signal) const { kill(pid_, signal); }

void DaemonProcess::Kill(int signal) {
  if (pid_ < 0) return;
  kill(pid_, signal);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

double DaemonProcess::CpuSeconds() const {
  // Behind the name, which may hold anything: user and system time are the 12th and 13th.
  const std::string stat = ReadAll(absl::StrCat("/proc/", pid_, "/stat"));
  const std::vector<std::string> fields =
      absl::StrSplit(stat.substr(std::min(stat.size(), stat.rfind(')') + 2)), ' ');
  if (fields.size() < 13) return 0;
  return (std::stod(fields[11]) + std::stod(fields[12])) /
         static_cast<double>(sysconf(_SC_CLK_TCK));
}

double DaemonProcess::ResidentMegabytes() const {
  std::istringstream statm(ReadAll(absl::StrCat("/proc/", pid_, "/statm")));
  double size = 0;
  double resident = 0;
  statm >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

std::string DaemonProcess::Log() const { return ReadAll(log_file_); }

ScratchDirectory::ScratchDirectory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "mesos-bench.XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) Die("cannot make the directory " + pattern);
  path_ = pattern;
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void Pause(absl::Duration time) {
  poll(nullptr, 0, static_cast<int>(absl::ToInt64Milliseconds(time)));
}

std::string BinaryDirectory() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
}

int RaiseDescriptorLimit() {
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  // Only who may have more than the hard limit gets it.
  const rlimit more = {1'000'000, 1'000'000};
  if (limit.rlim_max >= more.rlim_max || setrlimit(RLIMIT_NOFILE, &more) != 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<int>(limit.rlim_cur);
}

}  // namespace mesos
