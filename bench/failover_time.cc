// How long offers stay away when the master goes: real daemons, a real ZooKeeper, a framework on
// the driver that keeps what it is offered.
//
//   failover_time [--runs=5] [--zookeeper_jar=/usr/share/java/zookeeper.jar]
//
// Measured from the signal to the first offer of the next master, which takes the framework and the
// agent to be back there: a standalone master killed and started again, a leader that ends cleanly,
// and a leader that is killed, with sessions of 2 s.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bench/daemon_process.h"
#include "gflags/gflags.h"
#include "mesos/scheduler.h"

DEFINE_int32(runs, 5, "How often each is measured.");
DEFINE_string(zookeeper_jar, "/usr/share/java/zookeeper.jar", "ZooKeeper's server.");
DEFINE_bool(verbose, false, "Tell when framework and agent were back, too.");

namespace mesos {
namespace {

constexpr absl::Duration kFailoverPatience = absl::Seconds(60);

// Keeps every offer, so that the next one comes from another master. Callbacks' thread, but for the
// reads.
class KeepingScheduler : public Scheduler {
 public:
  void registered(SchedulerDriver*, const FrameworkID&, const MasterInfo&) override {
    back_ = absl::Now();
  }
  void reregistered(SchedulerDriver*, const MasterInfo&) override { back_ = absl::Now(); }
  void resourceOffers(SchedulerDriver*, const std::vector<Offer>&) override {
    offered_ = absl::Now();
  }
  void statusUpdate(SchedulerDriver*, const TaskStatus&) override {}
  void error(SchedulerDriver*, const std::string& message) override {
    std::fprintf(stderr, "the framework is refused: %s\n", message.c_str());
    std::exit(EXIT_FAILURE);
  }

  absl::Time back() const { return back_; }

  absl::Time AwaitOffersAfter(absl::Time begin) const {
    while (offered_.load() < begin) {
      if (absl::Now() - begin > kFailoverPatience) {
        std::fprintf(stderr, "no offers within a minute\n");
        std::exit(EXIT_FAILURE);
      }
      Pause(absl::Milliseconds(1));
    }
    return offered_;
  }

 private:
  std::atomic<absl::Time> back_{absl::InfinitePast()};
  std::atomic<absl::Time> offered_{absl::InfinitePast()};
};

int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0) std::perror("bind");
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  close(fd);
  return ntohs(address.sin_port);
}

// A ZooKeeper of one node.
class ZooKeeper {
 public:
  explicit ZooKeeper(const std::string& directory) : port_(FreePort()) {
    std::ofstream(directory + "/zoo.cfg")
        << "tickTime=100\ndataDir=" << directory << "\nclientPort=" << port_
        << "\nclientPortAddress=127.0.0.1\nminSessionTimeout=200\nmaxSessionTimeout=30000\n"
        << "maxClientCnxns=0\nadmin.enableServer=false\n";
    process_ = std::make_unique<DaemonProcess>(
        "/usr/bin/java",
        std::vector<std::string>{"-Xmx128m", "-XX:+UseSerialGC", "-cp", FLAGS_zookeeper_jar,
                                 "org.apache.zookeeper.server.quorum.QuorumPeerMain",
                                 directory + "/zoo.cfg"},
        directory + "/zookeeper.log");
  }
  std::string url() const { return absl::StrCat("zk://127.0.0.1:", port_, "/mesos"); }

 private:
  const int port_;
  std::unique_ptr<DaemonProcess> process_;
};

// The agent, the framework, and a way to make the master go.
class Cluster {
 public:
  Cluster(const std::string& master, const std::string& directory)
      : agent_(BinaryDirectory() + "/mesos-agent",
               {"--master=" + master, "--ip=127.0.0.1", "--port=0",
                "--work_dir=" + directory + "/agent", "--runtime_dir=" + directory + "/agent/run",
                "--resources=cpus:4;mem:4096;disk:4096"},
               directory + "/agent.log") {
    FrameworkInfo info;
    info.set_user("root");
    info.set_name("failover_time");
    info.set_failover_timeout(3600);
    driver_ = std::make_unique<MesosSchedulerDriver>(&scheduler_, info, master);
    driver_->start();
    scheduler_.AwaitOffersAfter(absl::InfinitePast() + absl::Seconds(1));
  }
  ~Cluster() {
    driver_->stop(true);
    driver_->join();
  }

