#include "agent/containerizer/process_containerizer.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <map>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "agent/containerizer/accounts.h"
#include "agent/containerizer/launcher_process.h"
#include "agent/containerizer/process_scan.h"
#include "agent/containerizer/watch_loop.h"
#include "agent/fetcher/fetch_commands.h"
#include "common/base/status_macros.h"
#include "glog/logging.h"

namespace mesos::agent {
namespace {

// What a launcher may say on its status pipe at most; more is none of ours.
constexpr size_t kMaxStatusBytes = 64 << 10;

constexpr absl::Duration kSettleInterval = absl::Milliseconds(200);

// What curl needs of the agent's own environment to get out.
constexpr const char* kProxyVariables[] = {"http_proxy",  "https_proxy", "ftp_proxy", "no_proxy",
                                           "HTTPS_PROXY", "FTP_PROXY",   "NO_PROXY"};

absl::Status AddFetches(const ContainerSpec& spec, launcher::LaunchSpec* launch) {
  if (spec.uris.empty()) return absl::OkStatus();
  absl::StatusOr<std::vector<std::vector<std::string>>> commands =
      FetchCommands(spec.uris, spec.frameworks_home);
  if (!commands.ok()) {
    return absl::Status(commands.status().code(),
                        absl::StrCat("Failed to fetch all URIs for container '", spec.container_id,
                                     "': ", commands.status().message()));
  }
  launch->preparations = *std::move(commands);
  launch->preparation_environment = {
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
  for (const char* name : kProxyVariables) {
    const char* value = std::getenv(name);
    if (value != nullptr) launch->preparation_environment.push_back(absl::StrCat(name, "=", value));
  }
  return absl::OkStatus();
}

uint32_t Milliseconds(absl::Duration duration) {
  return static_cast<uint32_t>(std::clamp<int64_t>(absl::ToInt64Milliseconds(duration), 0,
                                                   launcher::kNoRecoveryTimeout - 1));
}

// The user is not looked up yet.
launcher::LaunchSpec ToLaunchSpec(const ContainerSpec& spec) {
  launcher::LaunchSpec launch;
  launch.container_directory = spec.runtime_directory;
  launch.sandbox = spec.sandbox;
  launch.sandbox_links = spec.sandbox_links;
  if (spec.shell) {
    launch.program = "/bin/sh";
    launch.arguments = {"sh", "-c", spec.command};
  } else {
    launch.program = spec.command;
    launch.arguments = spec.arguments;
    if (launch.arguments.empty()) launch.arguments = {spec.command};
  }
  for (const auto& [name, value] : spec.environment) {
    launch.environment.push_back(absl::StrCat(name, "=", value));
  }
  launch.working_directory = spec.working_directory;
  if (spec.recovery_timeout < absl::Milliseconds(launcher::kNoRecoveryTimeout)) {
    launch.recovery_timeout_milliseconds = Milliseconds(spec.recovery_timeout);
    launch.recovery_grace_milliseconds = Milliseconds(spec.recovery_grace);
  }
  return launch;
}

absl::Status SetAccount(const ContainerSpec& spec, launcher::LaunchSpec* launch) {
  if (!spec.user.has_value()) return absl::OkStatus();
  ASSIGN_OR_RETURN(launcher::Account account, FindAccount(*spec.user));
  // Without root the only user to run as is the agent's own, and nothing is there to change.
  launch->change_user = geteuid() == 0 || account.user != geteuid();
  launch->account = std::move(account);
  return absl::OkStatus();
}

}  // namespace

// Everything but the constructor and destructor runs on the loop's thread.
class ProcessContainerizer::Impl {
 public:
  explicit Impl(Deps deps)
      : executor_(deps.executor),
        launcher_(std::move(deps.launcher)),
        patience_(deps.patience),
        launchers_killed_(deps.launchers_killed),
        observer_(std::make_shared<std::function<void(Event)>>(std::move(deps.observer))),
        loop_(
            "containers", [this](uint64_t key) { Readable(key); }, [this] { Tick(); }) {}

  ~Impl() { loop_.Stop(); }

  WatchLoop& loop() { return loop_; }

