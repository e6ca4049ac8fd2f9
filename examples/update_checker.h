#pragma once

// Holds every offer and status update of a run against what Mesos promises, and keeps what differs.
//
//   UpdateChecker checker(mesos::TASK_FINISHED);
//   checker.Offered(offer);
//   checker.Launched(task, offer);
//   checker.Updated(status);                  // true: the task has ended with this update
//   checker.differences();                    // empty where all is as it should be
//
// What is checked:
// - Offers: ids are new, framework and agent are named, amounts are positive; with `exclusive` what
// is
//   offered of an agent never exceeds what it had at first. (What tasks use cannot be added to
//   that: resources are free once a task has ended, and its last update may come later.)
// - Updates: of a task that was launched, from its agent; states only go forward; RUNNING comes
// before the end where
//   the executor got that far; nothing after the end; each carries a uuid of 16 bytes that did not
//   come before, a timestamp that does not go back, a source, and a reason where the agent or the
//   master made it.
// - RUNNING names the container. The last state is the one that was expected.
//
// Not thread-safe.

#include <mesos/mesos.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "examples/resources.h"

namespace examples {

class UpdateChecker {
 public:
  UpdateChecker(mesos::TaskState expected, bool exclusive)
      : expected_(expected), exclusive_(exclusive) {}

  void set_framework_id(const std::string& id) { framework_id_ = id; }

  void Offered(const mesos::Offer& offer);
  void OfferGone(const std::string& offer_id);
  void Launched(const mesos::TaskInfo& task, const mesos::Offer& offer);
  bool Updated(const mesos::TaskStatus& status);

  // The framework lost its master: offers are void, and an update may come again.
  void Reconnected();

  // What the tasks are that have not ended, as differences.
  void CheckAllEnded();

  // Whether every agent's resources are offered in full, as they were at first. Only with
  // `exclusive`.
  bool AllReturned() const;

  const std::vector<std::string>& differences() const { return differences_; }

 private:
  struct Task {
    std::string agent_id;
    mesos::TaskState state = mesos::TASK_STAGING;
    double timestamp = 0;
    bool ran = false;
    bool ended = false;
    std::set<std::string> uuids;
  };

  struct Agent {
    Scalars capacity;                        // of the first offer, when nothing of ours ran there
    std::map<std::string, Scalars> offered;  // by offer id
    Scalars Offered() const;
  };

  void CheckOrder(const std::string& id, const Task& task, const mesos::TaskStatus& status);
  void CheckFields(const std::string& id, Task& task, const mesos::TaskStatus& status);
  void Differ(const std::string& what);

  const mesos::TaskState expected_;
  const bool exclusive_;
  std::string framework_id_;
  bool reconnected_ = false;
  std::map<std::string, Task> tasks_;
  std::map<std::string, Agent> agents_;
  std::map<std::string, std::string> agent_of_offer_;
  std::set<std::string> offers_seen_;
  std::vector<std::string> differences_;
};

// Whether a task in `state` has ended.
bool IsTerminal(mesos::TaskState state);

}  // namespace examples
