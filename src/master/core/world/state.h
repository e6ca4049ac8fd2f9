#pragma once

// What the master knows: frameworks, agents, tasks, executors and offers, as data. The rules that
// change it stand in the other files of this folder; world.h holds it all together.
//
//   Framework ──owns──> Task <──lists── Agent ──owns──> Executor
//       └────lists────> Offer <──lists────┘        (World owns offers, frameworks and agents)
//
//   Framework:  recovered ──SUBSCRIBE──> connected <──SUBSCRIBE── disconnected
//                   │                      │  └──session closed──────^  │
//                   └──failover timeout────┴──TEARDOWN──> removed <──────┘ failover timeout
//
//   Agent:  (new) ──AdmitAgent──> connected <──re-register── disconnected ──> unreachable
//                                   ^ └──session closed────────^                │   ^  └─> (forgotten)
//                                   └───────────AdmitAgent──────────────────────┘   │
//             (from the registry) awaited ──re-register──> connected                │
//                                    └──agent_reregister_timeout────────────────────┘
//   Every step that a next leader has to know is written to the registry first: the agent is in
//   transition meanwhile (transitions.h).
//
// Core-thread-only. What is sent or read often is immutable and replaced on change, so that a
// reader's snapshot (snapshot.h) is a copy of pointers.

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "common/base/deadlines.h"
#include "common/base/ids.h"
#include "common/resources/resource_set.h"
#include "internal/agent_link.pb.h"
#include "master/core/agents/agent_info_budget.h"
#include "master/core/events.h"
#include "master/core/frameworks/outbox.h"
#include "master/core/tasks/task_record.h"
#include "master/core/views/counters.h"
#include "master/core/views/shared_list.h"
#include "master/core/views/snapshot.h"
#include "master/core/world/bounded_history.h"
#include "master/core/world/role_usage.h"
#include "master/core/world/slot_list.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::master {

struct Agent;
struct Framework;

// A task that has not both ended and been acknowledged.
struct Task {
  Framework* framework = nullptr;
  Agent* agent = nullptr;
  std::string role;       // that its resources are allocated to
  ResourceSet resources;  // without allocation_info
  // Whether `resources` are booked: from the launch until its latest state is terminal.
  bool booked = false;
  // The scheduler wants it killed; sent again when a disconnected agent returns.
  std::shared_ptr<const internal::MasterMessage> kill;
  std::string id;

  size_t agent_slot = 0;
  size_t framework_slot = 0;  // in the framework's task_list and task_records

  // What others are told of it; SetRecord changes it.
  const TaskRecord& record() const;
  v1::TaskState state() const { return record().state(); }
};

// A custom executor that runs on an agent; booked once, however many tasks it has.
struct Executor {
  Framework* framework = nullptr;
  Agent* agent = nullptr;
  std::string role;
  ResourceSet resources;  // without allocation_info
  std::shared_ptr<const v1::ExecutorInfo> info;
};

// An offer that the framework has neither accepted nor declined.
struct Offer {
  OfferNumber number{};
  std::string id;
  Framework* framework = nullptr;
  Agent* agent = nullptr;
  std::string role;
  ResourceSet resources;  // without allocation_info
  DeadlineId expiry = DeadlineId::kNone;

  size_t agent_slot = 0;
  size_t framework_slot = 0;  // in the framework's offers and offer_views
};

struct Framework {
  explicit Framework(size_t max_unreachable_tasks) : unreachable_tasks(max_unreachable_tasks) {}

  enum class State {
    kRecovered,     // found at an agent, has not subscribed to this master
    kConnected,     // has a session
    kDisconnected,  // had one; its failover timeout runs
  };

  FrameworkIdx index;
  std::string id;
  State state = State::kRecovered;
  SessionId session = SessionId::kNone;  // of kConnected

  // What it says of itself, and what follows from it.
  std::shared_ptr<const v1::FrameworkInfo> info;    // with id
  std::shared_ptr<const FrameworkProfile> profile;  // the same as readers see it
  std::set<std::string> roles;
  std::set<std::string> suppressed_roles;
  size_t role_nodes = 0;  // that its roles count for (World::role_nodes)
  bool partition_aware = false;
  bool multi_role = false;
  bool reservation_refinement = false;

