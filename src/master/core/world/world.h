#pragma once

// All state of one master core, and the few primitives that every rule uses: look up, book and
// release resources, send. The rules are free functions over it, one file a noun (see README.md).
//
//   Framework* framework = world.FindFramework(id);
//   world.SendToFramework(*framework, event);
//   world.Release(*task);               // what it held can be offered again, which Handle does
//
// Core-thread-only. `now` and `effects` belong to the event that is being handled.

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "common/base/deadlines.h"
#include "common/base/ids.h"
#include "internal/agent_link.pb.h"
#include "master/allocator/allocator.h"
#include "master/core/agents/removal_queue.h"
#include "master/core/events.h"
#include "master/core/master_core.h"
#include "master/core/pending_write.h"
#include "master/core/views/counters.h"
#include "master/core/world/bounded_history.h"
#include "master/core/world/state.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::master {

// What a deadline is for.
struct HeartbeatDue {
  FrameworkIdx framework;
};
struct FailoverTimeout {
  FrameworkIdx framework;
};
struct PingDue {
  AgentIdx agent;
};
struct AgentGivenUp {
  AgentIdx agent;
};
// Of an awaited agent.
struct AwaitedAgentGivenUp {
  std::string agent_id;
};
// Whoever was to come back to the new leader has.
struct RecoveryOver {};
struct RemovalPermit {};
struct RegistryCollection {};
struct OfferTimeout {
  OfferNumber offer;
};
struct AllocationPass {};
struct FollowerHeartbeatDue {};
using Timer = std::variant<HeartbeatDue, FailoverTimeout, PingDue, AgentGivenUp,
                           AwaitedAgentGivenUp, RecoveryOver, RemovalPermit, RegistryCollection,
                           OfferTimeout, AllocationPass, FollowerHeartbeatDue>;

using SchedulerEvent = std::shared_ptr<const v1::scheduler::Event>;
using AgentCommand = std::shared_ptr<const internal::MasterMessage>;

class World {
 public:
  World(MasterOptions options, std::unique_ptr<Allocator> allocator, absl::Time now);

  // ---- Look up; null where unknown
  Framework* FindFramework(absl::string_view id) const;
  Framework* FindFramework(FrameworkIdx index) const;
  Framework* FindFramework(SessionId session) const;
  Agent* FindAgent(absl::string_view id) const;
  Agent* FindAgent(AgentIdx index) const;
  Agent* FindAgent(SessionId session) const;
  Offer* FindOffer(absl::string_view id) const;
  Offer* FindOffer(OfferNumber number) const;

  // ---- Add and remove. Who removes has taken everything away that refers to it.
  Framework& AddFramework(absl::string_view id);
  void RemoveFramework(Framework& framework);
  Agent& AddAgent(absl::string_view id);
  void RemoveAgent(Agent& agent);
  // The allocator is the caller's to tell.
  void SetTotal(Agent& agent, ResourceSet total);
  std::string NewFrameworkId();
  std::string NewAgentId();

  // ---- Views: called after every change of what a reader may see
  void Touch(Agent& agent);
  void Touch(Framework& framework);

  // ---- Sessions
  void BindSession(Framework& framework, SessionId session);
  void UnbindSession(Framework& framework);
  void BindSession(Agent& agent, SessionId session);
  void UnbindSession(Agent& agent);

  // ---- Send; dropped where the receiver has no session
  void SendToFramework(const Framework& framework, SchedulerEvent event);
  void SendToAgent(const Agent& agent, AgentCommand command);
  void Emit(Effect effect) { effects.push_back(std::move(effect)); }

  const MasterOptions options;
  const v1::MasterInfo master_info;
  const std::unique_ptr<Allocator> allocator;

  // ---- Of the event at hand
  absl::Time now;
  Effects effects;
  // Something became free, or somebody new may want it: Handle runs the allocator once at its end.
  bool allocation_due = false;

  Deadlines<Timer> deadlines;
  MasterStats stats;  // what stands now is counted by Stats
  MasterCounters counters;
  MasterStats Stats() const;

  // Invariant: frameworks[i] is null or has index i; the sessions of connected frameworks are
  // exactly the keys of the session map. The same for agents.
  std::vector<std::unique_ptr<Framework>> frameworks;
  std::vector<std::unique_ptr<Agent>> agents;
  absl::flat_hash_map<OfferNumber, std::unique_ptr<Offer>> offers;
  uint64_t next_offer = 0;
  // The newest agent at each address; ForgetAddress drops it where it is this one.
  absl::flat_hash_map<std::string, AgentIdx> agents_by_address;
  void ForgetAddress(const Agent& agent, const std::string& address);

  // By role, where the operator set one.
  std::map<std::string, double> weights;

  const AgentInfoBudget agent_infos;
  // Invariant: the sum over frameworks.
  size_t role_nodes = 0;
  void SetRoleNodes(Framework& framework, size_t nodes);

  // Operators who follow the events, the oldest first; the heartbeat is armed while there are any.
  std::deque<SessionId> followers;
  DeadlineId follower_heartbeat = DeadlineId::kNone;

  // ---- What the registry takes in (transitions.h), and agents that are still to come
  bool abdicated = false;
  uint64_t last_persist = 0;
  absl::flat_hash_map<PersistToken, PendingWrite> pending_writes;
  absl::flat_hash_map<std::string, AgentTransition> transitions;  // by agent id
  absl::flat_hash_map<SessionId, JoiningSession> joining;
  // Of sessions that have not registered (return_parts.h); the sum of their bytes.
  absl::flat_hash_map<SessionId, ReturnParts> return_parts;
  size_t return_parts_bytes = 0;
  // Invariant: none of them is in `agents`.
  absl::btree_map<std::string, AwaitedAgent> awaited_agents;
  size_t recovered_agents = 0;  // how many were awaited when this master came to lead
  RemovalQueue removals;
  DeadlineId next_removal = DeadlineId::kNone;

  // ---- History
  BoundedHistory<std::shared_ptr<const CompletedFramework>> completed_frameworks;
  // Bounded by what collects the registry (registry_collection.h).
  BoundedHistory<FormerAgent> unreachable_agents;
  BoundedHistory<FormerAgent> gone_agents;

  // ---- What snapshots are made of (views.h)
  // Invariant: the view of an agent that is not touched tells what stands now; views[i] is null
  // where there is no agent i. The same for frameworks.
  const std::shared_ptr<const MasterOptions> shared_options;
  const std::shared_ptr<const v1::MasterInfo> shared_master_info;
  SharedList<std::shared_ptr<const AgentView>> agent_views;
  SharedList<std::shared_ptr<const FrameworkView>> framework_views;
  std::vector<AgentIdx> touched_agents;
  std::vector<FrameworkIdx> touched_frameworks;
  // Null since the awaited agents have changed.
  std::shared_ptr<const std::vector<std::shared_ptr<const v1::AgentInfo>>> awaited_views;
  std::weak_ptr<const Snapshot> last_snapshot;
  uint64_t last_snapshot_events = 0;

 private:
  Interner<FrameworkIdx> framework_ids_;
  Interner<AgentIdx> agent_ids_;
  absl::flat_hash_map<SessionId, Framework*> scheduler_sessions_;
  absl::flat_hash_map<SessionId, Agent*> agent_sessions_;
  uint64_t next_framework_ = 0;
  uint64_t next_agent_ = 0;
};

// A new event of `type`, to be filled in and sent.
std::shared_ptr<v1::scheduler::Event> NewEvent(v1::scheduler::Event::Type type);

int64_t ToNanoseconds(absl::Time time);
double ToSeconds(absl::Time time);

}  // namespace mesos::master
