#include "tests/sim/cluster.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/store/zookeeper_store.h"
#include "tests/sim/agent_node.h"
#include "tests/sim/faults.h"
#include "tests/sim/framework_node.h"
#include "tests/sim/ledger.h"
#include "tests/sim/ledger_delivery.h"
#include "tests/sim/ledger_registry.h"
#include "tests/sim/master_node.h"
#include "tests/sim/sim_net.h"
#include "tests/sim/sim_store.h"
#include "tests/sim/sim_zk.h"
#include "tests/sim/watcher.h"

namespace mesos::sim {
namespace {

// Once all is healed: until everybody follows one leader, and until every task has ended.
constexpr absl::Duration kConvergeLimit = absl::Minutes(5);
constexpr absl::Duration kSettleLimit = absl::Minutes(30);

constexpr absl::Duration kReregisterTimeout = absl::Minutes(2);
constexpr char kRegistryPath[] = "/mesos/registry";

// What kind of cluster it is.
struct Plan {
  int masters = 1;
  bool elected = false;  // else one master stands alone
  bool registry_in_zookeeper = false;
  bool durable_registry = true;
  absl::Duration session_timeout;
};

Plan DrawPlan(Random& random) {
  Plan plan;
  plan.elected = random.Uniform() < 0.7;
  plan.session_timeout = absl::Seconds(2) + random.Jitter(absl::Seconds(8));
  if (plan.elected) {
    plan.masters = 1 + static_cast<int>(random.Below(4));
    plan.registry_in_zookeeper = random.Uniform() < 0.5;
  } else {
    plan.durable_registry = random.Uniform() < 0.7;
  }
  return plan;
}

std::string Describe(const Plan& plan) {
  if (!plan.elected) {
    return absl::StrCat("one master alone, with a registry that ",
                        plan.durable_registry ? "outlives it" : "ends with it");
  }
  return absl::StrCat(plan.masters, " masters, sessions of ",
                      absl::FormatDuration(plan.session_timeout), ", registry in ",
                      plan.registry_in_zookeeper ? "ZooKeeper" : "a database");
}

class Cluster {
 public:
  explicit Cluster(const SimulationOptions& options);

  SimulationResult Run();

 private:
  bool Chance(double chance) { return world_.random().Uniform() < chance; }

  master::MasterOptions Options() const;
  void AddMasters();
  void AddAgents();
  void AddFrameworks();
  FindMaster WhereMasterIs();
  void Heal();
  // Ends early where a rule is broken: what led there is the tail of the trace.
  void RunUntil(absl::Time deadline);
  // Who does not follow the one leader yet; a line for people.
  std::string Diverging() const;
  void Converge();
  void Settle();
  void Judge();
  BoundCounts BoundsMet() const;

