#pragma once

// What is true of every task, held against what its scheduler was told; and of every agent's
// resources, held against what is offered. Looks at messages only, never into a core.
//
//   Ledger ledger(world);
//   ledger.Launched(task, framework, agent, resources);
//   ledger.Told(task, status);                // at the scheduler, each update it receives
//   ledger.ContainerStarted(task);            // on the agent, the truth
//   ledger.CheckEnd();                        // after convergence
//   for (const std::string& violation : ledger.violations()) ...
//
// Rules:
// - a task has at most one container, and none once its scheduler was told that it ended
// - after a terminal update with a uuid only that same update comes again, or what reconciliation
// says
// - FINISHED means that the command ended with 0; KILLED that a kill was asked for
// - no offer stands in for resources that another offer or a running container has

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mesos/v1/mesos.pb.h"
#include "tests/sim/world.h"

namespace mesos::sim {

// What a task or agent has, in thousandths of cpus and of MB.
struct Amount {
  int64_t cpus = 0;
  int64_t mem = 0;

  Amount& operator+=(const Amount& other) {
    cpus += other.cpus;
    mem += other.mem;
    return *this;
  }
  bool Within(const Amount& other) const { return cpus <= other.cpus && mem <= other.mem; }
  bool operator==(const Amount&) const = default;
  std::string ToString() const;
};

Amount AmountOf(const google::protobuf::RepeatedPtrField<v1::Resource>& resources);

// What every task with a health check in the simulation asks for.
inline constexpr uint32_t kConsecutiveFailures = 2;
inline constexpr absl::Duration kCheckTimeout = absl::Seconds(2);

class Ledger {
 public:
  struct Task {
    std::string framework;
    std::string agent;
    Amount resources;
    bool kill_asked = false;
    bool framework_removed = false;
    int containers = 0;
    bool container_runs = false;
    std::optional<int32_t> wait_status;
    bool end_forgotten = false;  // the machine lost the record of it
    uint32_t failed_checks = 0;  // runs of its health check that truly failed
    v1::TaskState told = v1::TASK_STAGING;
    std::string terminal_uuid;  // of the terminal update that wants acknowledgement
    bool terminal_told = false;
    bool agent_given_up = false;  // TASK_LOST was told for that, so the task may come back
    int updates = 0;
  };

  explicit Ledger(World& world) : world_(world) {}

  // The machine is known under this agent id from now on, to the leader of the epoch first.
  void AgentRegistered(uint64_t epoch, const std::string& machine, const std::string& agent,
                       Amount total) {
    agents_[agent] = total;
    present_[machine] = agent;
    AgentReregistered(epoch, agent);
  }
  // The agent follows the leader of the epoch from now on, unless it follows a later one: a leader
  // that was away may still answer an agent that has left it.
  void AgentReregistered(uint64_t epoch, const std::string& agent) {
    leaders_[agent] = std::max(leaders_[agent], epoch);
  }

  // The id under which the machine registered last; empty before.
  std::string AgentOf(const std::string& machine) const;
  // An operator says that the agent never comes back. What runs there may go on until it hears.
  void GoneAsked(const std::string& agent) { gone_.insert(agent); }
  bool MayBeGone(const std::string& agent) const { return gone_.count(agent) > 0; }
  // The registry has it no more, since there were too many or for too long: it may come back like
  // one that nobody has heard of, with what it runs.
  void AgentForgotten(const std::string& agent) { forgotten_.insert(agent); }

  void Launched(const std::string& task, const std::string& framework, const std::string& agent,
                Amount resources);
  void KillAsked(const std::string& task);
  void FrameworkRemoved(const std::string& framework);
  void Told(const std::string& task, const v1::TaskStatus& status);
  void ContainerStarted(const std::string& task);
  void ContainerEnded(const std::string& task, std::optional<int32_t> wait_status);

  // A run of the task's health check failed, whoever has heard of it.
  void CheckFailed(const std::string& task) { ++tasks_[task].failed_checks; }

  // The machine went down: who did not write down how the task ended will not find out.
  void EndForgotten(const std::string& task);

  // Offers that the leader of the epoch makes. One that an agent has left for the next leader may
  // still offer what it knows of: no launch of its reaches the agent.
  void OfferMade(uint64_t epoch, const v1::Offer& offer);
  void OfferGone(const std::string& offer);
  void OffersOfFrameworkGone(uint64_t epoch, const std::string& framework);

  // After convergence: every task ended for its scheduler, nothing runs, and every resource is on
  // offer.
  void CheckEnd();

  // Where frameworks hold all that they are offered: everything of every agent is on offer.
  void CheckAllOffered();

  // A violation that somebody else saw.
  void Fail(const std::string& what) { Violation(what); }

  const std::map<std::string, Task>& tasks() const { return tasks_; }
  const std::vector<std::string>& violations() const { return violations_; }
  size_t OpenTasks() const;

 private:
  struct Offer {
    uint64_t epoch;
    std::string agent;
    std::string framework;
    Amount resources;
  };

  void Violation(const std::string& what);
  void CheckTruth(const std::string& id, const Task& task, const v1::TaskStatus& status);
  // What its leader has offered of the agent, and what runs there.
  Amount InUse(const std::string& agent) const;

  World& world_;
  std::map<std::string, Amount> agents_;
  std::map<std::string, std::string> present_;  // agent id, by machine
  std::set<std::string> gone_;                  // agent ids
  std::set<std::string> forgotten_;
  std::map<std::string, uint64_t> leaders_;  // the epoch that each agent follows
  std::map<std::string, Task> tasks_;
  std::map<std::string, Offer> offers_;
  std::vector<std::string> violations_;
};

// Whether the state ends a task for good, whatever comes later.
bool IsTerminal(v1::TaskState state);

}  // namespace mesos::sim
