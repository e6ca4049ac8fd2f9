#include "tests/e2e/process.h"

#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <system_error>

#include "absl/time/clock.h"
#include "gtest/gtest.h"

extern char** environ;

namespace mesos::e2e {
namespace {

// Waits for nothing, shortly: between two looks at a condition.
void Pause() { poll(nullptr, 0, /*timeout=*/5); }

}  // namespace

bool Eventually(const std::function<bool()>& condition, absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  while (!condition()) {
    if (absl::Now() > deadline) return false;
    Pause();
  }
  return true;
}

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "mesos-e2e.XXXXXX").string();
  path_ = mkdtemp(pattern.data());
  // Tasks of other users reach their sandboxes through it.
  std::filesystem::permissions(path_, std::filesystem::perms(0755));
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Process::Process(std::vector<std::string> argv, std::map<std::string, std::string> environment,
                 std::string output)
    : name_(std::filesystem::path(argv[0]).filename()),
      output_(output.empty() ? directory_.path() + "/output" : std::move(output)) {
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const size_t equals = text.find('=');
    environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  std::vector<std::string> variables;
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  std::vector<char*> environment_pointers, argument_pointers;
  for (std::string& variable : variables) environment_pointers.push_back(variable.data());
  environment_pointers.push_back(nullptr);
  for (std::string& argument : argv) argument_pointers.push_back(argument.data());
  argument_pointers.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output_.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0644);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  const int error = posix_spawnp(&pid_, argv[0].c_str(), &actions, nullptr,
                                 argument_pointers.data(), environment_pointers.data());
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    ADD_FAILURE() << "cannot start " << argv[0] << ": " << strerror(error);
    ended_ = true;
  }
}

Process::~Process() {
  if (Reap()) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

std::string Process::Output() const { return ReadFile(output_); }

std::string Process::AwaitOutput(const std::string& pattern) {
  const std::regex expression(pattern);
  std::smatch match;
  std::string output;
  const bool found = Eventually([&] {
    const bool ended = Reap();
    output = Output();
    return std::regex_search(output, match, expression) || ended;
  });
  if (!found || match.empty()) {
    ADD_FAILURE() << name_ << " did not print \"" << pattern << "\"; its output:\n" << output;
    return "";
  }
  return match.size() > 1 ? match[1].str() : match[0].str();
}

void Process::Signal(int signal) {
  if (!Reap()) kill(pid_, signal);
}

int Process::AwaitExit() {
  if (!Eventually([this] { return Reap(); })) {
    ADD_FAILURE() << name_ << " does not end; its output:\n" << Output();
    return -1;
  }
  return WIFSIGNALED(status_) ? 128 + WTERMSIG(status_) : WEXITSTATUS(status_);
}

bool Process::Running() { return !Reap(); }

bool Process::Reap() {
  if (!ended_ && waitpid(pid_, &status_, WNOHANG) == pid_) ended_ = true;
  return ended_;
}

Finished RunToEnd(std::vector<std::string> argv, std::map<std::string, std::string> environment) {
  Process process(std::move(argv), std::move(environment));
  const int status = process.AwaitExit();
  return {status, process.Output()};
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

void WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

std::string OnlyMatch(const std::string& pattern) {
  glob_t found;
  std::string path;
  if (glob(pattern.c_str(), 0, nullptr, &found) == 0 && found.gl_pathc == 1)
    path = found.gl_pathv[0];
  globfree(&found);
  return path;
}

}  // namespace mesos::e2e