  void Launch(const ContainerSpec& spec) {
    if (Knows(spec.container_id)) {
      LOG(ERROR) << "Ignoring a second launch of container=" << spec.container_id;
      return;
    }
    launcher::LaunchSpec launch = ToLaunchSpec(spec);
    if (absl::Status status = SetAccount(spec, &launch); !status.ok()) {
      return SandboxFailed(spec.container_id, spec.sandbox,
                           absl::StrCat("Failed to chown directory to '", spec.user.value_or(""),
                                        "': ", status.message()));
    }
    if (absl::Status status = AddFetches(spec, &launch); !status.ok()) {
      return LaunchFailed(spec.container_id, status);
    }
    absl::StatusOr<LauncherProcess> process =
        LauncherProcess::Spawn(launcher_, spec.container_id, std::move(launch));
    if (!process.ok()) return LaunchFailed(spec.container_id, process.status());
    Container container(spec.container_id, spec.runtime_directory, *std::move(process));
    container.sandbox = spec.sandbox;
    Follow(std::move(container));
  }

  void Reattach(const ReattachContainer& reattach) {
    if (Knows(reattach.container_id)) {
      LOG(ERROR) << "Ignoring a reattach of the known container=" << reattach.container_id;
      return;
    }
    Unsettled container;
    container.directory = reattach.runtime_directory;
    container.rebooted = reattach.rebooted;
    container.missing = absl::NotFoundError("the machine has booted since it ran");
    if (!reattach.rebooted) {
      absl::StatusOr<LauncherProcess> process = LauncherProcess::Find(container.directory);
      if (process.ok()) {
        return FollowAgain(reattach.container_id, container, *std::move(process));
      }
      container.missing = process.status();
    }
    unsettled_.emplace(reattach.container_id, std::move(container));
    // Behind what else is to be reattached: one look serves all.
    if (!std::exchange(settle_posted_, true)) loop_.Post([this] { Settle(); });
  }

  void Request(const std::string& container_id, std::optional<absl::Duration> grace) {
    if (auto it = unsettled_.find(container_id); it != unsettled_.end()) {
      return it->second.request.Add(grace);
    }
    auto key = keys_.find(container_id);
    if (key == keys_.end()) return;
    Container& container = containers_.at(key->second);
    container.request.Add(grace);
    SendRequest(container);
  }

 private:
  // What was asked for; a later request may shorten the grace period.
  struct KillRequest {
    bool any = false;
    bool destroy = false;
    absl::Duration grace = absl::InfiniteDuration();

    void Add(std::optional<absl::Duration> asked) {
      any = true;
      destroy = destroy || !asked.has_value();
      grace = std::min(grace, asked.value_or(absl::ZeroDuration()));
    }
  };

  struct Container {
    Container(std::string id, std::string directory, LauncherProcess process)
        : id(std::move(id)), directory(std::move(directory)), process(std::move(process)) {}

    std::string id;
    std::string directory;
    std::string sandbox;  // of a launch
    LauncherProcess process;
    bool started = false;
    std::string status_bytes;            // read so far from the status pipe
    std::optional<std::string> failure;  // the launcher's reason not to start
    bool sandbox_failed = false;         // with failure
    bool unwatched = false;  // the loop could not take its descriptors: ticks look after it
    KillRequest request;
    bool request_waits = false;   // could not be sent yet
    bool announce_waits = false;  // that this is the agent now could not be sent yet
    absl::Time overdue_at = absl::InfiniteFuture();  // then its launcher is killed
    bool overdue = false;                            // it was
  };

  // A container whose launcher is not followed: it was to be found again, or has ended without a
  // word. Something of it may run.
  struct Unsettled {
    std::string directory;
    absl::Status missing;  // why there may be no termination file
    bool rebooted = false;
    // Of one whose launcher has ended.
    int32_t ended_launcher = 0;
    bool launch_failed = false;
    KillRequest request;
  };

