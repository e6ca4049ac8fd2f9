#pragma once

// The framework that mesos-execute is: launches the planned tasks as offers come, prints every
// state, and stops its driver once all have ended.
//
//   ExecuteScheduler scheduler(plan, {.kill_after = kill_after}, std::cout);
//   MesosSchedulerDriver driver(&scheduler, plan.framework, master);
//   ... driver.run() ...
//   return scheduler.exit_status();
//
//   waiting ──offers──▶ running ──all ended──▶ stopped
//      └──── Cancel ───────┴──▶ cancelling ──all launched ended──▶ stopped
//
// Callbacks on the driver's thread; Cancel, Tick and the accessors from any thread.

#include <mesos/scheduler.h>

#include <deque>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "cli/execute_plan.h"
#include "cli/output_follower.h"
#include "common/base/mutex.h"

namespace mesos::cli {

class ExecuteScheduler : public Scheduler {
 public:
  struct Options {
    absl::Duration kill_after = absl::InfiniteDuration();  // a task's TASK_RUNNING
    OutputFollower* follower = nullptr;                    // of what the tasks write; may be null
  };

  // `out` gets one line an event. The follower outlives the scheduler.
  ExecuteScheduler(const ExecutePlan& plan, const Options& options, std::ostream& out);

  // Kills what runs and launches nothing more; a driver without tasks is stopped at once. The exit
  // status is then `exit_status`.
  void Cancel(SchedulerDriver* driver, int exit_status, const std::string& reason);

  // Time has passed: kills what has run for long enough.
  void Tick(SchedulerDriver* driver, absl::Time now);

  // What the user might want to know while nothing moves; empty where something does.
  std::string WhatIsMissing() const;

  int exit_status() const;

  void registered(SchedulerDriver*, const FrameworkID&, const MasterInfo&) override;
  void reregistered(SchedulerDriver*, const MasterInfo&) override;
  void disconnected(SchedulerDriver*) override;
  void resourceOffers(SchedulerDriver*, const std::vector<Offer>&) override;
  void statusUpdate(SchedulerDriver*, const TaskStatus&) override;
  void callRejected(SchedulerDriver*, v1::scheduler::Call::Type, const std::string&) override;
  void error(SchedulerDriver*, const std::string&) override;

 private:
  struct Running {
    AgentID agent_id;
    absl::Time kill_at = absl::InfiniteFuture();
  };

  void Ended(SchedulerDriver* driver, const TaskStatus& status);
  void Fail(int exit_status);

  void Follow(const TaskInfo& task, const Offer& offer) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  const std::string role_;
  std::ostream& out_;

  mutable Mutex mutex_;
  std::string framework_id_ ABSL_GUARDED_BY(mutex_);
  bool registered_ ABSL_GUARDED_BY(mutex_) = false;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  bool offered_ ABSL_GUARDED_BY(mutex_) = false;
  int exit_status_ ABSL_GUARDED_BY(mutex_) = 0;  // of the first that failed
  std::deque<TaskInfo> waiting_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Running> running_ ABSL_GUARDED_BY(mutex_);  // by task id
};

}  // namespace mesos::cli
