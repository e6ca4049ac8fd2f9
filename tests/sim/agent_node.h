#pragma once

// An agent in the simulation: the production core, recovery and search for the leader over SimFs,
// SimContainers, SimNet and SimZk.
//
//   AgentNode agent({world, net, ledger, delivery, find_master}, "agent-1", {cpus, mem});
//   agent.Start();
//   agent.Crash();         agent.Start();     // kill -9: containers run on, written bytes stay
//   agent.MachineCrash();  agent.Start();     // power loss: containers and unsynced bytes go
//
// Checkpoints are written one after the other with the latency of a disk, and synced in groups; a
// crash may come between any two writes.

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/core/agent_core.h"
#include "internal/agent_link.pb.h"
#include "tests/sim/bounds.h"
#include "tests/sim/find_master.h"
#include "tests/sim/ledger.h"
#include "tests/sim/ledger_delivery.h"
#include "tests/sim/sim_containers.h"
#include "tests/sim/sim_executor.h"
#include "tests/sim/sim_fs.h"
#include "tests/sim/sim_net.h"
#include "tests/sim/world.h"

namespace mesos::sim {

class AgentNode {
 public:
  struct Deps {
    World& world;
    SimNet& net;
    Ledger& ledger;
    DeliveryLedger& delivery;
    FindMaster find_master;
    Bounds bounds;
  };

  AgentNode(Deps deps, const std::string& name, Amount total);

  void Start();
  void Crash();
  void MachineCrash();
  // As made anew: an empty disk, and nothing runs.
  void Wipe();

  NodeId node() const { return node_; }
  Amount total() const { return total_; }
  bool up() const { return core_ != nullptr; }
  agent::AgentCore* core() { return core_.get(); }
  SimFs& fs() { return fs_; }
  SimContainers& containers() { return containers_; }

  // How long one write takes at most; a slow disk takes a thousand times longer.
  void set_slow_disk(bool slow) { slow_disk_ = slow; }

  // Of all its processes.
  BoundCounts bounds_met() const;

 private:
  agent::AgentOptions Options() const;
  void Stop(bool polite);
  void CountBounds(BoundCounts* met) const;
  void Handle(agent::Event event);
  void Exit(const absl::Status& status);
  void CarryOut(const agent::Effect& effect);
  void CarryOutContainer(const agent::Effect& effect);
  void MeasureDisk();
  void RunCheck(const agent::RunCheck& check);
  // A check that is not heard of in time has failed, also where the agent was paused meanwhile.
  void CountLateChecks();
  void OpenLink(SessionId link);
  // Not at once: this may run within a call of the link's own observer.
  void DropLink(SessionId link);
  void WriteNext();
  void FinishGroup();
  absl::Status Write(const agent::CheckpointWrite& write);
  // The checkpoint is on disk: the ledger is told of the updates and acknowledgements in it.
  void TellWritten(const agent::Checkpoint& checkpoint);
  void ArmDeadline();

  World& world_;
  SimNet& net_;
  Ledger& ledger_;
  DeliveryLedger& delivery_;
  const FindMaster find_master_;
  const Bounds bounds_;
  BoundCounts bounds_met_;  // of the processes before
  Amount total_;
  NodeId node_;
  int boots_ = 1;

  // The machine.
  SimFs fs_;
  SimContainers containers_;
  bool slow_disk_ = false;

  // The present process.
  std::unique_ptr<SimExecutor> executor_;
  std::unique_ptr<AgentDialer> dialer_;
  std::unique_ptr<agent::AgentCore> core_;
  std::map<SessionId, std::unique_ptr<rpc::Stream<internal::AgentMessage>>> links_;
  absl::Time armed_ = absl::InfiniteFuture();
  std::map<agent::CheckToken, std::pair<std::string, absl::Time>> running_checks_;  // task, start
  std::deque<agent::Checkpoint> waiting_;  // not begun, or begun at next_write_ for the first
  size_t next_write_ = 0;
  bool writing_ = false;
  // In the present group, not yet synced.
  std::vector<std::pair<agent::Checkpoint, agent::CheckpointDone>> written_;
};

}  // namespace mesos::sim