  // The key of a container's pidfd in the loop is even, that of its status pipe one more.
  void Follow(Container container) {
    const uint64_t key = next_key_;
    next_key_ += 2;
    keys_.emplace(container.id, key);
    absl::Status status = loop_.Watch(container.process.pidfd(), key);
    if (status.ok() && container.process.status_pipe() >= 0) {
      status = loop_.Watch(container.process.status_pipe(), key + 1);
    }
    auto it = containers_.emplace(key, std::move(container)).first;
    if (!status.ok()) {
      LOG(WARNING) << "Polling container=" << it->second.id << ": " << status.message();
      it->second.unwatched = true;
      loop_.SetTicking(true);
    }
  }

  void Readable(uint64_t key) {
    auto it = containers_.find(key & ~uint64_t{1});
    if (it == containers_.end()) return;
    Container& container = it->second;
    // Also when the launcher has ended: that it started comes before its end.
    ReadStatus(container);
    if ((key & 1) == 0) Ended(it);
  }

  void ReadStatus(Container& container) {
    const int pipe = container.process.status_pipe();
    if (pipe < 0) return;
    char buffer[4096];
    ssize_t size;
    while ((size = read(pipe, buffer, sizeof(buffer))) > 0) {
      if (container.status_bytes.size() < kMaxStatusBytes)
        container.status_bytes.append(buffer, size);
    }
    const bool closed = size == 0;
    if (closed) {
      loop_.Unwatch(pipe);
      container.process.CloseStatusPipe();
    }
    TakeStatus(container, closed);
  }

  void TakeStatus(Container& container, bool closed) {
    absl::string_view rest = container.status_bytes;
    absl::ConsumePrefix(&rest, launcher::kPrepared);
    if (absl::ConsumePrefix(&rest, launcher::kStarted)) {
      container.status_bytes.clear();
      container.started = true;
      Tell(ContainerStarted{container.id, container.process.pid()});
    } else if (closed) {
      container.sandbox_failed = absl::ConsumePrefix(&rest, launcher::kSandboxFailed);
      if (container.sandbox_failed || absl::ConsumePrefix(&rest, launcher::kFailed)) {
        container.failure = std::string(absl::StripSuffix(rest, "\n"));
      }
    }
  }

  using Iterator = std::map<uint64_t, Container>::iterator;

  void Ended(Iterator it) {
    Container container = std::move(it->second);
    containers_.erase(it);
    keys_.erase(container.id);
    if (container.sandbox_failed) {
      container.process.Reap();
      return SandboxFailed(container.id, container.sandbox, *container.failure);
    }
    if (container.failure.has_value()) {
      container.process.Reap();
      return LaunchFailed(container.id, absl::InternalError(*container.failure));
    }
    const int32_t pid = container.process.pid();
    Unsettled unsettled;
    unsettled.directory = container.directory;
    unsettled.ended_launcher = pid;
    // A kill during the fetch leaves a termination file without a start.
    unsettled.launch_failed = !container.started;
    unsettled.missing = absl::InternalError(
        container.overdue ? absl::StrCat("Launcher ", pid, " did not end it in time and was killed")
        : container.started
            ? absl::StrCat("Launcher ", pid, " ended without telling the end of the command")
            : absl::StrCat("Launcher ", pid, " ended before it started the command"));
    const absl::StatusOr<int32_t> end = ReadTermination(container.directory);
    if (end.ok()) {
      TellEnd(container.id, *end);
    } else {
      unsettled_.emplace(container.id, std::move(unsettled));
      Settle();
    }
    container.process.Reap();  // not before: its id is not used again until then
  }

  bool Knows(const std::string& id) const { return keys_.contains(id) || unsettled_.contains(id); }

  void FollowAgain(const std::string& id, const Unsettled& unsettled, LauncherProcess process) {
    Container container(id, unsettled.directory, std::move(process));
    container.started = true;
    container.request = unsettled.request;
    Announce(container);
    if (container.request.any) SendRequest(container);
    Tell(ContainerStarted{container.id, container.process.pid()});
    Follow(std::move(container));
  }

