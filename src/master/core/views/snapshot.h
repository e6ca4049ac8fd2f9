#pragma once

// All that readers may ask of the master, as it stood after one event. Data only, immutable, and
// safe to read on any thread while the core goes on.
//
//   std::shared_ptr<const Snapshot> snapshot = core.Snapshot();      // on the core's thread
//   pool.Run([snapshot] { for (const auto& agent : snapshot->agents) ... });
//
// It is cheap because it is mostly pointers to what the core holds anyway: tasks stand in lists
// that are copied when they change (shared_list.h), and of agents and frameworks only the views of
// those that changed since the last snapshot are made anew. Nothing here costs time for each task.
//
//   Snapshot ──> AgentView ──> AgentProfile        (what the agent says of itself)
//       │            └──> ExecutorView
//       ├─────> FrameworkView ──> FrameworkProfile
//       │            ├──> TaskRecord               (running, unreachable, completed)
//       │            └──> OfferView
//       └─────> CompletedFramework ──> TaskRecord

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/resources/resource_set.h"
#include "master/core/master_core.h"
#include "master/core/tasks/task_record.h"
#include "master/core/views/counters.h"
#include "master/core/views/shared_list.h"
#include "mesos/v1/mesos.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::master {

// Resources by the role that they are allocated to, without allocation_info; no empty ones.
using ResourcesByRole = std::vector<std::pair<std::string, ResourceSet>>;

// A custom executor that runs on an agent.
struct ExecutorView {
  std::string framework_id;
  std::string role;
  std::shared_ptr<const v1::ExecutorInfo> info;

  bool operator==(const ExecutorView&) const = default;
};

struct AgentProfile {
  std::shared_ptr<const v1::AgentInfo> info;  // with id
  std::string pid;                            // slave(1)@ip:port
  std::string version;
  std::vector<v1::AgentInfo::Capability> capabilities;
  // What every offer of this agent has in common; id, framework and resources are filled in.
  v1::Offer offer_template;
};

struct AgentView {
  std::shared_ptr<const AgentProfile> profile;
  bool active = false;  // connected
  absl::Time registered_time;
  std::optional<absl::Time> reregistered_time;
  ResourceSet total;
  ResourcesByRole used;
  ResourcesByRole offered;
  std::vector<ExecutorView> executors;

  const std::string& id() const { return profile->info->id().value(); }
  bool operator==(const AgentView&) const = default;
};

struct OfferView {
  std::string id;
  std::string role;
  std::shared_ptr<const AgentProfile> agent;
  ResourceSet resources;  // without allocation_info
};

struct FrameworkProfile {
  std::shared_ptr<const v1::FrameworkInfo> info;  // with id
  std::set<std::string> roles;
  bool multi_role = false;
  bool reservation_refinement = false;
  // Null where there are none. The allocator does not look at them yet.
  std::shared_ptr<const v1::scheduler::OfferConstraints> offer_constraints;
};

struct FrameworkView {
  std::shared_ptr<const FrameworkProfile> profile;
  bool connected = false;
  bool recovered = false;  // found at an agent, has not subscribed to this master
  // InfinitePast while it is recovered.
  absl::Time registered_time;
  absl::Time reregistered_time;
  ResourcesByRole used;
  SharedList<std::shared_ptr<const OfferView>> offers;
  SharedList<TaskRecord> tasks;
  SharedList<TaskRecord> completed_tasks;                            // the oldest first
  std::shared_ptr<const std::vector<TaskRecord>> unreachable_tasks;  // the oldest first

  const std::string& id() const { return profile->info->id().value(); }
};

struct CompletedFramework {
  std::shared_ptr<const FrameworkProfile> profile;
  absl::Time registered_time;
  absl::Time reregistered_time;
  absl::Time unregistered_time;
  SharedList<TaskRecord> tasks;  // the oldest first
  FrameworkCounters counters;
};

struct Snapshot {
  absl::Time time;  // of the event after which it was taken
  std::shared_ptr<const MasterOptions> options;
  std::shared_ptr<const v1::MasterInfo> master_info;
  MasterStats stats;
  size_t unreachable_agents = 0;
  // In the registry, and not back yet; with ids.
  std::shared_ptr<const std::vector<std::shared_ptr<const v1::AgentInfo>>> awaited_agents;

  // Null where one has gone.
  SharedList<std::shared_ptr<const AgentView>> agents;
  SharedList<std::shared_ptr<const FrameworkView>> frameworks;
  // The oldest first.
  std::shared_ptr<const std::vector<std::shared_ptr<const CompletedFramework>>>
      completed_frameworks;

  // By role, where the operator set one; and of any role, 1 where nobody set one.
  std::map<std::string, double> set_weights;
  std::map<std::string, double> weights;
  double Weight(const std::string& role) const {
    auto it = weights.find(role);
    return it == weights.end() ? 1 : it->second;
  }
};

}  // namespace mesos::master
