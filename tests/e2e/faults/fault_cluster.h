#pragma once

// Three ZooKeeper servers, three masters, three agents and a framework that keeps a journal, as
// real processes on loopback, every connection between them through a proxy.
//
//   FaultCluster cluster(directory);
//   cluster.StartAll();
//   cluster.member("agent1").Kill();
//   cluster.proxy().Set({"agent1", "master0"}, LinkState::kStalled);
//   cluster.Restart("agent1");
//   cluster.AwaitWhole(patience);     // "", or what is missing: a leader, an agent, the framework
//
// Names: zookeeper1 to 3, master0 to 2, agent0 to 2, framework. Logs, disks and the framework's
// journal are below the directory, which stays. The destructor kills all of it.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/e2e/faults/member.h"
#include "tests/e2e/faults/reserved_port.h"
#include "tests/e2e/faults/shifted_clock.h"
#include "tests/e2e/faults/small_disk.h"
#include "tests/e2e/faults/socket_owners.h"
#include "tests/e2e/faults/tcp_proxy.h"

namespace mesos::e2e {

class FaultCluster {
 public:
  static constexpr int kServers = 3;  // of each kind

  explicit FaultCluster(std::string directory);
  ~FaultCluster();

  void StartAll();
  void Start(const std::string& name);

  Member& member(const std::string& name) { return *members_.at(name); }
  SmallDisk& disk(const std::string& name) { return *disks_.at(name); }
  ShiftedClock& clock(const std::string& name) { return *clocks_.at(name); }
  TcpProxy& proxy() { return proxy_; }

  const std::vector<std::string>& zookeepers() const { return zookeepers_; }
  const std::vector<std::string>& masters() const { return masters_; }
  const std::vector<std::string>& agents() const { return agents_; }
  const std::vector<std::string>& names() const { return names_; }  // all
  // Those whose disks can be filled up; none without root.
  std::vector<std::string> small_disks() const;
  // Every pair of which one dials the other.
  const std::vector<Link>& links() const { return links_; }

  // The master that answers for itself; empty where none does, or several do.
  std::string Leader();

  // What `name`, a master or an agent, answers to a GET, not through the proxy; empty where it does
  // not.
  std::string Get(const std::string& name, const std::string& path);

  // Waits until one leads and knows all agents and the framework as active; else says what is
  // missing.
  std::string AwaitWhole(absl::Duration patience);

  // The framework's directory (surviving_framework.cc).
  std::string framework_directory() const { return directory_ + "/framework"; }
  std::string log(const std::string& name) const { return directory_ + "/logs/" + name; }

 private:
  void AddZooKeepers();
  void AddMasters();
  void AddAgents();
  void AddFramework();
  void AddMember(const std::string& name, std::vector<std::string> argv);
  std::string Missing();

  const std::string directory_;
  std::vector<std::string> zookeepers_, masters_, agents_, names_;
  std::vector<Link> links_;
  std::string zookeeper_url_;
  std::map<std::string, std::unique_ptr<ReservedPort>> ports_;
  std::map<std::string, std::unique_ptr<SmallDisk>> disks_;
  std::map<std::string, std::unique_ptr<ShiftedClock>> clocks_;
  SocketOwners owners_;
  TcpProxy proxy_{owners_};
  std::map<std::string, std::unique_ptr<Member>> members_;
};

}  // namespace mesos::e2e
