#include "tests/sim/cluster.h"

#include <functional>
#include <memory>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "internal/agent_link.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "tests/sim/agent_node.h"
#include "tests/sim/framework_node.h"
#include "tests/sim/ledger.h"
#include "tests/sim/master_node.h"
#include "tests/sim/sim_net.h"

namespace mesos::sim {
namespace {

constexpr absl::Duration kSettleLimit = absl::Minutes(30);

class Cluster {
 public:
  explicit Cluster(const SimulationOptions& options);

  SimulationResult Run();

 private:
  struct Fault {
    std::string name;
    std::function<void()> strike;
  };

  template <typename T>
  T& Any(std::vector<std::unique_ptr<T>>& all) {
    return *all[world_.random().Below(all.size())];
  }
  bool Chance(double chance) { return world_.random().Uniform() < chance; }

  master::MasterOptions Options() const;
  MasterNode::Observer Observer();
  void Watch(const master::Event& event);
  void Watch(const master::Effect& effect);
  void WatchRegistration(SessionId session, const std::string& agent_id);
  std::vector<Fault> Faults();
  void AddCrashes(std::vector<Fault>* faults);
  void AddNetworkFaults(std::vector<Fault>* faults);
  void AddDiskFaults(std::vector<Fault>* faults);
  void ScheduleFault(const std::vector<Fault>& faults, absl::Time end);
  void Heal();
  void Settle();
  void Judge();

  World world_;
  SimNet net_;
  Ledger ledger_;
  MasterNode master_;
  std::vector<std::unique_ptr<AgentNode>> agents_;
  std::vector<std::unique_ptr<FrameworkNode>> frameworks_;
  std::map<SessionId, std::string> scheduler_sessions_;  // framework id, by the master's session
  std::map<SessionId, std::string> registering_;         // machine, by the master's session
  std::string fault_kinds_;
  int faults_struck_ = 0;
};

Cluster::Cluster(const SimulationOptions& options)
    : world_(options.seed),
      net_(world_),
      ledger_(world_),
      master_(world_, net_, Options(), Observer()) {
  world_.trace().set_lines(options.lines);
  const uint64_t agents = 1 + world_.random().Below(4);
  const uint64_t frameworks = 1 + world_.random().Below(3);
  for (uint64_t i = 0; i < agents; ++i) {
    const Amount total{static_cast<int64_t>(2000 + world_.random().Below(7) * 1000),
                       static_cast<int64_t>(512'000 + world_.random().Below(8) * 256'000)};
    agents_.push_back(
        std::make_unique<AgentNode>(world_, net_, ledger_, absl::StrCat("agent-", i + 1), total));
  }
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
        world_, net_, ledger_, absl::StrCat("framework-", i + 1), behaviour));
  }
}

master::MasterOptions Cluster::Options() const {
  master::MasterOptions options;
  options.hostname = "master";
  options.ip = "10.0.0.0";
  options.version = "0.1.0";
  options.agent_ping_timeout = absl::Seconds(5);
  options.max_agent_ping_timeouts = 4;
  options.agent_reregister_timeout = absl::Minutes(2);
  return options;
}

MasterNode::Observer Cluster::Observer() {
  return {[this] {
            ledger_.MasterStarted();
            scheduler_sessions_.clear();
            registering_.clear();
          },
          [this](const master::Event& event) { Watch(event); },
          [this](const master::Effect& effect) { Watch(effect); },
          [this](const absl::Status& status) {
            if (!status.ok()) ledger_.Fail(absl::StrCat("master invariant: ", status.ToString()));
          }};
}

// Offers end when the master takes a call that uses them up, or loses the session.
void Cluster::Watch(const master::Event& event) {
  if (auto* received = std::get_if<master::SchedulerCallReceived>(&event)) {
    for (const v1::OfferID& id : received->call->accept().offer_ids())
      ledger_.OfferGone(id.value());
    for (const v1::OfferID& id : received->call->decline().offer_ids())
      ledger_.OfferGone(id.value());
  } else if (auto* closed = std::get_if<master::SchedulerSessionClosed>(&event)) {
    auto it = scheduler_sessions_.find(closed->session);
    if (it == scheduler_sessions_.end()) return;
    ledger_.OffersOfFrameworkGone(it->second);
    scheduler_sessions_.erase(it);
  } else if (auto* message = std::get_if<master::AgentMessageReceived>(&event)) {
    if (message->message->has_register_agent()) {
      registering_[message->session] = message->message->register_agent().info().hostname();
    }
  }
}

