#pragma once

// A framework in the simulation: the production driver core, and a scheduler that launches, kills,
// declines, suppresses and reconciles as the seed says. Its knowledge of its tasks outlives a
// crash, as a framework's database does.
//
//   FrameworkNode framework({world, net, ledger, find_master}, "framework-1", behaviour);
//   framework.Start();
//   framework.Crash();  framework.Start();    // comes back with its framework id
//   framework.Settle();                       // no more launches; ends and reconciles what is left

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "common/base/ids.h"
#include "scheduler_driver/core/driver_core.h"
#include "tests/sim/bounds.h"
#include "tests/sim/find_master.h"
#include "tests/sim/ledger.h"
#include "tests/sim/sim_executor.h"
#include "tests/sim/sim_net.h"
#include "tests/sim/world.h"

namespace mesos::sim {

struct FrameworkBehaviour {
  int tasks = 20;  // how many it launches over its life
  bool partition_aware = true;
  bool task_killing = true;
  bool multi_role = true;
  bool implicit_acknowledgements = true;
  double kill_chance = 0.2;
  double decline_chance = 0.2;
  double suppress_chance = 0.1;
  absl::Duration longest_task = absl::Seconds(20);
  absl::Duration failover_timeout = absl::Hours(1);
};

class FrameworkNode {
 public:
  struct Deps {
    World& world;
    SimNet& net;
    Ledger& ledger;
    FindMaster find_master;
    Bounds bounds;
  };

  FrameworkNode(Deps deps, const std::string& name, FrameworkBehaviour behaviour);

  void Start();
  void Crash();
  void Settle();

  NodeId node() const { return node_; }
  const std::string& framework_id() const { return framework_id_; }
  bool up() const { return core_ != nullptr; }
  const BoundCounts& bounds_met() const { return bounds_met_; }

 private:
  void Handle(scheduler_driver::Event event);
  void CarryOut(const scheduler_driver::Effect& effect);
  void OpenSession(SessionId session);
  // Not at once: this may run within a call of the session's own observer.
  void DropSession(SessionId session);
  void ArmDeadline();
  void OnOffers(const v1::scheduler::Event& event);
  void OnUpdate(const std::shared_ptr<const v1::TaskStatus>& status);
  void LaunchOn(const v1::Offer& offer);
  v1::TaskInfo NewTask(const v1::Offer& offer, Amount amount);
  void Decline(const v1::Offer& offer, double refuse_seconds);
  void Kill(const std::string& task);
  void Reconcile(bool implicit);
  void Acknowledge(const v1::TaskStatus& status);
  void Make(v1::scheduler::Call call);
  void Chores();

  World& world_;
  SimNet& net_;
  Ledger& ledger_;
  const FindMaster find_master_;
  const Bounds bounds_;
  BoundCounts bounds_met_;
  FrameworkBehaviour behaviour_;
  NodeId node_;

  // The framework's database: kept over crashes.
  std::string framework_id_;
  int launched_ = 0;
  std::map<std::string, std::string> open_tasks_;  // task, agent

  // The present process.
  std::unique_ptr<SimExecutor> executor_;
  std::unique_ptr<SchedulerDialer> dialer_;
  std::unique_ptr<scheduler_driver::DriverCore> core_;
  std::map<SessionId, std::unique_ptr<rpc::Stream<v1::scheduler::Call>>> sessions_;
  absl::Time armed_ = absl::InfiniteFuture();
  std::deque<scheduler_driver::Event> waiting_;
  bool handling_ = false;
  bool settling_ = false;
  bool suppressed_ = false;
};

}  // namespace mesos::sim
