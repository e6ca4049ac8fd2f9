#pragma once

// Holds what a framework was told of its tasks (its journal) against what they did (their runs).
//
//   TaskLedger ledger = TaskLedger::Read(directory);      // of surviving_framework.cc
//   ledger.Unsettled();                                   // tasks whose end was not told yet
//   ledger.Check({.disks_were_full = true});              // one sentence for each broken promise
//
// The promises: no task starts twice; what was told of a task's end stays and is how it ended; a
// task that ran is not told lost, and one that is told lost never runs. A value type.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/e2e/faults/journal.h"

namespace mesos::e2e {

class TaskLedger {
 public:
  struct Leniency {
    // A task whose sandbox could not be made is told as failed.
    bool disks_were_full = false;
    // Each instance of the framework ended with the power of its machine: a task that was not told
    // ended by then died, or its end was not on disk yet.
    bool machines_lost_power = false;
  };

  static TaskLedger Read(const std::string& directory);

  // `runs`: the lines of each task's file.
  TaskLedger(const std::vector<Journal::Entry>& entries,
             const std::map<std::string, std::vector<std::string>>& runs);

  std::vector<std::string> Check(const Leniency& leniency) const;

  // The tasks that have no end yet, with what was told last.
  std::vector<std::string> Unsettled() const;

  // How many updates with a uuid, the same one or another, were received of tasks that had been
  // told ended. As long as an acknowledgement may be lost such are legal.
  size_t updates_after_the_end() const { return updates_after_the_end_; }
  size_t launched() const { return tasks_.size(); }
  // Why the framework's driver gave up; empty as it should be.
  const std::string& error() const { return error_; }
  std::string framework_id() const { return framework_id_; }
  // The states in which tasks ended, with how many did, for the log.
  std::string Summary() const;
  // The state told last; of a task that is unknown, empty.
  std::string StateOf(const std::string& task) const;

 private:
  struct Task {
    std::string agent;
    std::string code;
    bool kill = false;
    std::string told;    // the last state, or the end where it was told
    std::string reason;  // of `told`
    bool ended = false;
    std::set<std::string> after;  // other states told after the end
    int launched_in = 0;          // the instance of the framework
    int ended_in = 0;             // that was told
    int starts = 0;
    std::string end;  // its exit status; empty where it did not come to its end
  };

  std::string CheckTask(const Task& task, const Leniency& leniency) const;

  std::map<std::string, Task> tasks_;
  std::vector<std::string> strange_;  // entries that fit nowhere
  std::string framework_id_;
  std::string error_;
  size_t updates_after_the_end_ = 0;
};

}  // namespace mesos::e2e