void Cluster::WatchRegistration(SessionId session, const std::string& agent_id) {
  const std::string& machine = registering_[session];
  for (const auto& agent : agents_) {
    if (world_.Name(agent->node()) == machine)
      ledger_.AgentRegistered(machine, agent_id, agent->total());
  }
}

void Cluster::Watch(const master::Effect& effect) {
  if (auto* send = std::get_if<master::SendToScheduler>(&effect)) {
    const v1::scheduler::Event& event = *send->event;
    if (event.has_subscribed()) {
      // A new session of a framework: what the last one was offered is void.
      const std::string& framework = event.subscribed().framework_id().value();
      ledger_.OffersOfFrameworkGone(framework);
      for (auto it = scheduler_sessions_.begin(); it != scheduler_sessions_.end();) {
        it = it->second == framework ? scheduler_sessions_.erase(it) : std::next(it);
      }
      scheduler_sessions_[send->session] = framework;
    }
    for (const v1::Offer& offer : event.offers().offers()) ledger_.OfferMade(offer);
    if (event.has_rescind()) ledger_.OfferGone(event.rescind().offer_id().value());
  } else if (auto* to_agent = std::get_if<master::SendToAgent>(&effect)) {
    if (to_agent->message->has_registered()) {
      WatchRegistration(to_agent->session, to_agent->message->registered().agent_id().value());
    }
  } else if (auto* close = std::get_if<master::CloseSchedulerSession>(&effect)) {
    auto it = scheduler_sessions_.find(close->session);
    if (it == scheduler_sessions_.end()) return;
    ledger_.OffersOfFrameworkGone(it->second);
    scheduler_sessions_.erase(it);
  }
}

void Cluster::AddCrashes(std::vector<Fault>* faults) {
  const auto down = [this] { return world_.random().Jitter(absl::Seconds(20)); };
  if (Chance(0.5)) {
    faults->push_back({"master crash", [this, down] {
                         if (master_.core() == nullptr) return;
                         master_.Crash();
                         world_.AfterAlways(down(), [this] {
                           if (master_.core() == nullptr) master_.Start();
                         });
                       }});
  }
  if (Chance(0.5)) {
    faults->push_back({"agent crash", [this, down] {
                         AgentNode& agent = Any(agents_);
                         agent.Crash();
                         world_.AfterAlways(down(), [&agent] {
                           if (!agent.up()) agent.Start();
                         });
                       }});
  }
  if (Chance(0.3)) {
    faults->push_back({"machine crash", [this, down] {
                         AgentNode& agent = Any(agents_);
                         agent.MachineCrash();
                         world_.AfterAlways(down(), [&agent] {
                           if (!agent.up()) agent.Start();
                         });
                       }});
  }
  if (Chance(0.5)) {
    faults->push_back({"framework crash", [this, down] {
                         FrameworkNode& framework = Any(frameworks_);
                         framework.Crash();
                         world_.AfterAlways(down(), [&framework] {
                           if (!framework.up()) framework.Start();
                         });
                       }});
  }
}

void Cluster::AddNetworkFaults(std::vector<Fault>* faults) {
  const auto any_connection = [this] {
    const std::vector<ConnectionId> all = net_.Connections();
    return all.empty() ? ConnectionId::kNone : all[world_.random().Below(all.size())];
  };
  if (Chance(0.4)) {
    faults->push_back({"reset", [this, any_connection] { net_.Reset(any_connection()); }});
  }
  if (Chance(0.4)) {
    faults->push_back({"half open", [this, any_connection] {
                         net_.HalfOpen(any_connection(),
                                       Chance(0.5) ? Side::kClient : Side::kServer);
                       }});
  }
  if (Chance(0.4)) {
    faults->push_back(
        {"partition", [this] {
           const bool agent = Chance(0.6);
           net_.Partition(master_.node(), agent ? Any(agents_).node() : Any(frameworks_).node());
           world_.AfterAlways(world_.random().Jitter(absl::Seconds(60)), [this] { net_.Heal(); });
         }});
  }
  if (Chance(0.2)) net_.set_delays({absl::Milliseconds(1), absl::Milliseconds(500)});
}

