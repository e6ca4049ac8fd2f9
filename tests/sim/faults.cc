#include "tests/sim/faults.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos::sim {

Faults::Faults(Machines machines) : machines_(machines) {
  AddCrashes();
  AddPauses();
  AddNetworkFaults();
  AddZooKeeperFaults();
  AddRegistryFaults();
  AddDiskFaults();
  AddOperators();
}

void Faults::Add(double chance, const std::string& name, std::function<void()> strike) {
  if (!Chance(chance)) return;
  faults_.push_back({name, std::move(strike)});
  absl::StrAppend(&kinds_, kinds_.empty() ? "" : ",", name);
}

void Faults::Later(absl::Duration longest, std::function<void()> work) {
  machines_.world.AfterAlways(machines_.world.random().Jitter(longest), std::move(work));
}

void Faults::StrikeUntil(absl::Time end) {
  World& world = machines_.world;
  const absl::Duration wait = absl::Milliseconds(200) + world.random().Jitter(absl::Seconds(12));
  if (faults_.empty() || world.now() + wait >= end) return;
  world.AfterAlways(wait, [this, end] {
    const Fault& fault = faults_[machines_.world.random().Below(faults_.size())];
    machines_.world.trace().Add(machines_.world.now(), absl::StrCat("FAULT ", fault.name));
    ++struck_;
    fault.strike();
    StrikeUntil(end);
  });
}

// More often than not the one that leads.
MasterNode& Faults::AnyMaster() {
  MasterNode& any = Any(machines_.masters);
  if (Chance(0.3)) return any;
  for (const auto& master : machines_.masters) {
    if (master->epoch() != 0) return *master;
  }
  return any;
}

NodeId Faults::AnyClient() {
  const uint64_t lot = machines_.world.random().Below(4);
  if (lot < 2) return AnyMaster().node();
  return lot == 2 ? Any(machines_.agents).node() : Any(machines_.frameworks).node();
}

void Faults::AddCrashes() {
  constexpr absl::Duration kDown = absl::Seconds(20);
  const auto start_later = [this](auto& node) {
    Later(kDown, [&node] {
      if (!node.up()) node.Start();
    });
  };
  Add(0.5, "master crash", [this, start_later] {
    MasterNode& master = AnyMaster();
    if (!master.up()) return;
    master.Crash();
    start_later(master);
  });
  Add(0.5, "agent crash", [this, start_later] {
    AgentNode& agent = Any(machines_.agents);
    agent.Crash();
    start_later(agent);
  });
  Add(0.3, "machine crash", [this, start_later] {
    AgentNode& agent = Any(machines_.agents);
    agent.MachineCrash();
    start_later(agent);
  });
  Add(0.5, "framework crash", [this, start_later] {
    FrameworkNode& framework = Any(machines_.frameworks);
    framework.Crash();
    start_later(framework);
  });
}

void Faults::AddPauses() {
  const auto pause = [this](NodeId node) {
    machines_.world.Pause(node, machines_.world.random().Jitter(absl::Seconds(20)));
  };
  Add(0.4, "master pause", [this, pause] { pause(AnyMaster().node()); });
  Add(0.2, "pause", [this, pause] { pause(AnyClient()); });
}

void Faults::CutForAWhile(NodeId a, NodeId b) {
  if (a == b) return;
  machines_.net.Partition(a, b);
  Later(absl::Seconds(60), [this, a, b] { machines_.net.Heal(a, b); });
}

void Faults::AddNetworkFaults() {
  const auto any_connection = [this] {
    const std::vector<ConnectionId> all = machines_.net.Connections();
    return all.empty() ? ConnectionId::kNone : all[machines_.world.random().Below(all.size())];
  };
  Add(0.4, "reset", [this, any_connection] { machines_.net.Reset(any_connection()); });
  Add(0.4, "half open", [this, any_connection] {
    machines_.net.HalfOpen(any_connection(), Chance(0.5) ? Side::kClient : Side::kServer);
  });
  Add(0.4, "partition", [this] { CutForAWhile(AnyMaster().node(), AnyClient()); });
  Add(0.2, "isolation", [this] {
    const NodeId node = AnyMaster().node();
    for (const auto& master : machines_.masters) CutForAWhile(node, master->node());
    for (const auto& agent : machines_.agents) CutForAWhile(node, agent->node());
    for (const auto& framework : machines_.frameworks) CutForAWhile(node, framework->node());
    if (machines_.zk != nullptr) CutForAWhile(node, machines_.zk->node());
  });
  if (Chance(0.2)) machines_.net.set_delays({absl::Milliseconds(1), absl::Milliseconds(500)});
}

void Faults::AddZooKeeperFaults() {
  SimZk* zk = machines_.zk;
  if (zk == nullptr) return;
  Add(0.4, "cut from zookeeper", [this, zk] { CutForAWhile(AnyClient(), zk->node()); });
  // A service ends a session only where it hears nothing of it for all of its timeout, which is
  // longer than its client goes on without an answer.
  Add(0.3, "session expires", [this, zk] {
    const NodeId client = AnyClient();
    machines_.net.Partition(client, zk->node());
    machines_.world.AfterAlways(zk->LongestTimeout(client),
                                [this, client, zk] { machines_.net.Heal(client, zk->node()); });
  });
  Add(0.2, "zookeeper restart", [this, zk] {
    if (!zk->up()) return;
    zk->Crash();
    Later(absl::Seconds(20), [zk] {
      if (!zk->up()) zk->Start();
    });
  });
  Add(0.2, "zookeeper pause", [this, zk] {
    machines_.world.Pause(zk->node(), machines_.world.random().Jitter(absl::Seconds(15)));
  });
}

void Faults::AddRegistryFaults() {
  SimDatabase* database = machines_.database;
  if (database == nullptr) return;
  const auto weather = [this, database](StoreWeather bad) {
    database->weather() = bad;
    Later(absl::Seconds(30), [database] { database->weather() = {}; });
  };
  Add(0.3, "slow registry",
      [weather] { weather({.longest_way = absl::Seconds(4), .refuse = 0, .lose_answer = 0}); });
  Add(0.3, "failing registry", [weather] { weather({.refuse = 0.4, .lose_answer = 0.3}); });
  Add(0.2, "stolen registry", [database] { database->Steal(); });
}

void Faults::AddOperators() {
  // A registry that ends with its master forgets who is gone.
  if (!machines_.durable_registry) return;
  Add(0.15, "agent marked gone", [this] {
    const AgentNode& agent = Any(machines_.agents);
    const std::string id = machines_.ledger.AgentOf(machines_.world.Name(agent.node()));
    MasterNode& master = AnyMaster();
    if (id.empty() || machines_.world.Paused(master.node())) return;
    machines_.ledger.GoneAsked(id);
    master.MarkGone(id);
  });
}

void Faults::AddDiskFaults() {
  Add(0.2, "full disk", [this] {
    AgentNode& agent = Any(machines_.agents);
    agent.fs().set_full(true);
    Later(absl::Seconds(10), [&agent] { agent.fs().set_full(false); });
  });
  Add(0.2, "slow disk", [this] {
    AgentNode& agent = Any(machines_.agents);
    agent.set_slow_disk(true);
    Later(absl::Seconds(10), [&agent] { agent.set_slow_disk(false); });
  });
  if (Chance(0.2)) {
    for (auto& agent : machines_.agents) agent->containers().set_failure_chance(0.2);
    absl::StrAppend(&kinds_, kinds_.empty() ? "" : ",", "launch failures");
  }
}

}  // namespace mesos::sim
