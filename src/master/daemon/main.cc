// mesos-master: flags in, a MasterHost on one executor, and a clean end on SIGTERM or SIGINT.

#include <malloc.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <future>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/base/host_port.h"
#include "common/base/status_macros.h"
#include "common/disk/directory_lock.h"
#include "common/flags/flags.h"
#include "common/runtime/asio_executor.h"
#include "common/runtime/descriptor_limit.h"
#include "common/runtime/random.h"
#include "common/runtime/run_and_wait.h"
#include "common/store/store.h"
#include "common/zookeeper/client_session.h"
#include "glog/logging.h"
#include "master/allocator/allocator.h"
#include "master/api/runtime_metrics.h"
#include "master/api/timed_allocator.h"
#include "master/core/master_core.h"
#include "master/daemon/master_flags.h"
#include "master/daemon/open_store.h"
#include "master/host/master_host.h"
#include "master/reign/candidacy.h"
#include "master/reign/reign.h"
#include "master/reign/standalone.h"

namespace mesos::master {
namespace {

uint64_t SystemSeed() {
  std::random_device device;
  return uint64_t{device()} << 32 | device();
}

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "mesos-master: %s\n", std::string(status.message()).c_str());
  return EXIT_FAILURE;
}

// Threads' heaps grow in pieces of this size: with malloc's own of 128 KB, a master to which
// thousands of agents return spends a twentieth of its time in mprotect.
void GrowHeapsInBigPieces() {
  constexpr int kBytes = 4 << 20;
  mallopt(M_TOP_PAD, kBytes);
  mallopt(M_MMAP_THRESHOLD, kBytes);  // which malloc would have learnt, but for the other
}

// Blocked before the first thread, so that every thread inherits it and only sigwait takes them.
sigset_t BlockEndingSignals() {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return ends;
}

RegistrarOptions RegistrarOptionsOf(const RegistryConfig& config, RuntimeFigures& figures) {
  return {.fetch_timeout = config.fetch_timeout,
          .store_timeout = config.store_timeout,
          .observer = {
              .recovered =
                  [&figures](absl::Duration took) { figures.registry_recoveries.Record(took); },
              .written = [&figures](absl::Duration took) { figures.registry_writes.Record(took); },
              .changed =
                  [&figures](size_t waiting, size_t bytes) {
                    figures.registry_queue = waiting;
                    figures.registry_bytes = bytes;
                  }}};
}

// The daemon's parts; those on the executor's thread are made and ended there.
class Daemon {
 public:
  explicit Daemon(const MasterConfig& config)
      : config_(config),
        executor_("master"),
        host_(executor_, {.seed = SystemSeed(),
                          .publish_per_framework_metrics = config.publish_per_framework_metrics,
                          .log_file = config.log_file,
                          .site = config.site,
                          .add_metrics = [this](metrics::MetricsPage& page) {
                            AddRuntimeMetrics(executor_, figures_, page);
                          }}) {}

  ~Daemon() {
    RunAndWait(executor_, "withdraw", [this] {
      candidacy_ = nullptr;
      standalone_ = nullptr;
    });
    host_.Shutdown();
    RunAndWait(executor_, "close_store", [this] { store_ = nullptr; });
  }

