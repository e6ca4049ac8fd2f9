#pragma once

// What the master core counts for metrics: plain numbers, counted where the thing happens.
//
//   ++world.counters.calls[call.type()];
//   world.counters.used.Add(task.resources);
//   MasterFigures figures = core.Figures();        // a copy, for a reader off the core's thread
//
// Core-thread-only; a MasterFigures is plain data that any thread may read. Arrays are indexed by
// the value of a protobuf enum, which the core knows to be one of the enum's.

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "common/resources/resource_set.h"
#include "mesos/v1/mesos.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::master {

// Sums of the scalars that every agent has, in thousandths.
struct ScalarTotals {
  static constexpr std::array<const char*, 4> kNames = {"cpus", "gpus", "mem", "disk"};

  // Unsigned, so that agents that claim absurd amounts make absurd sums and no undefined ones.
  std::array<uint64_t, kNames.size()> regular{};
  std::array<uint64_t, kNames.size()> revocable{};

  void Add(const ResourceSet& resources);
  void Subtract(const ResourceSet& resources);
  bool operator==(const ScalarTotals&) const = default;
};

using CallTally = std::array<uint64_t, v1::scheduler::Call::Type_ARRAYSIZE>;

// Types beyond Mesos' own have numbers from 1000 on and share the place of UNKNOWN.
class EventTally {
 public:
  static constexpr size_t kTypes = 16;

  uint64_t& operator[](v1::scheduler::Event::Type type) { return counts_[Place(type)]; }
  uint64_t operator[](v1::scheduler::Event::Type type) const { return counts_[Place(type)]; }

 private:
  static size_t Place(v1::scheduler::Event::Type type) {
    return static_cast<size_t>(type) < kTypes ? static_cast<size_t>(type) : 0;
  }

  std::array<uint64_t, kTypes> counts_{};
};

using OperationTally = std::array<uint64_t, v1::Offer::Operation::Type_ARRAYSIZE>;
using TaskTally = std::array<uint64_t, v1::TaskState_ARRAYSIZE>;

// Of one framework, since it subscribed to this master.
struct FrameworkCounters {
  CallTally calls{};
  EventTally events;
  OperationTally operations{};
  uint64_t offers_sent = 0;
  uint64_t offers_accepted = 0;
  uint64_t offers_declined = 0;
  uint64_t offers_rescinded = 0;
  TaskTally standing{};  // tasks in the books now, by state
  TaskTally ended{};     // by the terminal state that they reached
};

// Of the master as a whole, since its start; what left with a framework stays counted.
struct MasterCounters {
  CallTally calls{};  // valid ones, of whomever
  uint64_t subscriptions_with_id = 0;

  // Messages of agents.
  uint64_t register_agent = 0;
  uint64_t reregister_agent = 0;
  uint64_t reregistration_parts = 0;
  uint64_t unregister_agent = 0;
  uint64_t executor_exited = 0;
  uint64_t executor_messages = 0;
  uint64_t invalid_executor_messages = 0;

  // What frameworks sent that led nowhere.
  uint64_t invalid_acknowledgements = 0;
  uint64_t invalid_framework_messages = 0;

  // How often a page for a scheduler was full, so that the next one waited for its peer.
  uint64_t full_pages = 0;

  // Agents that left, by reason.
  uint64_t removed_same_address = 0;  // another one registered at its address
  uint64_t removed_unregistered = 0;
  uint64_t removed_gone = 0;

  TaskTally standing{};
  TaskTally ended{};
  // By state, source and reason; for those whose status gives a reason.
  std::map<std::tuple<v1::TaskState, v1::TaskStatus::Source, v1::TaskStatus::Reason>, uint64_t>
      ended_for;

  // Invariant: the sums over all agents.
  ScalarTotals total;
  ScalarTotals used;
  ScalarTotals offered;
};

// ---- What a reader gets: see figures.h

struct FrameworkFigures {
  std::shared_ptr<const v1::FrameworkInfo> info;
  bool connected = false;
  uint64_t unreachable_tasks = 0;
  std::vector<std::pair<std::string, bool>> roles;  // and whether suppressed, sorted
  FrameworkCounters counters;
};

struct RoleFigures {
  double weight = 1;
  double dominant_share = 0;
  size_t frameworks = 0;
  size_t filtered_agents = 0;  // from which filters keep frameworks of the role, summed over them
};

}  // namespace mesos::master
