#pragma once

// Holds what a cluster that lost its power tells against what had been told before.
//
//   PowerLedger ledger;
//   ledger.Lost({.anew = false, .operator_entries = ..., .framework_entries = ..., .agent_ids =
//   ...}); ledger.broken();                    // one sentence for each broken promise, in all
//   losses
//
// The promises: what the master answered (a weight, an agent taken in, an agent gone) it knows when
// it is back; nothing is there that nobody asked for; an agent whose tasks ran is the same agent
// when it is back. A value type.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/e2e/faults/journal.h"

namespace mesos::e2e {

class PowerLedger {
 public:
  // From one power-on to the loss that ended it.
  struct Life {
    bool anew = false;                                   // the agent began with an empty disk
    std::vector<Journal::Entry> operator_entries = {};   // of journal_operator.py
    std::vector<Journal::Entry> framework_entries = {};  // of surviving_framework.cc
    std::vector<std::string> agent_ids = {};             // under which the agent registered
  };

  void Lost(const Life& life);

  const std::vector<std::string>& broken() const { return broken_; }

  // Of the last life: whether its master answered what it knows.
  bool looked() const { return looked_; }
  int weight() const { return told_weight_; }

 private:
  void Break(const std::string& what) { broken_.push_back(what); }
  void ReadOperator(const std::vector<Journal::Entry>& entries);
  void CheckFound(const std::set<std::string>& found);
  void ReadAgent(const Life& life);

  int told_weight_ = 0;
  int asked_weight_ = 0;
  std::set<std::string> told_agents_;
  std::set<std::string> asked_gone_;
  std::set<std::string> told_gone_;
  std::string agent_;  // that the machine is for good; empty until a task ran on it
  std::map<std::string, std::string> launched_;  // agent, by task
  std::vector<std::string> broken_;
  bool looked_ = false;
};

}  // namespace mesos::e2e
