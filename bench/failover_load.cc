// How long a master that is killed and started again takes until all its agents are back: simulated
// agents, each on a connection of its own, against a real mesos-master in another process.
//
//   failover_load [--agents=20000] [--tasks=5] [--master_flags='--work_dir=...']
//
// The agents register; the master is killed with SIGKILL and started again; each agent comes back
// by the policy of real ones and tells its tasks. It counts as back when the master's answer to its
// re-registration has arrived. Meanwhile /health is asked each 50 ms, which must not wait long.

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "bench/agent_fleet.h"
#include "bench/cpu_time.h"
#include "bench/daemon_process.h"
#include "gflags/gflags.h"

DEFINE_int32(agents, 20'000, "How many agents.");
DEFINE_int32(tasks, 5, "How many tasks each agent runs.");
DEFINE_string(master_flags, "", "Further flags of the master, separated by spaces.");
DEFINE_double(limit_seconds, 120, "It fails where not all are back within this.");
DEFINE_double(settle_seconds, 2, "How long agents stay registered before the master is killed.");

namespace mesos {
namespace {

constexpr int kAgentsPerAddress = 15'000;
// What a process has open besides its agents' connections, and keeps for HTTP.
constexpr int kSpareDescriptors = 1'000;

// Asks /health again and again, each time on a new connection.
class HealthProbe {
 public:
  explicit HealthProbe(int port) : port_(port), thread_([this] { Run(); }) {}
  ~HealthProbe() { Stop(); }

  // The slowest answers since the first.
  std::vector<absl::Duration> Stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    std::sort(answers_.begin(), answers_.end());
    return answers_;
  }

 private:
  void Run() {
    while (!stop_) {
      const absl::Time asked = absl::Now();
      if (Ask()) answers_.push_back(absl::Now() - asked);
      Pause(absl::Milliseconds(50));
    }
  }

  // False while nobody listens.
  bool Ask() const {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port_));
    // From another address than the agents', whose ports may be used up.
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 100);
    bool answered = false;
    if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) {
      const std::string request = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
      char buffer[4096];
      answered = send(fd, request.data(), request.size(), MSG_NOSIGNAL) > 0 &&
                 recv(fd, buffer, sizeof(buffer), 0) > 0;
    }
    close(fd);
    return answered;
  }

  const int port_;
  std::atomic<bool> stop_{false};
  std::vector<absl::Duration> answers_;
  std::thread thread_;
};

std::vector<std::string> MasterFlags(const std::string& directory, int port) {
  std::vector<std::string> flags = {"--ip=0.0.0.0", "--hostname=localhost",
                                    "--advertise_ip=127.0.0.1", absl::StrCat("--port=", port),
                                    absl::StrCat("--work_dir=", directory, "/master")};
  for (absl::string_view flag : absl::StrSplit(FLAGS_master_flags, ' ', absl::SkipEmpty())) {
    flags.emplace_back(flag);
  }
  return flags;
}

void PrintPercentiles(const std::vector<absl::Time>& returns, absl::Time from) {
  const auto at = [&](size_t percent) {
    return absl::ToDoubleSeconds(returns[(returns.size() - 1) * percent / 100] - from);
  };
  std::printf("  back after the kill: first %.2f s, half %.2f s, 90%% %.2f s, all %.2f s\n", at(0),
              at(50), at(90), at(100));
}

int Run() {
  const int most = RaiseDescriptorLimit() - kSpareDescriptors;
  if (FLAGS_agents > most) {
    std::printf("%d agents instead of %d: the limit of file descriptors allows no more\n", most,
                FLAGS_agents);
    FLAGS_agents = most;
  }
  const ScratchDirectory scratch;
  const std::string binary = BinaryDirectory() + "/mesos-master";
  auto master = std::make_unique<DaemonProcess>(binary, MasterFlags(scratch.path(), 0),
                                                scratch.path() + "/first.log");
  const int port = master->AwaitPort();
  const double idle = master->ResidentMegabytes();
  AgentFleet fleet({.agents = FLAGS_agents,
                    .tasks = FLAGS_tasks,
                    .port = port,
                    .addresses = 1 + (FLAGS_agents - 1) / kAgentsPerAddress});
  const absl::Duration limit = absl::Seconds(FLAGS_limit_seconds);
  absl::Time begin = absl::Now();
  if (!fleet.RunUntilRegistered(limit)) {
    std::printf("only %d of %d agents registered\n", fleet.registered(), FLAGS_agents);
    return 1;
  }
  const double admitted = absl::ToDoubleSeconds(absl::Now() - begin);
  const double without_tasks = master->ResidentMegabytes();
  std::printf("%d agents, %d tasks each\n", FLAGS_agents, FLAGS_tasks);
  std::printf("  registered in %.2f s; master %.1f s of CPU, %.0f MB resident, %.1f KB an agent\n",
              admitted, master->CpuSeconds(), without_tasks,
              (without_tasks - idle) * 1000 / FLAGS_agents);
  fleet.ExpectReturn();
  // Pings go around, so that all know how many they are.
  fleet.RunFor(absl::Seconds(FLAGS_settle_seconds));

  const CpuTime cpu;
  begin = absl::Now();
  master->Kill(SIGKILL);
  master = std::make_unique<DaemonProcess>(binary, MasterFlags(scratch.path(), port),
                                           scratch.path() + "/second.log");
  HealthProbe probe(port);
  const bool all = fleet.RunUntilRegistered(limit);
  const double seconds = absl::ToDoubleSeconds(absl::Now() - begin);
  const std::vector<absl::Duration> health = probe.Stop();
  if (!fleet.returns().empty()) PrintPercentiles(fleet.returns(), begin);
  std::printf("  %lu dials, %lu links lost; told spread %.1f s\n", fleet.dials(), fleet.losses(),
              absl::ToDoubleSeconds(fleet.return_spread()));
  if (!all) {
    std::printf("only %d of %d agents are back after %.0f s\n", fleet.registered(), FLAGS_agents,
                seconds);
    return 1;
  }
  const double resident = master->ResidentMegabytes();
  std::printf("  CPU: master %.2f s, agents %.2f s\n", master->CpuSeconds(), cpu.Seconds());
  std::printf("  master: %.0f MB resident", resident);
  if (FLAGS_tasks > 0) {
    std::printf(", %.0f bytes a task beyond what %d idle agents took",
                (resident - without_tasks) * 1e6 / FLAGS_agents / FLAGS_tasks, FLAGS_agents);
  }
  if (!health.empty()) {
    std::printf("\n  /health meanwhile: %zu answers, median %.1f ms, slowest %.1f ms",
                health.size(), absl::ToDoubleMilliseconds(health[health.size() / 2]),
                absl::ToDoubleMilliseconds(health.back()));
  }
  std::printf("\n");
  return 0;
}

}  // namespace
}  // namespace mesos

int main(int argc, char** argv) {
  gflags::ParseCommandLineFlags(&argc, &argv, true);
  return mesos::Run();
}
