#include "tests/e2e/faults/fault_cluster.h"

#include <rapidjson/document.h>

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "tests/e2e/cluster.h"

namespace mesos::e2e {
namespace {

constexpr int kDiskMegabytes = 64;

std::string Flag(const std::string& name, int value) {
  return absl::StrCat("--", name, "=", value);
}

}  // namespace

FaultCluster::FaultCluster(std::string directory) : directory_(std::move(directory)) {
  std::filesystem::create_directories(directory_ + "/logs");
  for (int i = 0; i < kServers; ++i) {
    zookeepers_.push_back(absl::StrCat("zookeeper", i + 1));
    masters_.push_back(absl::StrCat("master", i));
    agents_.push_back(absl::StrCat("agent", i));
  }
  std::vector<std::string> clients = masters_;
  clients.insert(clients.end(), agents_.begin(), agents_.end());
  clients.push_back("framework");
  for (const std::string& client : clients) {
    for (const std::string& zookeeper : zookeepers_) links_.push_back({client, zookeeper});
    if (client[0] == 'm') continue;
    for (const std::string& master : masters_) links_.push_back({client, master});
  }
  for (const std::string& from : zookeepers_) {
    for (const std::string& to : zookeepers_) {
      if (from != to) links_.push_back({from, to});
    }
  }
  AddZooKeepers();
  AddMasters();
  AddAgents();
  AddFramework();
}

FaultCluster::~FaultCluster() {
  members_.clear();
  KillEverythingBelow(directory_);
}

void FaultCluster::AddMember(const std::string& name, std::vector<std::string> argv) {
  // Should this process be killed, nothing of the cluster stays.
  argv.insert(argv.begin(), {"/usr/bin/setpriv", "--pdeathsig", "KILL"});
  clocks_[name] = std::make_unique<ShiftedClock>(directory_ + "/" + name + ".clock");
  members_[name] =
      std::make_unique<Member>(name, std::move(argv), clocks_[name]->Environment(), log(name));
  names_.push_back(name);
}

// Each server knows itself by its own ports and the others by ports of the proxy.
void FaultCluster::AddZooKeepers() {
  std::map<std::string, std::string> direct, proxied;
  std::vector<std::string> clients;
  for (const std::string& name : zookeepers_) {
    std::vector<int> ports;
    for (const char* use : {"", ":peers", ":election"}) {
      auto& port = ports_[name + use];
      port = std::make_unique<ReservedPort>();
      ports.push_back(port->number());
    }
    direct[name] = absl::StrCat("127.0.0.1:", ports[1], ":", ports[2]);
    proxied[name] = absl::StrCat("127.0.0.1:", proxy_.Listen(name, ports[1]), ":",
                                 proxy_.Listen(name, ports[2]));
    clients.push_back(absl::StrCat("127.0.0.1:", proxy_.Listen(name, ports[0])));
  }
  zookeeper_url_ = absl::StrCat("zk://", absl::StrJoin(clients, ","), "/mesos");
  for (size_t i = 0; i < zookeepers_.size(); ++i) {
    const std::string& name = zookeepers_[i];
    disks_[name] = std::make_unique<SmallDisk>(directory_ + "/" + name, kDiskMegabytes);
    const std::string& data = disks_[name]->path();
    std::string config =
        absl::StrCat("tickTime=100\ninitLimit=30\nsyncLimit=15\ndataDir=", data,
                     "\nclientPort=", ports_[name]->number(), "\nclientPortAddress=127.0.0.1\n",
                     "minSessionTimeout=200\nmaxSessionTimeout=30000\nmaxClientCnxns=0\n",
                     "admin.enableServer=false\n");
    for (size_t j = 0; j < zookeepers_.size(); ++j) {
      const std::string& peer = zookeepers_[j];
      absl::StrAppend(&config, "server.", j + 1, "=", i == j ? direct[peer] : proxied[peer], "\n");
    }
    const std::string file = directory_ + "/" + name + ".cfg";
    WriteFile(file, config);
    WriteFile(data + "/myid", absl::StrCat(i + 1));
    AddMember(name,
              {"/usr/bin/java", "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
               "-Dzookeeper.preAllocSize=64", "-cp", directory_ + ":/usr/share/java/zookeeper.jar",
               "org.apache.zookeeper.server.quorum.QuorumPeerMain", file});
  }
}

void FaultCluster::AddMasters() {
  for (const std::string& name : masters_) {
    ports_[name] = std::make_unique<ReservedPort>();
    const int port = ports_[name]->number();
    AddMember(name,
              {Binary("mesos-master"), "--ip=127.0.0.1", "--hostname=127.0.0.1", Flag("port", port),
               "--advertise_ip=127.0.0.1", Flag("advertise_port", proxy_.Listen(name, port)),
               "--zk=" + zookeeper_url_, "--zk_session_timeout=2secs",
               "--work_dir=" + directory_ + "/" + name, "--agent_ping_timeout=1secs",
               "--max_agent_ping_timeouts=2", "--agent_reregister_timeout=10secs"});
  }
}

void FaultCluster::AddAgents() {
  for (const std::string& name : agents_) {
    ports_[name] = std::make_unique<ReservedPort>();
    disks_[name] = std::make_unique<SmallDisk>(directory_ + "/" + name, kDiskMegabytes);
    AddMember(name, {Binary("mesos-agent"), "--ip=127.0.0.1", "--hostname=" + name,
                     Flag("port", ports_[name]->number()), "--master=" + zookeeper_url_,
                     "--work_dir=" + disks_[name]->path() + "/work",
                     "--runtime_dir=" + directory_ + "/" + name + ".run",
                     "--resources=cpus:4;mem:2048;disk:1024;ports:[31000-32000]",
                     "--registration_backoff_factor=50ms", "--gc_delay=20secs"});
  }
}

void FaultCluster::AddFramework() {
  AddMember("framework", {Binary("surviving_framework"), "--master=" + zookeeper_url_,
                          "--directory=" + framework_directory(), Flag("rate", 3)});
}

void FaultCluster::StartAll() {
  for (const std::string& name : names_) Start(name);
}

void FaultCluster::Start(const std::string& name) {
  Member& started = member(name);
  started.Start();
  owners_.Set(name, started.pid());
}

std::vector<std::string> FaultCluster::small_disks() const {
  std::vector<std::string> names;
  for (const auto& [name, disk] : disks_) {
    if (disk->mounted()) names.push_back(name);
  }
  return names;
}

std::string FaultCluster::Get(const std::string& name, const std::string& path) {
  if (member(name).state() != Member::State::kUp) return "";
  const Finished got =
      RunToEnd({"/usr/bin/curl", "-s", "-f", "-m", "3",
                absl::StrCat("http://127.0.0.1:", ports_.at(name)->number(), path)});
  return got.status == 0 ? got.output : "";
}

std::string FaultCluster::Leader() {
  std::string leader;
  for (const std::string& name : masters_) {
    // A master that does not lead redirects, and curl prints nothing of that.
    if (Get(name, "/state-summary").empty()) continue;
    if (!leader.empty()) return "";
    leader = name;
  }
  return leader;
}

std::string FaultCluster::Missing() {
  const std::string leader = Leader();
  if (leader.empty()) return "no master leads, or several do";
  rapidjson::Document state;
  state.Parse(Get(leader, "/state").c_str());
  if (state.HasParseError() || !state.IsObject()) return leader + " does not tell its state";
  size_t agents = 0;
  for (const auto& agent : state["slaves"].GetArray()) agents += agent["active"].GetBool() ? 1 : 0;
  bool framework = false;
  for (const auto& known : state["frameworks"].GetArray()) {
    framework |= known["active"].GetBool() && known["connected"].GetBool();
  }
  if (agents == agents_.size() && state["slaves"].Size() == agents && framework) return "";
  return absl::StrCat("leader ", leader, " knows ", agents, " active agents of ", agents_.size(),
                      framework ? "" : ", and not the framework as active");
}

std::string FaultCluster::AwaitWhole(absl::Duration patience) {
  std::string missing;
  Eventually(
      [&] {
        missing = Missing();
        return missing.empty();
      },
      patience);
  return missing;
}

}  // namespace mesos::e2e