  absl::Status Start() {
    if (!config_.work_directory.empty()) {
      ASSIGN_OR_RETURN(lock_, DirectoryLock::Take(config_.work_directory, "master"));
    }
    absl::Status opened;
    RunAndWait(executor_, "open_store", [&] {
      absl::StatusOr<std::unique_ptr<store::Store>> store = OpenStore(config_, executor_);
      opened = store.status();
      if (opened.ok()) store_ = *std::move(store);
    });
    RETURN_IF_ERROR(opened);
    if (!config_.zookeeper) RETURN_IF_ERROR(RecoverStandalone());
    RETURN_IF_ERROR(host_.Listen(JoinHostPort(config_.addresses.listen_ip, config_.listen_port)));
    MasterOptions options = config_.options;
    options.port = config_.advertise_port != 0 ? config_.advertise_port : host_.port();
    LOG(INFO) << "Master listening on " << JoinHostPort(config_.addresses.listen_ip, host_.port())
              << " hostname=" << options.hostname
              << " advertised=" << JoinHostPort(options.ip, options.port)
              << " version=" << flags::Version()
              << (config_.zookeeper ? " zk=" + config_.zookeeper->ToString() : "");
    config_.addresses.LogExposure(host_.port());
    RunAndWait(executor_, "stand", [&] {
      if (standalone_ != nullptr) {
        standalone_->Lead(options);
      } else {
        StandForElection(options);
      }
    });
    return absl::OkStatus();
  }

 private:
  Reign::Deps ReignDeps() {
    return {.executor = executor_,
            .host = host_,
            .store = *store_,
            .registrar = RegistrarOptionsOf(config_.registry, figures_),
            .make_core = [this](const MasterOptions& options, const Registry& registry) {
              return std::make_unique<MasterCore>(
                  options,
                  TimeRuns(NewHierarchicalAllocator(config_.allocator), figures_.allocator_runs,
                           figures_.allocator_latencies),
                  executor_.Now(), registry);
            }};
  }

  // Before it listens: whoever dials finds a leader.
  absl::Status RecoverStandalone() {
    std::promise<absl::Status> recovered;
    executor_.Post("recover", [&] {
      standalone_ = std::make_unique<Standalone>(
          ReignDeps(), [random = Random(SystemSeed())]() mutable { return random.Uuid(); });
      standalone_->Recover([&](absl::Status status) { recovered.set_value(std::move(status)); });
    });
    const absl::Status status = recovered.get_future().get();
    if (status.ok() || config_.registry.path.empty()) return status;
    return absl::Status(status.code(),
                        absl::StrCat("cannot use ", config_.registry.path, ": ", status.message()));
  }

  void StandForElection(const MasterOptions& options) {
    candidacy_ = std::make_unique<Candidacy>(
        Candidacy::Deps{.executor = executor_,
                        .reign = ReignDeps(),
                        .sessions = zookeeper::ClientSessions(*config_.zookeeper, executor_,
                                                              config_.zookeeper_session_timeout),
                        .path = config_.zookeeper->path,
                        .options = options,
                        .seed = SystemSeed()});
  }

  const MasterConfig& config_;
  std::optional<DirectoryLock> lock_;
  RuntimeFigures figures_;
  AsioExecutor executor_;
  std::unique_ptr<store::Store> store_;
  MasterHost host_;
  std::unique_ptr<Standalone> standalone_;  // without an election
  std::unique_ptr<Candidacy> candidacy_;    // with one
};

int Run(const MasterConfig& config) {
  GrowHeapsInBigPieces();
  // Each agent and scheduler takes one, and a login's soft limit may be a thousand.
  if (const auto raised = RaiseDescriptorLimit(); !raised.ok()) return Fail(raised.status());
  const sigset_t ends = BlockEndingSignals();
  Daemon daemon(config);
  if (absl::Status started = daemon.Start(); !started.ok()) return Fail(started);
  int signal = 0;
  sigwait(&ends, &signal);
  LOG(INFO) << "Master ends signal=" << strsignal(signal);
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace mesos::master

int main(int argc, char** argv) {
  const mesos::flags::Program program = {
      .name = "mesos-master",
      .summary = "Tracks agents, offers their resources to frameworks, and runs what they accept.",
      .required = {},
      .daemon = true};
  if (std::optional<int> code = mesos::flags::StartProgram(program, argc, argv)) return *code;
  absl::StatusOr<mesos::master::MasterConfig> config = mesos::master::ReadMasterFlags();
  if (!config.ok()) return mesos::master::Fail(config.status());
  return mesos::master::Run(*config);
}
