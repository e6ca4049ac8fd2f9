#pragma once

// A master in the simulation: the production candidacy, reign, registrar and core over simulated
// ZooKeeper sessions, stores and streams.
//
//   MasterNode master({world, net, "master-1", 1, options, sessions, make_store, observer});
//   master.Start();       // stands for election; without an election it leads once it can
//   master.Crash();
//
// Every event and effect goes to the trace; the observer sees each event before it is handled and
// each effect before it is carried out.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "common/store/store.h"
#include "common/zookeeper/session.h"
#include "internal/agent_link.pb.h"
#include "master/core/master_core.h"
#include "master/reign/candidacy.h"
#include "master/reign/held_events.h"
#include "master/reign/leader_host.h"
#include "master/reign/standalone.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "tests/sim/bounds.h"
#include "tests/sim/sim_executor.h"
#include "tests/sim/sim_net.h"
#include "tests/sim/sim_stream.h"
#include "tests/sim/world.h"

namespace mesos::sim {

// Where masters stand for election.
inline constexpr char kElectionPath[] = "/mesos";

// What listens at a master, after its host:port.
inline constexpr char kAgentService[] = "/agents";
inline constexpr char kSchedulerService[] = "/schedulers";

class MasterNode final : private master::LeaderHost {
 public:
  // What the checkers watch; `epoch` is that of the registry.
  struct Observer {
    std::function<void(uint64_t epoch, const master::Registry&)> leads;
    std::function<void(uint64_t epoch, const master::Event&)> event;
    std::function<void(uint64_t epoch, const master::Effect&)> effect;
    std::function<void(uint64_t epoch, const absl::Status&)> invariants;  // after each event
  };

  struct Deps {
    World& world;
    SimNet& net;
    std::string name;
    int number;  // the last part of its address
    master::MasterOptions options;
    Bounds bounds;
    // Null for a master that stands alone.
    std::function<zookeeper::SessionFactory(Executor&, NodeId)> sessions;
    std::function<std::unique_ptr<store::Store>(Executor&, NodeId)> make_store;
    std::function<void()> starts;  // before the process does anything
    Observer observer;
  };

  explicit MasterNode(Deps deps);

  void Start();
  void Crash();

  // An operator says that the agent never comes back; only to a leader.
  void MarkGone(const std::string& agent_id);

  NodeId node() const { return node_; }
  bool up() const { return process_ != nullptr; }
  // 0 while it does not lead.
  uint64_t epoch() const;
  std::string target() const;

  // Of all its reigns.
  BoundCounts bounds_met() const;

 private:
  // A core and its sessions, from ExpectToLead to StepDown; the core comes with Lead.
  struct Seat {
    explicit Seat(const Bounds& bounds) : held(bounds.held_events) {}

    master::Leading leading;
    uint64_t epoch = 0;       // 0 until it leads
    master::HeldEvents held;  // until it leads
    std::map<SessionId, std::unique_ptr<ServerStream<internal::MasterMessage>>> agents;
    std::map<SessionId, std::unique_ptr<ServerStream<v1::scheduler::Event>>> schedulers;
    absl::Time armed = absl::InfiniteFuture();
  };
  struct Process {
    Process(World& world, NodeId node) : executor(world, node) {}
    SimExecutor executor;
    uint64_t epoch = 0;  // of the last time that the store was acquired
    std::unique_ptr<store::Store> store;
    std::unique_ptr<Seat> seat;
    std::unique_ptr<master::Candidacy> candidacy;
    std::unique_ptr<master::Standalone> standalone;
  };

  // ---- LeaderHost
  void ExpectToLead() override;
  void Lead(master::Leading leading) override;
  void StepDown(const std::string& reason) override;
  void SetLeader(std::optional<master::LeaderAddress>) override {}

  master::Reign::Deps ReignDeps();
  void LeadAlone();
  Seat* seat() const { return process_ == nullptr ? nullptr : process_->seat.get(); }

  // The seat's figures, where there is one, on top of those of the seats before.
  void CountBounds(BoundCounts* met) const;

  // Keeps the event of a master that does not lead yet; false where it is to be handled.
  template <typename Closed, typename Streams, typename Received>
  bool Hold(Streams& streams, Received& received, size_t bytes);
  template <typename Closed>
  void HandleClosed(Closed closed) {
    if (seat()->leading.core == nullptr) return seat()->held.AddClosed(closed);
    Handle(closed);
  }

  Endpoint AcceptAgent(ConnectionId id, NodeId peer);
  Endpoint AcceptScheduler(ConnectionId id);
  void Handle(master::Event event);
  void CarryOut(const master::Effect& effect);
  void CarryOut(const master::Persist& persist);
  void Abdicate(const absl::Status& reason);
  void ArmDeadline();

  const Deps deps_;
  World& world_;
  SimNet& net_;
  const NodeId node_;
  master::MasterOptions options_;
  BoundCounts bounds_met_;  // of the seats before
  std::unique_ptr<Process> process_;
};

}  // namespace mesos::sim