  World world_;
  const Plan plan_;
  const Bounds bounds_;
  SimNet net_;
  Ledger ledger_;
  RegistryLedger registry_ledger_;
  DeliveryLedger delivery_ledger_;
  Watcher watcher_;
  std::unique_ptr<SimZk> zk_;
  std::unique_ptr<SimDatabase> database_;
  std::vector<std::unique_ptr<MasterNode>> masters_;
  std::vector<std::unique_ptr<AgentNode>> agents_;
  std::vector<std::unique_ptr<FrameworkNode>> frameworks_;
};

Cluster::Cluster(const SimulationOptions& options)
    : world_(options.seed),
      plan_(DrawPlan(world_.random())),
      bounds_(DrawBounds(options.seed)),
      net_(world_),
      ledger_(world_),
      registry_ledger_([this](const std::string& what) { ledger_.Fail(what); }),
      delivery_ledger_([this](const std::string& what) { ledger_.Fail(what); }),
      watcher_(world_, ledger_, registry_ledger_, {kReregisterTimeout, plan_.durable_registry}) {
  world_.trace().set_lines(options.lines);
  world_.trace().Add(world_.now(), Describe(plan_));
  if (plan_.elected) zk_ = std::make_unique<SimZk>(world_, net_);
  if (!plan_.registry_in_zookeeper) database_ = std::make_unique<SimDatabase>(world_);
  net_.set_longest_queue(bounds_.session_queue);
  AddMasters();
  AddAgents();
  AddFrameworks();
}

master::MasterOptions Cluster::Options() const {
  master::MasterOptions options;
  options.page_bytes = 2'000;  // so that few tasks and offers fill several pages
  options.version = "0.1.0";
  options.agent_ping_timeout = absl::Seconds(5);
  options.max_agent_ping_timeouts = 4;
  options.agent_reregister_timeout = kReregisterTimeout;
  options.durable_registry = plan_.durable_registry;
  // An agent whose id was lost with its disk stays unreachable until it is forgotten.
  options.registry_gc_interval = absl::Minutes(1);
  options.registry_max_agent_age = absl::Minutes(10);
  return options;
}

void Cluster::AddMasters() {
  for (int i = 1; i <= plan_.masters; ++i) {
    MasterNode::Deps deps{world_, net_, absl::StrCat("master-", i), i, Options(), bounds_, {},
                          {},     {},   watcher_.Observer()};
    if (plan_.elected) {
      deps.sessions = [this](Executor& executor, NodeId node) {
        return zk_->Sessions(executor, node, plan_.session_timeout);
      };
    }
    deps.make_store = [this](Executor& executor, NodeId node) -> std::unique_ptr<store::Store> {
      if (database_ != nullptr) return std::make_unique<SimStore>(world_, node, *database_);
      return std::make_unique<store::ZooKeeperStore>(
          executor, zk_->Sessions(executor, node, plan_.session_timeout), kRegistryPath);
    };
    if (!plan_.durable_registry) {
      deps.starts = [this] {
        database_->Forget();
        registry_ledger_.Forget();
      };
    }
    masters_.push_back(std::make_unique<MasterNode>(std::move(deps)));
  }
}

FindMaster Cluster::WhereMasterIs() {
  return plan_.elected ? FindMaster{"", zk_.get(), absl::Seconds(10)}
                       : FindMaster{masters_[0]->target(), nullptr, {}};
}

void Cluster::AddAgents() {
  const uint64_t agents = 1 + world_.random().Below(4);
  for (uint64_t i = 0; i < agents; ++i) {
    const Amount total{static_cast<int64_t>(2000 + world_.random().Below(7) * 1000),
                       static_cast<int64_t>(512'000 + world_.random().Below(8) * 256'000)};
    const std::string name = absl::StrCat("agent-", i + 1);
    agents_.push_back(std::make_unique<AgentNode>(
        AgentNode::Deps{world_, net_, ledger_, delivery_ledger_, WhereMasterIs(), bounds_}, name,
        total));
    watcher_.AddMachine(name, total);
  }
}

void Cluster::AddFrameworks() {
  const uint64_t frameworks = 1 + world_.random().Below(3);
  for (uint64_t i = 0; i < frameworks; ++i) {
    FrameworkBehaviour behaviour;
    behaviour.tasks = 5 + world_.random().Below(40);
    behaviour.partition_aware = Chance(0.8);
    behaviour.task_killing = Chance(0.7);
    behaviour.multi_role = Chance(0.7);
    behaviour.implicit_acknowledgements = Chance(0.5);
    behaviour.kill_chance = world_.random().Uniform() * 0.5;
    behaviour.decline_chance = world_.random().Uniform() * 0.5;
    behaviour.longest_task = Chance(0.3) ? absl::Seconds(120) : absl::Seconds(15);
    frameworks_.push_back(std::make_unique<FrameworkNode>(
        FrameworkNode::Deps{world_, net_, ledger_, WhereMasterIs(), bounds_},
        absl::StrCat("framework-", i + 1), behaviour));
  }
}

void Cluster::Heal() {
  world_.trace().Add(world_.now(), "HEAL");
  net_.Heal();
  net_.set_delays({});
  net_.set_longest_queue(Bounds().session_queue);
  if (zk_ != nullptr && !zk_->up()) zk_->Start();
  if (database_ != nullptr) database_->weather() = {};
  for (auto& master : masters_) {
    if (!master->up()) master->Start();
  }
  for (auto& agent : agents_) {
    agent->fs().set_full(false);
    agent->set_slow_disk(false);
    agent->containers().set_failure_chance(0);
    if (!agent->up()) agent->Start();
  }
  for (auto& framework : frameworks_) {
    if (!framework->up()) framework->Start();
    framework->Settle();
  }
}

void Cluster::RunUntil(absl::Time deadline) {
  while (world_.now() < deadline && ledger_.violations().empty()) {
    world_.RunUntil(std::min(world_.now() + absl::Seconds(1), deadline));
  }
}

std::string Cluster::Diverging() const {
  uint64_t epoch = 0;
  int leaders = 0;
  for (const auto& master : masters_) {
    if (master->epoch() == 0) continue;
    ++leaders;
    epoch = master->epoch();
  }
  if (leaders != 1) return absl::StrCat(leaders, " masters lead");
  std::vector<std::string> frameworks;
  for (const auto& framework : frameworks_) frameworks.push_back(framework->framework_id());
  const std::vector<std::string> missing = watcher_.Missing(epoch, frameworks);
  if (missing.empty()) return "";
  return absl::StrCat("the leader of epoch ", epoch, " lacks ", absl::StrJoin(missing, " "));
}

void Cluster::Converge() {
  const absl::Time limit = world_.now() + kConvergeLimit;
  while (!Diverging().empty() && world_.now() < limit && ledger_.violations().empty()) {
    RunUntil(world_.now() + absl::Seconds(1));
  }
  if (const std::string diverging = Diverging(); !diverging.empty() && world_.now() >= limit) {
    ledger_.Fail(absl::StrCat("no convergence ", absl::FormatDuration(kConvergeLimit),
                              " after everything has healed: ", diverging));
  }
}

void Cluster::Settle() {
  const absl::Time limit = world_.now() + kSettleLimit;
  const auto busy = [this] {
    return ledger_.OpenTasks() > 0 || delivery_ledger_.Unacknowledged() > 0;
  };
  while (busy() && world_.now() < limit && ledger_.violations().empty()) {
    RunUntil(world_.now() + absl::Seconds(10));
  }
  // What was declined before comes back once its filters end; half-open links have been noticed by
  // then.
  RunUntil(world_.now() + absl::Minutes(3));
}

void Cluster::Judge() {
  ledger_.CheckEnd();
  delivery_ledger_.CheckEnd();
  ledger_.CheckAllOffered();
  if (const std::string diverging = Diverging(); !diverging.empty())
    ledger_.Fail(absl::StrCat("at the end ", diverging));
  for (auto& agent : agents_) {
    if (!agent->up()) continue;
    if (!agent->containers().Running().empty()) {
      ledger_.Fail(absl::StrCat(world_.Name(agent->node()), " has containers left: ",
                                absl::StrJoin(agent->containers().Running(), " ")));
    }
  }
}

BoundCounts Cluster::BoundsMet() const {
  BoundCounts sum;
  const auto add = [&sum](const BoundCounts& met) {
    for (const auto& [name, times] : met) sum[name] += times;
  };
  for (const auto& master : masters_) add(master->bounds_met());
  for (const auto& agent : agents_) add(agent->bounds_met());
  for (const auto& framework : frameworks_) add(framework->bounds_met());
  sum["session queue"] += net_.queues_overrun();
  return sum;
}

SimulationResult Cluster::Run() {
  if (zk_ != nullptr) zk_->Start();
  for (auto& master : masters_) master->Start();
  for (auto& agent : agents_) agent->Start();
  for (auto& framework : frameworks_) framework->Start();
  Faults faults({world_, net_, ledger_, zk_.get(), database_.get(), plan_.durable_registry,
                 masters_, agents_, frameworks_});
  const absl::Time end =
      world_.now() + absl::Seconds(30) + world_.random().Jitter(absl::Seconds(120));
  faults.StrikeUntil(end);
  RunUntil(end);
  Heal();
  Converge();
  Settle();
  if (ledger_.violations().empty()) Judge();

  SimulationResult result;
  result.trace_hash = world_.trace().hash();
  result.trace_lines = world_.trace().lines();
  result.violations = ledger_.violations();
  result.tail = world_.trace().tail();
  result.masters = masters_.size();
  result.agents = agents_.size();
  result.frameworks = frameworks_.size();
  result.tasks = ledger_.tasks().size();
  result.faults = faults.struck();
  result.fault_kinds = faults.kinds();
  result.reigns = watcher_.reigns();
  result.bounds_met = BoundsMet();
  return result;
}

}  // namespace

SimulationResult Simulate(const SimulationOptions& options) { return Cluster(options).Run(); }

}  // namespace mesos::sim
