#include "agent/daemon/agent_daemon.h"

#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/api/runtime_metrics.h"
#include "agent/checkpoint/checkpoint_writer.h"
#include "agent/checkpoint/machine.h"
#include "agent/checkpoint/paths.h"
#include "agent/checkpoint/recovery.h"
#include "agent/checks/check_runner.h"
#include "agent/containerizer/process_containerizer.h"
#include "agent/containerizer/stray_sweep.h"
#include "agent/core/agent_core.h"
#include "agent/core/snapshot.h"
#include "agent/host/agent_host.h"
#include "agent/resources/machine.h"
#include "common/base/host_port.h"
#include "common/base/status_macros.h"
#include "common/disk/directory_lock.h"
#include "common/disk/group_sync.h"
#include "common/flags/flags.h"
#include "common/runtime/asio_executor.h"
#include "common/runtime/run_and_wait.h"
#include "glog/logging.h"

namespace mesos::agent {
namespace {

// Changes with each boot; empty where the system has none.
std::string ReadBootId() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

uint64_t SystemSeed() {
  std::random_device device;
  return uint64_t{device()} << 32 | device();
}

// 256 bits of the system's.
std::string NewSecret() {
  std::random_device device;
  std::string secret;
  for (int i = 0; i < 8; ++i) absl::StrAppend(&secret, absl::Hex(device(), absl::kZeroPad8));
  return secret;
}

}  // namespace

class AgentDaemon::Impl {
 public:
  Impl(AgentConfig config, std::function<void(absl::Status)> ended)
      : config_(std::move(config)),
        ended_(std::move(ended)),
        meta_directory_(MetaDirectory(config_.options.work_directory)) {}

  ~Impl() { Stop(); }

  absl::Status Start(const std::function<bool()>& give_up) {
    ASSIGN_OR_RETURN(DirectoryLock lock,
                     DirectoryLock::Take(config_.options.work_directory, "agent"));
    lock_.emplace(std::move(lock));
    RETURN_IF_ERROR(MakeMetaDirectory());
    ASSIGN_OR_RETURN(sync_, NewPosixGroupSync(meta_directory_));
    const absl::Time begin = executor_.Now();
    ASSIGN_OR_RETURN(RecoveredState recovered, ReadCheckpoint());
    figures_.recovery_time = executor_.Now() - begin;
    figures_.recovery_errors = recovered.problems.size();
    RETURN_IF_ERROR(SweepStrays(recovered, give_up));
    RETURN_IF_ERROR(OpenDoors());
    const bool is_new = !recovered.agent.has_value();
    LOG(INFO) << "Agent listening on " << JoinHostPort(config_.addresses.listen_ip, port())
              << " hostname=" << config_.options.info.hostname()
              << " advertised=" << JoinHostPort(config_.options.ip, config_.options.info.port())
              << " master=" << config_.master.ToString()
              << " work_dir=" << config_.options.work_directory
              << " agent=" << (is_new ? "new" : recovered.agent->id().value())
              << " version=" << flags::Version();
    config_.addresses.LogExposure(port());
    RunAndWait(executor_, "start", [&] {
      core_ = std::make_unique<AgentCore>(config_.options, std::move(recovered), SystemSeed());
      Perform(core_->Start(executor_.Now()));
      for (Event& event : std::exchange(early_, {})) Handle(std::move(event));
    });
    // Only now, so that recovered executors find a core that knows them.
    return transport_->ServeExecutors(config_.options.executor_socket);
  }

  int port() const { return transport_->port(); }

  void RequestShutdown(const std::string& message) {
    executor_.Post("shutdown_requested", [this, message] { Handle(ShutdownRequested{message}); });
  }

  void Stop() {
    if (std::exchange(stopped_, true)) return;
    if (transport_ != nullptr) transport_->Shutdown();
    garbage_.Stop();
    checks_.reset();
    containerizer_.reset();
    writer_.reset();  // writes what is queued
    executor_.Stop();
  }

 private:
  // Checkpoints hold what tasks were given in their environments, secrets included.
  absl::Status MakeMetaDirectory() {
    RETURN_IF_ERROR(file_system_->CreateDirectories(meta_directory_));
    // One of an earlier version may be open to all.
    std::error_code error;
    std::filesystem::permissions(meta_directory_, std::filesystem::perms::owner_all, error);
    if (!error) return absl::OkStatus();
    return absl::FailedPreconditionError(
        absl::StrCat("Failed to chmod '", meta_directory_, "': ", error.message()));
  }