  void Settle() {
    settle_posted_ = false;
    absl::StatusOr<ProcessScan> scan = absl::UnavailableError("not looked yet");
    for (const auto& [id, container] : unsettled_) {
      if (container.rebooted) continue;
      scan = ProcessScan::Read(launcher_.work_directory);
      if (!scan.ok()) LOG(WARNING) << "Looking again for containers: " << scan.status().message();
      break;
    }
    for (auto it = unsettled_.begin(); it != unsettled_.end();) {
      const std::string id = it->first;
      auto node = unsettled_.extract(it++);
      if (!Settled(id, node.mapped(), scan)) unsettled_.insert(std::move(node));
    }
    settle_at_ = executor_.Now() + kSettleInterval;
    if (!unsettled_.empty()) loop_.SetTicking(true);
  }

  // Follows its launcher where that lives. Else kills what is left, and once nothing is, tells the
  // end. False: look again.
  bool Settled(const std::string& id, Unsettled& container,
               const absl::StatusOr<ProcessScan>& scan) {
    if (!container.rebooted) {
      if (!scan.ok()) return false;
      const ProcessScan::Container* alive = scan->FindLauncher(id);
      if (alive != nullptr && container.ended_launcher == 0) {
        absl::StatusOr<LauncherProcess> process = LauncherProcess::Open(*alive->launcher);
        if (!process.ok()) return false;
        LOG(WARNING) << "Found container=" << id << " without its pid file";
        container.directory = alive->directory;
        FollowAgain(id, container, *std::move(process));
        return true;
      }
      if (!NothingLeft(id, container, scan->Find(id))) return false;
    }
    const absl::StatusOr<int32_t> end = ReadTermination(container.directory);
    if (end.ok()) {
      TellEnd(id, *end);
    } else if (absl::IsNotFound(end.status())) {
      TellUnknownEnd(id, container, container.missing);
    } else if (absl::IsDataLoss(end.status())) {
      TellUnknownEnd(id, container, end.status());
    } else {
      LOG(WARNING) << "Looking again for the end of container=" << id << ": "
                   << end.status().message();
      return false;
    }
    return true;
  }

  bool NothingLeft(const std::string& id, const Unsettled& container,
                   const ProcessScan::Container* found) {
    std::vector<launcher::ProcessIdentity> left;
    if (found != nullptr) left = found->processes;
    if (found != nullptr && found->launcher.has_value()) left.push_back(*found->launcher);
    if (container.ended_launcher != 0) {
      const auto of_session = ProcessesOfSession(container.ended_launcher);
      if (!of_session.ok()) return false;
      left.insert(left.end(), of_session->begin(), of_session->end());
    }
    if (left.empty()) return true;
    LOG_EVERY_N(WARNING, 50) << "Killing what is left without a launcher of container=" << id
                             << " processes=" << left.size();
    SignalProcesses(left, SIGSTOP);  // so that none forks away
    SignalProcesses(left, SIGKILL);
    return false;
  }

  void TellEnd(const std::string& id, int32_t status) {
    Tell(ContainerExited{.container_id = id, .status = status, .message = ""});
  }

  void TellUnknownEnd(const std::string& id, const Unsettled& container,
                      const absl::Status& reason) {
    if (container.launch_failed) return LaunchFailed(id, reason);
    LOG(WARNING) << "The end of container=" << id << " is not known: " << reason.message();
    Tell(ContainerExited{.container_id = id,
                         .status = std::nullopt,
                         .message = absl::StrCat("The end of container '", id,
                                                 "' is not known: ", reason.message())});
  }

  void LaunchFailed(const std::string& id, const absl::Status& reason, bool sandbox = false) {
    LOG(WARNING) << "Failed to launch container=" << id << ": " << reason.message();
    Tell(ContainerExited{.container_id = id,
                         .status = std::nullopt,
                         .message = std::string(reason.message()),
                         .launch_failed = true,
                         .sandbox_failed = sandbox});
  }

  void SandboxFailed(const std::string& id, const std::string& sandbox, absl::string_view why) {
    LaunchFailed(id,
                 absl::InternalError(
                     absl::StrCat("Failed to create executor directory '", sandbox, "': ", why)),
                 /*sandbox=*/true);
  }