  // How long there are no offers after `end`, which makes the master go; `heal` comes after each.
  void Measure(const char* what, const std::function<void()>& end,
               const std::function<void()>& heal) {
    std::vector<double> milliseconds;
    for (int i = 0; i < FLAGS_runs; ++i) {
      // Clients that have been with a master for a while.
      Pause(absl::Seconds(2));
      const absl::Time begin = absl::Now();
      end();
      const absl::Duration took = scheduler_.AwaitOffersAfter(begin) - begin;
      milliseconds.push_back(absl::ToDoubleMilliseconds(took));
      if (FLAGS_verbose) {
        std::printf("  run %d: framework back after %.0f ms, offers after %.0f ms\n", i,
                    absl::ToDoubleMilliseconds(scheduler_.back() - begin), milliseconds.back());
      }
      heal();
    }
    std::sort(milliseconds.begin(), milliseconds.end());
    std::printf("%s: offers again after min %.0f ms, median %.0f ms, max %.0f ms\n", what,
                milliseconds.front(), milliseconds[milliseconds.size() / 2], milliseconds.back());
    std::fflush(stdout);
  }

 private:
  KeepingScheduler scheduler_;
  DaemonProcess agent_;
  std::unique_ptr<MesosSchedulerDriver> driver_;
};

void MeasureStandalone() {
  const ScratchDirectory scratch;
  const std::string binary = BinaryDirectory() + "/mesos-master";
  const auto flags = [&](int port) {
    return std::vector<std::string>{"--ip=127.0.0.1", absl::StrCat("--port=", port),
                                    "--work_dir=" + scratch.path() + "/master"};
  };
  const std::string log = scratch.path() + "/master.log";
  auto master = std::make_unique<DaemonProcess>(binary, flags(0), log);
  const int port = master->AwaitPort();
  Cluster cluster(absl::StrCat("127.0.0.1:", port), scratch.path());
  cluster.Measure(
      "standalone master killed and started again",
      [&] {
        master->Kill(SIGKILL);
        master = std::make_unique<DaemonProcess>(binary, flags(port), log);
      },
      [] {});
}

class Masters {
 public:
  Masters(std::string zookeeper, std::string directory)
      : zookeeper_(std::move(zookeeper)), directory_(std::move(directory)) {
    Start(0);
    masters_[0]->AwaitLine("This master leads now");
    Start(1);
  }

  void EndLeader(int signal) {
    masters_[leader_]->Signal(signal);
    ended_ = std::exchange(leader_, 1 - leader_);
  }

  // The one that was ended stands again, behind the other.
  void StartOther() {
    masters_[ended_]->Kill(SIGKILL);
    Start(ended_);
  }

 private:
  void Start(int index) {
    masters_[index] = std::make_unique<DaemonProcess>(
        BinaryDirectory() + "/mesos-master",
        std::vector<std::string>{"--ip=127.0.0.1", "--hostname=127.0.0.1", "--port=0",
                                 "--zk=" + zookeeper_, "--zk_session_timeout=2secs",
                                 absl::StrCat("--work_dir=", directory_, "/master", index)},
        absl::StrCat(directory_, "/master", index, ".log"));
    masters_[index]->AwaitLine("Standing for election as");
  }

  const std::string zookeeper_;
  const std::string directory_;
  std::array<std::unique_ptr<DaemonProcess>, 2> masters_;
  int leader_ = 0;
  int ended_ = 1;
};

void MeasureElections() {
  const ScratchDirectory scratch;
  const ZooKeeper zookeeper(scratch.path());
  Masters masters(zookeeper.url(), scratch.path());
  Cluster cluster(zookeeper.url(), scratch.path());
  cluster.Measure(
      "leader ended (SIGTERM)", [&] { masters.EndLeader(SIGTERM); }, [&] { masters.StartOther(); });
  cluster.Measure(
      "leader killed (SIGKILL), sessions of 2 s", [&] { masters.EndLeader(SIGKILL); },
      [&] { masters.StartOther(); });
}

}  // namespace
}  // namespace mesos

int main(int argc, char** argv) {
  gflags::ParseCommandLineFlags(&argc, &argv, true);
  mesos::MeasureStandalone();
  mesos::MeasureElections();
  return 0;
}