  absl::StatusOr<RecoveredState> ReadCheckpoint() {
    config_.options.boot_id = ReadBootId();
    config_.options.new_secret = &NewSecret;
    config_.options.machine = ReadMachineIdentity(config_.options.work_directory);
    ASSIGN_OR_RETURN(RecoveredState recovered,
                     Recover(*file_system_, {.meta_directory = meta_directory_,
                                             .boot_id = config_.options.boot_id,
                                             .strict = config_.strict}));
    for (const std::string& problem : recovered.problems) LOG(WARNING) << "Skipped: " << problem;
    SetCopyAside(recovered);
    if (recovered.agent.has_value() && !config_.options.cleanup) {
      RETURN_IF_ERROR(CheckCompatible(*recovered.agent, config_.options.info, meta_directory_,
                                      config_.reconfiguration_policy));
    }
    return recovered;
  }

  // Whoever took up a copy would tell of tasks that run elsewhere: it begins as a new agent.
  void SetCopyAside(RecoveredState& recovered) {
    if (!recovered.agent.has_value() || !recovered.machine.has_value()) return;
    const std::string& id = recovered.agent->id().value();
    const bool same_boot = !config_.options.boot_id.empty() && !recovered.rebooted;
    const std::string why = WhyCopied(*recovered.machine, config_.options.machine, same_boot, id);
    if (why.empty()) return;
    LOG(WARNING) << "Starting as a new agent: the checkpoint of agent=" << id << " in '"
                 << meta_directory_ << "' is that of another one: " << why;
    recovered = {.rebooted = recovered.rebooted, .machine = recovered.machine, .copied = true};
  }

  absl::Status SweepStrays(const RecoveredState& recovered, const std::function<bool()>& give_up) {
    StraySweep sweep{.work_directory = config_.options.work_directory, .give_up = give_up};
    for (const RecoveredFramework& framework : recovered.frameworks) {
      for (const RecoveredExecutor& executor : framework.executors) {
        // After a boot every task of before is told to have ended.
        if (!recovered.rebooted && TakenUp(framework, executor))
          sweep.keep.insert(executor.container_id);
      }
    }
    ASSIGN_OR_RETURN(const SweptStrays swept, EndStrays(sweep));
    figures_.strays_ended = swept.containers;
    if (swept.containers == 0) return absl::OkStatus();
    LOG(WARNING) << "Ended what a former agent left: containers=" << swept.containers
                 << " processes=" << swept.processes;
    return absl::OkStatus();
  }

  LauncherOptions Launcher() const {
    return {.path = config_.launcher_path,
            .work_directory = config_.options.work_directory,
            .descriptor_limit = config_.task_descriptor_limit};
  }

  // Everything that the core reaches, before there is a core.
  absl::Status OpenDoors() {
    writer_ = std::make_unique<CheckpointWriter>(
        CheckpointWriter::Deps{.executor = executor_,
                               .file_system = *file_system_,
                               .sync = *sync_,
                               .meta_directory = meta_directory_,
                               .observer = [this](CheckpointToken token, absl::Status status) {
                                 Handle(CheckpointDone{token, std::move(status)});
                               }});
    containerizer_ = std::make_unique<ProcessContainerizer>(
        ProcessContainerizer::Deps{.executor = executor_,
                                   .launcher = Launcher(),
                                   .observer = [this](Event event) { Handle(std::move(event)); },
                                   .launchers_killed = &figures_.launchers_killed});
    checks_ = std::make_unique<CheckRunner>(CheckRunner::Deps{
        .executor = executor_, .launcher = Launcher(), .observer = [this](CheckFinished finished) {
          Handle(std::move(finished));
        }});
    transport_ = std::make_unique<AgentHost>(AgentHost::Deps{
        .executor = executor_,
        .sink = [this](Event event) { Handle(std::move(event)); },
        .snapshot = [this]() -> std::shared_ptr<const Snapshot> {
          if (core_ == nullptr) return nullptr;
          return core_->TakeSnapshot(executor_.Now());
        },
        .container_of =
            [this](const std::string& framework_id, const std::string& executor_id) {
              return core_ == nullptr ? ContainerPlace()
                                      : core_->ContainerOf(framework_id, executor_id);
            },
        .facts = Facts(),
        .site = config_.site,
        .add_metrics =
            [this](metrics::MetricsPage& page) {
              AddRuntimeMetrics(figures_, executor_, garbage_, page);
            }});
    RETURN_IF_ERROR(
        transport_->Serve(JoinHostPort(config_.addresses.listen_ip, config_.listen_port)));
    transport_->SetMaster(config_.master);
    config_.options.info.set_port(config_.advertise_port != 0 ? config_.advertise_port : port());
    return absl::OkStatus();
  }

