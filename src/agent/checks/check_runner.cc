#include "agent/checks/check_runner.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "agent/containerizer/accounts.h"
#include "agent/containerizer/launcher_process.h"
#include "agent/containerizer/process_scan.h"
#include "agent/containerizer/watch_loop.h"
#include "common/base/status_macros.h"
#include "common/disk/posix_descriptor.h"
#include "glog/logging.h"

namespace mesos::agent {
namespace {

// What a check may print where its output is taken; more is cut off.
constexpr size_t kMaxOutputBytes = 4 << 10;

// What no connection comes about with, as a wait status.
constexpr int32_t kNotConnected = 1 << 8;

absl::StatusOr<launcher::LaunchSpec> ToLaunchSpec(const ProcessProbe& probe) {
  const ContainerSpec& spec = probe.spec;
  launcher::LaunchSpec launch;
  launch.attached = true;
  launch.output_to_status = probe.take_output;
  launch.sandbox = spec.sandbox;
  launch.working_directory = spec.working_directory;
  launch.program = spec.shell ? "/bin/sh" : spec.command;
  launch.arguments =
      spec.shell ? std::vector<std::string>{"sh", "-c", spec.command} : spec.arguments;
  for (const auto& [name, value] : spec.environment) {
    launch.environment.push_back(absl::StrCat(name, "=", value));
  }
  if (spec.user.has_value()) {
    ASSIGN_OR_RETURN(launcher::Account account, FindAccount(*spec.user));
    launch.change_user = geteuid() == 0 || account.user != geteuid();
    launch.account = std::move(account);
  }
  return launch;
}

// A connect that is under way, or has come about at once.
absl::StatusOr<PosixDescriptor> StartConnect(const ConnectionProbe& probe) {
  sockaddr_storage address;
  std::memset(&address, 0, sizeof(address));
  socklen_t length = sizeof(sockaddr_in);
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address);
  if (inet_pton(AF_INET, probe.ip.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(probe.port);
  } else if (inet_pton(AF_INET6, probe.ip.c_str(), &v6->sin6_addr) == 1) {
    length = sizeof(sockaddr_in6);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(probe.port);
  } else {
    return absl::InvalidArgumentError(absl::StrCat("'", probe.ip, "' is not an IP address"));
  }
  PosixDescriptor socket_(socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket_.open()) {
    return absl::UnavailableError(absl::StrCat("Failed to create a socket: ", strerror(errno)));
  }
  if (connect(socket_.value(), reinterpret_cast<sockaddr*>(&address), length) != 0 &&
      errno != EINPROGRESS) {
    return absl::NotFoundError(absl::StrCat("Failed to connect: ", strerror(errno)));
  }
  return socket_;
}

bool Connected(int socket_) {
  int error = 0;
  socklen_t length = sizeof(error);
  return getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error == 0;
}

}  // namespace

// Everything but the constructor and destructor runs on the loop's thread.
class CheckRunner::Impl {
 public:
  explicit Impl(Deps deps)
      : executor_(deps.executor),
        launcher_(std::move(deps.launcher)),
        patience_(deps.patience),
        observer_(std::make_shared<std::function<void(CheckFinished)>>(std::move(deps.observer))),
        loop_(
            "checks", [this](uint64_t key) { Ready(key); }, [this] { Tick(); }) {}

  ~Impl() { loop_.Stop(); }

  WatchLoop& loop() { return loop_; }

  void Run(const RunCheck& check) {
    if (const auto* process = std::get_if<ProcessProbe>(&check.probe)) {
      StartProcess(check.token, *process);
    } else {
      StartConnection(check.token, std::get<ConnectionProbe>(check.probe));
    }
  }

  void Cancel(CheckToken token) {
    connections_.erase(Key(token));
    auto it = processes_.find(Key(token));
    if (it == processes_.end()) return;
    // Its launcher sees that, kills what runs, and ends.
    it->second.cancelled = true;
    it->second.launcher.CloseStatusPipe();
    it->second.overdue_at = executor_.Now() + patience_;
    loop_.SetTicking(true);
  }

 private:
  struct Process {
    LauncherProcess launcher;
    std::string text{};  // of the status pipe, so far
    bool cancelled = false;
    absl::Time overdue_at = absl::InfiniteFuture();  // then it is killed from here
  };

  // In the loop: of a process its pidfd; of a connection its socket. Tokens are never used twice.
  static uint64_t Key(CheckToken token) { return static_cast<uint64_t>(token); }

  void StartProcess(CheckToken token, const ProcessProbe& probe) {
    absl::StatusOr<launcher::LaunchSpec> spec = ToLaunchSpec(probe);
    if (!spec.ok()) return Tell(token, spec.status());
    absl::StatusOr<LauncherProcess> launcher =
        LauncherProcess::Spawn(launcher_, probe.spec.container_id, *std::move(spec));
    if (!launcher.ok()) return Tell(token, launcher.status());
    auto it = processes_.emplace(Key(token), Process{*std::move(launcher)}).first;
    if (absl::Status status = loop_.Watch(it->second.launcher.pidfd(), Key(token)); !status.ok()) {
      // Nobody would see its end: it goes with its pipe.
      processes_.erase(it);
      Tell(token, status);
    }
  }