  void SendRequest(Container& container) {
    const KillRequest& request = container.request;
    const absl::Status status = container.process.Request(
        request.destroy ? std::nullopt : std::optional<absl::Duration>(request.grace));
    container.request_waits = !status.ok();
    loop_.SetTicking(true);
    if (status.ok()) {
      container.overdue_at =
          std::min(container.overdue_at, executor_.Now() + request.grace + patience_);
    } else {
      LOG(WARNING) << "Trying again to end container=" << container.id << ": " << status.message();
    }
  }

  void Announce(Container& container) {
    const absl::Status status = container.process.Announce();
    container.announce_waits = !status.ok();
    if (status.ok()) return;
    LOG(WARNING) << "Telling container=" << container.id
                 << " again of its agent: " << status.message();
    loop_.SetTicking(true);
  }

  // Its launcher hangs, or was stopped. What that leaves is found once it is dead.
  void KillOverdue(Container& container) {
    const auto below = ProcessesOfSession(container.process.pid());
    if (!below.ok()) return;
    container.overdue_at = executor_.Now() + patience_;
    if (!std::exchange(container.overdue, true)) {
      LOG(WARNING) << "Killing launcher=" << container.process.pid()
                   << ", which has not ended in time container=" << container.id;
      if (launchers_killed_ != nullptr) ++*launchers_killed_;
    }
    SignalProcesses(*below, SIGSTOP);
    SignalProcesses(*below, SIGKILL);
    container.process.Kill();
  }

  // While the system's queue of signals is full, a descriptor could not be watched, a kill is under
  // way, or something is looked for.
  void Tick() {
    bool needed = false;
    const absl::Time now = executor_.Now();
    for (auto it = containers_.begin(); it != containers_.end();) {
      const Iterator current = it++;
      Container& container = current->second;
      if (container.request_waits) SendRequest(container);
      if (container.announce_waits) Announce(container);
      if (now >= container.overdue_at) KillOverdue(container);
      needed = needed || container.request_waits || container.announce_waits ||
               container.unwatched || container.overdue_at != absl::InfiniteFuture();
      pollfd ready = {container.process.pidfd(), POLLIN, 0};
      if (container.unwatched && poll(&ready, 1, 0) > 0) Readable(current->first);
    }
    if (!unsettled_.empty() && now >= settle_at_) Settle();
    loop_.SetTicking(needed || !unsettled_.empty());
  }

  void Tell(Event event) {
    executor_.Post("container_event", [observer = observer_, event = std::move(event)]() mutable {
      (*observer)(std::move(event));
    });
  }

  Executor& executor_;
  const LauncherOptions launcher_;
  const absl::Duration patience_;
  std::atomic<uint64_t>* const launchers_killed_;
  const std::shared_ptr<std::function<void(Event)>> observer_;

  // Invariant: keys_ maps the id of each of containers_ to its key.
  uint64_t next_key_ = 0;
  std::map<uint64_t, Container> containers_;
  absl::flat_hash_map<std::string, uint64_t> keys_;

  // By container id, none of which is in keys_; looked at again at settle_at_.
  std::map<std::string, Unsettled> unsettled_;
  absl::Time settle_at_ = absl::InfinitePast();
  bool settle_posted_ = false;

  WatchLoop loop_;  // last: its thread uses all of the above
};

ProcessContainerizer::ProcessContainerizer(Deps deps)
    : impl_(std::make_unique<Impl>(std::move(deps))) {}

ProcessContainerizer::~ProcessContainerizer() = default;

void ProcessContainerizer::Launch(ContainerSpec spec) {
  impl_->loop().Post([impl = impl_.get(), spec = std::move(spec)] { impl->Launch(spec); });
}

void ProcessContainerizer::Reattach(ReattachContainer reattach) {
  impl_->loop().Post(
      [impl = impl_.get(), reattach = std::move(reattach)] { impl->Reattach(reattach); });
}

void ProcessContainerizer::Kill(const std::string& container_id, absl::Duration grace) {
  impl_->loop().Post(
      [impl = impl_.get(), container_id, grace] { impl->Request(container_id, grace); });
}

void ProcessContainerizer::Destroy(const std::string& container_id) {
  impl_->loop().Post(
      [impl = impl_.get(), container_id] { impl->Request(container_id, std::nullopt); });
}

}  // namespace mesos::agent
