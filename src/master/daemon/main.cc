// mesos-master: flags in, a MasterHost on one executor, and a clean end on SIGTERM or SIGINT.

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "common/flags/flags.h"
#include "common/metrics/timings.h"
#include "common/rpc/host_address.h"
#include "common/runtime/asio_executor.h"
#include "common/runtime/random.h"
#include "common/runtime/run_and_wait.h"
#include "common/zookeeper/client_session.h"
#include "glog/logging.h"
#include "master/allocator/allocator.h"
#include "master/api/runtime_metrics.h"
#include "master/api/timed_allocator.h"
#include "master/core/master_core.h"
#include "master/daemon/candidacy.h"
#include "master/daemon/master_flags.h"
#include "master/transport/master_host.h"

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

int Run(const MasterConfig& config) {
  // Blocked before the first thread, so that every thread inherits it and only sigwait takes them.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  AsioExecutor executor("master");
  metrics::Timings allocator_runs;
  MasterHost host(executor, {.seed = SystemSeed(),
                             .publish_per_framework_metrics = config.publish_per_framework_metrics,
                             .log_file = config.log_file,
                             .add_metrics = [&](metrics::MetricsPage& page) {
                               AddRuntimeMetrics(executor, allocator_runs, page);
                             }});
  const auto make_core = [&](const MasterOptions& options) {
    return std::make_unique<MasterCore>(
        options, TimeRuns(NewHierarchicalAllocator(config.allocator), allocator_runs),
        executor.Now());
  };
  MasterOptions options = config.options;
  options.id = Random(SystemSeed()).Uuid();
  options.start_time = executor.Now();
  const std::string address = rpc::JoinHostPort(config.listen_ip, config.listen_port);
  const auto advertise = [&](int port) {
    options.port = config.advertise_port != 0 ? config.advertise_port : port;
  };
  const absl::Status started =
      config.zookeeper ? host.Listen(address) : host.Start(address, [&](int port) {
        advertise(port);
        return make_core(options);
      });
  if (!started.ok()) return Fail(started);
  advertise(host.port());
  LOG(INFO) << "Master listening on " << rpc::JoinHostPort(config.listen_ip, host.port())
            << " hostname=" << options.hostname
            << " advertised=" << rpc::JoinHostPort(options.ip, options.port)
            << " version=" << flags::Version()
            << (config.zookeeper ? " zk=" + config.zookeeper->ToString() : " id=" + options.id);
  std::unique_ptr<Candidacy> candidacy;
  if (config.zookeeper) {
    RunAndWait(executor, "stand_for_election", [&] {
      candidacy = std::make_unique<Candidacy>(
          Candidacy::Deps{.executor = executor,
                          .host = host,
                          .sessions = zookeeper::ClientSessions(*config.zookeeper, executor,
                                                                config.zookeeper_session_timeout),
                          .path = config.zookeeper->path,
                          .options = options,
                          .make_core = make_core,
                          .seed = SystemSeed()});
    });
  }

  int signal = 0;
  sigwait(&ends, &signal);
  LOG(INFO) << "Master ends signal=" << strsignal(signal);
  // First of all, so that the next leader is elected at once.
  RunAndWait(executor, "withdraw", [&] { candidacy = nullptr; });
  host.Shutdown();
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace mesos::master

int main(int argc, char** argv) {
  const mesos::flags::Program program = {
      .name = "mesos-master",
      .summary = "Tracks agents, offers their resources to frameworks, and runs what they accept.",
      .required = {}};
  if (std::optional<int> code = mesos::flags::StartProgram(program, argc, argv)) return *code;
  absl::StatusOr<mesos::master::MasterConfig> config = mesos::master::ReadMasterFlags();
  if (!config.ok()) return mesos::master::Fail(config.status());
  return mesos::master::Run(*config);
}
