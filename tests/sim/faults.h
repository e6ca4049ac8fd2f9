#pragma once

// What goes wrong in one history: a subset of all faults, drawn from the seed, which strike at
// times drawn from it, too.
//
//   Faults faults({world, net, ledger, zk, database, durable, masters, agents, frameworks});
//   faults.StrikeUntil(end);
//   faults.kinds();  faults.struck();
//
// Each fault mends itself after a while; the cluster heals what is left.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/sim/agent_node.h"
#include "tests/sim/framework_node.h"
#include "tests/sim/ledger.h"
#include "tests/sim/master_node.h"
#include "tests/sim/sim_net.h"
#include "tests/sim/sim_store.h"
#include "tests/sim/sim_zk.h"
#include "tests/sim/world.h"

namespace mesos::sim {

struct Machines {
  World& world;
  SimNet& net;
  Ledger& ledger;
  SimZk* zk;              // null without an election
  SimDatabase* database;  // null where the registry stands in ZooKeeper
  bool durable_registry;
  std::vector<std::unique_ptr<MasterNode>>& masters;
  std::vector<std::unique_ptr<AgentNode>>& agents;
  std::vector<std::unique_ptr<FrameworkNode>>& frameworks;
};

class Faults {
 public:
  explicit Faults(Machines machines);

  void StrikeUntil(absl::Time end);

  const std::string& kinds() const { return kinds_; }
  int struck() const { return struck_; }

 private:
  struct Fault {
    std::string name;
    std::function<void()> strike;
  };

  template <typename T>
  T& Any(std::vector<std::unique_ptr<T>>& all) {
    return *all[machines_.world.random().Below(all.size())];
  }
  bool Chance(double chance) { return machines_.world.random().Uniform() < chance; }
  // With this chance the fault is one of this history's.
  void Add(double chance, const std::string& name, std::function<void()> strike);
  void Later(absl::Duration longest, std::function<void()> work);

  void AddCrashes();
  void AddPauses();
  void AddNetworkFaults();
  void AddZooKeeperFaults();
  void AddRegistryFaults();
  void AddDiskFaults();
  void AddOperators();
  void CutForAWhile(NodeId a, NodeId b);
  NodeId AnyClient();
  MasterNode& AnyMaster();

  Machines machines_;
  std::vector<Fault> faults_;
  std::string kinds_;
  int struck_ = 0;
};

}  // namespace mesos::sim
