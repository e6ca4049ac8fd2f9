#pragma once

// The master in the simulation: the production core, its sessions over SimNet.
//
//   MasterNode master(world, net, options, observer);
//   master.Start();       // a new life: a new core with a new id, no memory
//   master.Crash();
//
// Every event and effect goes to the trace; the observer sees each
// event before it is handled and each effect before it is carried out.

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "common/runtime/random.h"
#include "master/core/master_core.h"
#include "tests/sim/sim_net.h"
#include "tests/sim/world.h"

namespace mesos::sim {

inline constexpr char kAgentAddress[] = "master/agents";
inline constexpr char kSchedulerAddress[] = "master/schedulers";

class MasterNode {
 public:
  // What the checkers watch.
  struct Observer {
    std::function<void()> started;  // a new life; nothing of the last one holds
    std::function<void(const master::Event&)> event;
    std::function<void(const master::Effect&)> effect;
    std::function<void(const absl::Status&)> invariants;  // after each event
  };

  MasterNode(World& world, SimNet& net, master::MasterOptions options, Observer observer);

  void Start();
  void Crash();

  NodeId node() const { return node_; }
  // Null while the master is down.
  master::MasterCore* core() { return core_.get(); }

 private:
  Endpoint AcceptAgent(ConnectionId id, NodeId peer);
  Endpoint AcceptScheduler(ConnectionId id);
  void Handle(master::Event event);
  void CarryOut(const master::Effect& effect);
  void ArmDeadline();

  World& world_;
  SimNet& net_;
  master::MasterOptions options_;
  Observer observer_;
  NodeId node_;
  std::unique_ptr<master::MasterCore> core_;
  absl::Time armed_ = absl::InfiniteFuture();
};

}  // namespace mesos::sim