void Cluster::AddDiskFaults(std::vector<Fault>* faults) {
  if (Chance(0.2)) {
    faults->push_back({"full disk", [this] {
                         AgentNode& agent = Any(agents_);
                         agent.fs().set_full(true);
                         world_.AfterAlways(world_.random().Jitter(absl::Seconds(10)),
                                            [&agent] { agent.fs().set_full(false); });
                       }});
  }
  if (Chance(0.2)) {
    faults->push_back({"slow disk", [this] {
                         AgentNode& agent = Any(agents_);
                         agent.set_slow_disk(true);
                         world_.AfterAlways(world_.random().Jitter(absl::Seconds(10)),
                                            [&agent] { agent.set_slow_disk(false); });
                       }});
  }
  if (Chance(0.2)) {
    for (auto& agent : agents_) agent->containers().set_failure_chance(0.2);
    absl::StrAppend(&fault_kinds_, "launch failures,");
  }
}

std::vector<Cluster::Fault> Cluster::Faults() {
  std::vector<Fault> faults;
  AddCrashes(&faults);
  AddNetworkFaults(&faults);
  AddDiskFaults(&faults);
  absl::StrAppend(&fault_kinds_,
                  absl::StrJoin(faults, ",", [](std::string* out, const Fault& fault) {
                    absl::StrAppend(out, fault.name);
                  }));
  return faults;
}

void Cluster::ScheduleFault(const std::vector<Fault>& faults, absl::Time end) {
  const absl::Duration wait = absl::Milliseconds(200) + world_.random().Jitter(absl::Seconds(12));
  if (faults.empty() || world_.now() + wait >= end) return;
  world_.AfterAlways(wait, [this, faults, end] {
    const Fault& fault = faults[world_.random().Below(faults.size())];
    world_.trace().Add(world_.now(), absl::StrCat("FAULT ", fault.name));
    ++faults_struck_;
    fault.strike();
    ScheduleFault(faults, end);
  });
}

void Cluster::Heal() {
  world_.trace().Add(world_.now(), "HEAL");
  net_.Heal();
  net_.set_delays({});
  for (auto& agent : agents_) {
    agent->fs().set_full(false);
    agent->set_slow_disk(false);
    agent->containers().set_failure_chance(0);
    if (!agent->up()) agent->Start();
  }
  if (master_.core() == nullptr) master_.Start();
  for (auto& framework : frameworks_) {
    if (!framework->up()) framework->Start();
    framework->Settle();
  }
}

void Cluster::Settle() {
  const absl::Time limit = world_.now() + kSettleLimit;
  while (ledger_.OpenTasks() > 0 && world_.now() < limit && ledger_.violations().empty()) {
    world_.RunUntil(world_.now() + absl::Seconds(10));
  }
  // What was declined before comes back once its filters end; half-open links have been noticed by
  // then.
  world_.RunUntil(world_.now() + absl::Minutes(3));
}

void Cluster::Judge() {
  ledger_.CheckEnd();
  ledger_.CheckAllOffered();
  for (auto& agent : agents_) {
    if (!agent->up()) continue;
    if (!agent->containers().Running().empty()) {
      ledger_.Fail(absl::StrCat(world_.Name(agent->node()), " has containers left: ",
                                absl::StrJoin(agent->containers().Running(), " ")));
    }
  }
}

SimulationResult Cluster::Run() {
  master_.Start();
  for (auto& agent : agents_) agent->Start();
  for (auto& framework : frameworks_) framework->Start();
  const std::vector<Fault> faults = Faults();
  const absl::Time end =
      world_.now() + absl::Seconds(30) + world_.random().Jitter(absl::Seconds(120));
  ScheduleFault(faults, end);
  world_.RunUntil(end);
  Heal();
  Settle();
  Judge();

  SimulationResult result;
  result.trace_hash = world_.trace().hash();
  result.trace_lines = world_.trace().lines();
  result.violations = ledger_.violations();
  result.tail = world_.trace().tail();
  result.agents = agents_.size();
  result.frameworks = frameworks_.size();
  result.tasks = ledger_.tasks().size();
  result.faults = faults_struck_;
  result.fault_kinds = fault_kinds_;
  return result;
}

}  // namespace

SimulationResult Simulate(const SimulationOptions& options) { return Cluster(options).Run(); }

}  // namespace mesos::sim