  AgentFacts Facts() const {
    AgentFacts facts;
    facts.ip = config_.options.ip;
    facts.work_directory = config_.options.work_directory;
    facts.log_directory = config_.log_directory;
    // glog keeps a link of this name to the newest file.
    if (!config_.log_directory.empty()) {
      facts.log_file = absl::StrCat(config_.log_directory, "/mesos-agent.INFO");
    }
    if (!config_.external_log_file.empty()) facts.log_file = config_.external_log_file;
    facts.started = executor_.Now();
    return facts;
  }

  // ---- On the core's thread

  void Handle(Event event) {
    if (core_ == nullptr) {
      early_.push_back(std::move(event));
      return;
    }
    if (!exited_) Perform(core_->Handle(executor_.Now(), std::move(event)));
  }

  void Perform(Effects effects) {
    for (Effect& effect : effects) {
      std::visit([this](auto& one) { Carry(one); }, effect);
    }
    ArmTimer();
  }

  void ArmTimer() {
    const absl::Time next = exited_ ? absl::InfiniteFuture() : core_->NextDeadline();
    if (next == armed_for_) return;
    executor_.Cancel(timer_);
    armed_for_ = next;
    timer_ = TimerId::kNone;
    if (next == absl::InfiniteFuture()) return;
    timer_ = executor_.RunAt(next, "tick", [this] {
      armed_for_ = absl::InfiniteFuture();
      Handle(Tick{});
    });
  }

  template <typename Effect>
  void Carry(Effect& effect) {
    transport_->Perform(effect);
  }
  void Carry(Checkpoint& effect) { writer_->Write(effect.token, std::move(effect.writes)); }
  void Carry(LaunchContainer& effect) { containerizer_->Launch(std::move(effect.spec)); }
  void Carry(ReattachContainer& effect) { containerizer_->Reattach(std::move(effect)); }
  void Carry(KillContainer& effect) { containerizer_->Kill(effect.container_id, effect.grace); }
  void Carry(DestroyContainer& effect) { containerizer_->Destroy(effect.container_id); }
  void Carry(RunCheck& effect) { checks_->Run(std::move(effect)); }
  void Carry(CancelCheck& effect) { checks_->Cancel(effect); }
  void Carry(RemoveDirectory& effect) {
    garbage_.Post("remove_directory", [this, path = std::move(effect.path)] {
      const absl::Status status = file_system_->RemoveAll(path);
      ++(status.ok() ? figures_.removals_succeeded : figures_.removals_failed);
      if (!status.ok()) LOG(WARNING) << status.message();
    });
  }
  // Behind the removals that are under way, so that it finds their room.
  void Carry(MeasureDisk&) {
    garbage_.Post("measure_disk", [this] {
      executor_.Post("disk_measured", [this, usage = DiskUsage(config_.options.work_directory)] {
        Handle(DiskMeasured{usage});
      });
    });
  }
  void Carry(Exit& effect) {
    exited_ = true;
    ended_(effect.status);
  }

  AgentConfig config_;
  const std::function<void(absl::Status)> ended_;
  const std::string meta_directory_;
  const std::unique_ptr<FileSystem> file_system_ = NewPosixFileSystem(Privacy::kPrivate);
  std::optional<DirectoryLock> lock_;
  std::unique_ptr<GroupSync> sync_;
  bool stopped_ = false;  // of the thread that stops

  // Of the core's thread. `early_` holds what came before there was a core; armed_for_ is when
  // timer_ fires, InfiniteFuture where there is none.
  std::unique_ptr<AgentCore> core_;
  std::vector<Event> early_;
  bool exited_ = false;
  TimerId timer_ = TimerId::kNone;
  absl::Time armed_for_ = absl::InfiniteFuture();

  RuntimeFigures figures_;
  AsioExecutor executor_{"agent"};
  AsioExecutor garbage_{"garbage"};
  std::unique_ptr<CheckpointWriter> writer_;
  std::unique_ptr<ProcessContainerizer> containerizer_;
  std::unique_ptr<CheckRunner> checks_;
  std::unique_ptr<AgentHost> transport_;
};

AgentDaemon::AgentDaemon(AgentConfig config, std::function<void(absl::Status)> ended)
    : impl_(std::make_unique<Impl>(std::move(config), std::move(ended))) {}

AgentDaemon::~AgentDaemon() = default;

absl::Status AgentDaemon::Start(const std::function<bool()>& give_up) {
  return impl_->Start(give_up);
}

int AgentDaemon::port() const { return impl_->port(); }

void AgentDaemon::RequestShutdown(const std::string& message) { impl_->RequestShutdown(message); }

void AgentDaemon::Stop() { impl_->Stop(); }

}  // namespace mesos::agent
