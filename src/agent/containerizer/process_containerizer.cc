#include "agent/containerizer/process_containerizer.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
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
#include "agent/containerizer/watch_loop.h"
#include "agent/fetcher/fetch_commands.h"
#include "common/base/status_macros.h"
#include "glog/logging.h"

namespace mesos::agent {
namespace {

// What a launcher may say on its status pipe at most; more is none of ours.
constexpr size_t kMaxStatusBytes = 64 << 10;

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
        launcher_path_(std::move(deps.launcher_path)),
        observer_(std::make_shared<std::function<void(Event)>>(std::move(deps.observer))),
        loop_(
            "containers", [this](uint64_t key) { Readable(key); }, [this] { Tick(); }) {}

  ~Impl() { loop_.Stop(); }

  WatchLoop& loop() { return loop_; }

  void Launch(const ContainerSpec& spec) {
    if (keys_.contains(spec.container_id)) {
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
        LauncherProcess::Spawn(launcher_path_, spec.container_id, launch);
    if (!process.ok()) return LaunchFailed(spec.container_id, process.status());
    Container container(spec.container_id, spec.runtime_directory, *std::move(process));
    container.sandbox = spec.sandbox;
    Follow(std::move(container));
  }

  void Reattach(const ReattachContainer& reattach) {
    if (keys_.contains(reattach.container_id)) {
      LOG(ERROR) << "Ignoring a reattach of the known container=" << reattach.container_id;
      return;
    }
    absl::StatusOr<LauncherProcess> process =
        reattach.rebooted ? absl::NotFoundError("the machine has booted since it ran")
                          : LauncherProcess::Find(reattach.runtime_directory);
    if (!process.ok()) {
      return ReportEnd(reattach.container_id, reattach.runtime_directory, process.status());
    }
    Container container(reattach.container_id, reattach.runtime_directory, *std::move(process));
    container.started = true;
    Tell(ContainerStarted{container.id, container.process.pid()});
    Follow(std::move(container));
  }

  void Request(const std::string& container_id, std::optional<absl::Duration> grace) {
    auto key = keys_.find(container_id);
    if (key == keys_.end()) return;
    Container& container = containers_.at(key->second);
    container.destroy = container.destroy || !grace.has_value();
    container.grace = container.grace.has_value() && grace.has_value()
                          ? std::min(*container.grace, *grace)
                          : grace;
    SendRequest(container);
  }

 private:
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
    bool unwatched = false;      // the loop could not take its descriptors: ticks look after it
    bool request_waits = false;  // grace or destroy could not be sent yet
    bool destroy = false;
    std::optional<absl::Duration> grace;
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
    container.process.Reap();
    if (container.sandbox_failed) {
      return SandboxFailed(container.id, container.sandbox, *container.failure);
    }
    if (container.failure.has_value()) {
      return LaunchFailed(container.id, absl::InternalError(*container.failure));
    }
    // A kill during the fetch leaves a termination file without a start.
    if (!container.started && !ReadTermination(container.directory).ok()) {
      return LaunchFailed(
          container.id, absl::InternalError(absl::StrCat("Launcher ", container.process.pid(),
                                                         " ended before it started the command")));
    }
    ReportEnd(container.id, container.directory,
              absl::InternalError(absl::StrCat("Launcher ", container.process.pid(),
                                               " ended without telling the end of the command")));
  }

  // `missing` says why there may be no termination file.
  void ReportEnd(const std::string& id, const std::string& directory, const absl::Status& missing) {
    absl::StatusOr<int32_t> end = ReadTermination(directory);
    if (end.ok()) return Tell(ContainerExited{.container_id = id, .status = *end, .message = ""});
    const absl::Status& reason = absl::IsNotFound(end.status()) ? missing : end.status();
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
    const absl::Status status =
        container.process.Request(container.destroy ? std::nullopt : container.grace);
    container.request_waits = !status.ok();
    if (status.ok()) return;
    LOG(WARNING) << "Trying again to end container=" << container.id << ": " << status.message();
    loop_.SetTicking(true);
  }

  // While the system's queue of signals is full, or a descriptor could not be watched.
  void Tick() {
    bool needed = false;
    for (auto it = containers_.begin(); it != containers_.end();) {
      const Iterator current = it++;
      Container& container = current->second;
      if (container.request_waits) SendRequest(container);
      needed = needed || container.request_waits || container.unwatched;
      pollfd ready = {container.process.pidfd(), POLLIN, 0};
      if (container.unwatched && poll(&ready, 1, 0) > 0) Readable(current->first);
    }
    loop_.SetTicking(needed);
  }

  void Tell(Event event) {
    executor_.Post("container_event", [observer = observer_, event = std::move(event)]() mutable {
      (*observer)(std::move(event));
    });
  }

  Executor& executor_;
  const std::string launcher_path_;
  const std::shared_ptr<std::function<void(Event)>> observer_;

  // Invariant: keys_ maps the id of each of containers_ to its key.
  uint64_t next_key_ = 0;
  std::map<uint64_t, Container> containers_;
  absl::flat_hash_map<std::string, uint64_t> keys_;

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