  absl::Time registered_time = absl::InfinitePast();
  absl::Time reregistered_time = absl::InfinitePast();
  DeadlineId heartbeat = DeadlineId::kNone;
  DeadlineId failover = DeadlineId::kNone;

  // What it has. `used` is by role: the sum of its booked tasks and executors.
  absl::flat_hash_map<std::string, std::unique_ptr<Task>> tasks;
  SlotList<Task, &Task::framework_slot> task_list;
  SharedList<TaskRecord> task_records;  // of the same places
  SlotList<Offer, &Offer::framework_slot> offers;
  SharedList<std::shared_ptr<const OfferView>> offer_views;  // of the same places
  RoleUsage used;
  // How many tasks and executors it has on each agent: who must hear of its end.
  absl::btree_map<AgentIdx, uint32_t> agents;

  // What it is to be told yet, page by page; empty while it is not connected.
  Outbox outbox;

  // What it had; bounded.
  BoundedHistory<TaskRecord> unreachable_tasks;
  SharedList<TaskRecord> completed_tasks;  // the oldest first
  // How many of them have this id: of many tasks that come back, hardly one had ended.
  absl::flat_hash_map<std::string, uint32_t> completed_ids;

  // Whether it has changed since its view was made (World::Touch).
  bool touched = false;

  FrameworkCounters counters;

  bool connected() const { return state == State::kConnected; }
};

inline const TaskRecord& Task::record() const { return framework->task_records[framework_slot]; }

struct Agent {
  AgentIdx index;
  std::string id;
  SessionId session = SessionId::kNone;  // kNone while disconnected

  std::shared_ptr<const v1::AgentInfo> info;  // with id
  AgentInfoBudget::Charge info_charge;        // for it
  std::string ip;
  // The same and what follows from it, as readers see it.
  std::shared_ptr<const AgentProfile> profile;

  absl::Time registered_time;
  std::optional<absl::Time> reregistered_time;

  // Health: the next ping, or (disconnected) when it is given up.
  DeadlineId health = DeadlineId::kNone;
  uint64_t ping_sequence = 0;
  int missed_pings = 0;
  bool awaiting_pong = false;

  // Invariant: offered + used <= total; offered is the sum of `offers`, used of the booked tasks
  // and of the executors.
  ResourceSet total;
  ResourceSet used;
  ResourceSet offered;
  absl::btree_map<std::string, ResourceSet> used_by_role;
  SlotList<Task, &Task::agent_slot> tasks;
  SlotList<Offer, &Offer::agent_slot> offers;
  absl::btree_map<std::pair<FrameworkIdx, std::string>, std::unique_ptr<Executor>> executors;

  // Whether it has changed since its view was made (World::Touch).
  bool touched = false;

  bool connected() const { return session != SessionId::kNone; }
};

// An agent that the registry has as admitted and that has not come back to this master yet.
struct AwaitedAgent {
  std::shared_ptr<const v1::AgentInfo> info;  // with id
  AgentInfoBudget::Charge info_charge;        // for it
  // When it is given up; kNone while all wait for the end of the recovery.
  DeadlineId deadline = DeadlineId::kNone;
};

// What waits while the registry takes in what becomes of one agent.
struct AgentTransition {
  std::optional<AgentMessageReceived> returning;  // it came back meanwhile
  std::vector<CallToken> gone_calls;              // an operator says that it never comes back
};

// A session whose registration the registry takes in.
struct JoiningSession {
  std::string agent_id;
  std::vector<AgentMessageReceived> later;  // what came after it, to be handled then
};

// What an agent that returns has told before it re-registers.
struct ReturnParts {
  std::vector<std::shared_ptr<const internal::AgentMessage>> messages;
  size_t bytes = 0;
};

// ---- What is over

struct FormerAgent {
  absl::Time since;
  std::vector<std::pair<std::string, std::string>> tasks;  // framework id, task id
};

}  // namespace mesos::master
