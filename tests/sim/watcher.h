#pragma once

// Looks at what masters hear and say, and tells the ledgers.
//
//   Watcher watcher(world, ledger, registry, {.reregister_timeout = absl::Minutes(2)});
//   watcher.AddMachine("agent-1", total);
//   MasterNode master({..., watcher.Observer()});
//   watcher.Missing(epoch, frameworks);        // who does not follow that leader yet
//
// Rules of its own:
// - a task that reconciliation asks for is answered at once, unless its agent may still come back
// - no task is told to be unknown while it runs on an agent that may still come back

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/base/ids.h"
#include "tests/sim/ledger.h"
#include "tests/sim/ledger_registry.h"
#include "tests/sim/master_node.h"
#include "tests/sim/world.h"

namespace mesos::sim {

class Watcher {
 public:
  struct Options {
    absl::Duration reregister_timeout;
    bool durable_registry = true;
  };

  Watcher(World& world, Ledger& ledger, RegistryLedger& registry, Options options)
      : world_(world), ledger_(ledger), registry_(registry), options_(options) {}

  void AddMachine(const std::string& machine, Amount total) { machines_[machine] = total; }

  MasterNode::Observer Observer();

  // How often a master has come to lead.
  int reigns() const { return reigns_; }

  // The machines and frameworks (of these ids) that do not follow the leader of the epoch.
  std::vector<std::string> Missing(uint64_t epoch,
                                   const std::vector<std::string>& frameworks) const;

 private:
  void OnLeads(uint64_t epoch, const master::Registry& registry);
  void OnEvent(uint64_t epoch, const master::Event& event);
  void OnEffect(uint64_t epoch, const master::Effect& effect);
  void OnToScheduler(uint64_t epoch, SessionId session, const v1::scheduler::Event& event);
  void OnToAgent(uint64_t epoch, SessionId session, const internal::MasterMessage& message);
  void OnTold(uint64_t epoch, const v1::TaskStatus& status);
  void OnSubscribed(uint64_t epoch, SessionId session, const std::string& framework);
  void OnSchedulerGone(uint64_t epoch, SessionId session);
  void OnHandled(uint64_t epoch, const absl::Status& invariants);

  World& world_;
  Ledger& ledger_;
  RegistryLedger& registry_;
  const Options options_;

  std::map<std::string, Amount> machines_;
  int reigns_ = 0;
  absl::Time newest_leads_since_ = absl::InfinitePast();
  std::map<SessionId, std::string> schedulers_;       // framework id, by the master's session
  std::map<SessionId, std::string> registering_;      // machine, by the master's session
  std::map<std::string, uint64_t> agent_leader_;      // epoch, by machine
  std::map<std::string, uint64_t> framework_leader_;  // epoch, by framework id
  // What a session's reconciliations ask for: tasks, and their agents. Those that nobody may tell
  // of yet go at the end of the event; the others are answered page by page.
  std::map<SessionId, std::map<std::string, std::string>> asked_;
  std::set<SessionId> awaiting_;  // the master waits for the session's peer to take a page
};

}  // namespace mesos::sim