  void StartConnection(CheckToken token, const ConnectionProbe& probe) {
    absl::StatusOr<PosixDescriptor> connection = StartConnect(probe);
    if (absl::IsNotFound(connection.status())) return Tell(token, kNotConnected);
    if (!connection.ok()) return Tell(token, connection.status());
    const absl::Status status = loop_.WatchWritable(connection->value(), Key(token));
    if (!status.ok()) return Tell(token, status);
    connections_.emplace(Key(token), *std::move(connection));
  }

  void Ready(uint64_t key) {
    if (auto connection = connections_.find(key); connection != connections_.end()) {
      const bool connected = Connected(connection->second.value());
      connections_.erase(connection);
      return Tell(CheckToken{key}, connected ? 0 : kNotConnected);
    }
    auto node = processes_.extract(key);
    if (!node.empty()) Ended(CheckToken{key}, node.mapped());
  }

  // The pipe holds all that the launcher had to say, since that is less than a pipe takes.
  void Ended(CheckToken token, Process& process) {
    char buffer[4096];
    ssize_t size;
    while (!process.cancelled &&
           (size = read(process.launcher.status_pipe(), buffer, sizeof(buffer))) > 0) {
      process.text.append(buffer, size);
    }
    absl::string_view text = absl::StripSuffix(process.text, "\n");
    const bool failed = absl::ConsumePrefix(&text, launcher::kFailed);
    const size_t end = text.rfind(launcher::kEnded);
    int32_t status = 0;
    const bool told = end != absl::string_view::npos &&
                      absl::SimpleAtoi(text.substr(end + std::strlen(launcher::kEnded)), &status);
    // One that was killed has killed nothing.
    if (!told && !failed && !EndSession(process.launcher.pid())) {
      sessions_.push_back(process.launcher.pid());
      loop_.SetTicking(true);
    }
    process.launcher.Reap();  // not before: its id is not used again until then
    if (process.cancelled) return;
    if (failed) return Tell(token, absl::InternalError(text));
    if (!told) return Tell(token, absl::InternalError("its launcher ended without a word"));
    Tell(token, status, std::string(text.substr(0, std::min(end, kMaxOutputBytes))));
  }

  // True where nothing of it is left.
  static bool EndSession(int32_t launcher_pid) {
    const auto left = ProcessesOfSession(launcher_pid);
    if (!left.ok()) return false;
    SignalProcesses(*left, SIGSTOP);
    SignalProcesses(*left, SIGKILL);
    return left->empty();
  }

  // While one that was cancelled runs, or something is left of one.
  void Tick() {
    bool needed = false;
    for (auto& [key, process] : processes_) {
      needed = needed || process.overdue_at != absl::InfiniteFuture();
      if (executor_.Now() < process.overdue_at) continue;
      LOG(WARNING) << "Killing launcher=" << process.launcher.pid()
                   << ", whose check was cancelled and has not ended in time";
      EndSession(process.launcher.pid());
      process.launcher.Kill();
      process.overdue_at = executor_.Now() + patience_;
    }
    std::erase_if(sessions_, [](int32_t pid) { return EndSession(pid); });
    loop_.SetTicking(needed || !sessions_.empty());
  }

  void Tell(CheckToken token, absl::StatusOr<int32_t> status, std::string output = "") {
    executor_.Post("check_finished",
                   [observer = observer_,
                    event = CheckFinished{token, std::move(status), std::move(output)}]() mutable {
                     (*observer)(std::move(event));
                   });
  }

  Executor& executor_;
  const LauncherOptions launcher_;
  const absl::Duration patience_;
  const std::shared_ptr<std::function<void(CheckFinished)>> observer_;

  // By Key; what runs now.
  std::map<uint64_t, Process> processes_;
  std::map<uint64_t, PosixDescriptor> connections_;

  // Launchers that are gone and have left something.
  std::vector<int32_t> sessions_;

  WatchLoop loop_;  // last: its thread uses all of the above
};

CheckRunner::CheckRunner(Deps deps) : impl_(std::make_unique<Impl>(std::move(deps))) {}

CheckRunner::~CheckRunner() = default;

void CheckRunner::Run(RunCheck check) {
  impl_->loop().Post([impl = impl_.get(), check = std::move(check)] { impl->Run(check); });
}

void CheckRunner::Cancel(CancelCheck cancel) {
  impl_->loop().Post([impl = impl_.get(), cancel] { impl->Cancel(cancel.token); });
}

}  // namespace mesos::agent
