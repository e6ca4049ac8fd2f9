#pragma once

// A framework with one task, through the public driver: it launches the task on the first offer and
// keeps what it is told of it.
//
//   OneTaskFramework framework(cluster.master_address(), task);
//   TaskStatus running = framework.Await([](const TaskStatus& s) { return s.healthy(); });
//
// Await fails the test where no such update comes within kPatience. The destructor tears the
// framework down. Thread-safe.

#include <mesos/scheduler.h>

#include <condition_variable>
#include <functional>
#include <string>
#include <vector>

#include "common/base/mutex.h"
#include "gtest/gtest.h"
#include "tests/e2e/process.h"

namespace mesos::e2e {

class OneTaskFramework : public Scheduler {
 public:
  // Ids and resources of the task are filled in.
  OneTaskFramework(const std::string& master, TaskInfo task)
      : task_(std::move(task)), driver_(this, Info(), master) {
    driver_.start();
  }
  ~OneTaskFramework() override {
    driver_.stop();
    driver_.join();
  }

  // The first update after the one that was given last for which `wanted` holds.
  TaskStatus Await(const std::function<bool(const TaskStatus&)>& wanted) {
    MutexLock lock(mutex_);
    TaskStatus found;
    const bool came = lock.WaitFor(changed_, absl::ToDoubleSeconds(kPatience), [&] {
      for (; next_ < told_.size(); ++next_) {
        if (!wanted(told_[next_])) continue;
        found = told_[next_++];
        return true;
      }
      return false;
    });
    EXPECT_TRUE(came) << "last told: " << (told_.empty() ? "" : told_.back().ShortDebugString());
    return found;
  }

  TaskStatus AwaitState(TaskState state) {
    return Await([state](const TaskStatus& status) { return status.state() == state; });
  }

 private:
  static FrameworkInfo Info() {
    FrameworkInfo info;
    info.set_name("one-task");
    info.add_capabilities()->set_type(FrameworkInfo::Capability::PARTITION_AWARE);
    info.add_capabilities()->set_type(FrameworkInfo::Capability::TASK_KILLING_STATE);
    return info;
  }

  void registered(SchedulerDriver*, const FrameworkID&, const MasterInfo&) override {}

  void resourceOffers(SchedulerDriver* driver, const std::vector<Offer>& offers) override {
    for (const Offer& offer : offers) {
      if (launched_) {
        driver->declineOffer(offer.id());
        continue;
      }
      launched_ = true;
      task_.set_name("task");
      task_.mutable_task_id()->set_value("task");
      *task_.mutable_agent_id() = offer.agent_id();
      for (const auto& [name, amount] : {std::pair{"cpus", 0.1}, std::pair{"mem", 32.0}}) {
        Resource* resource = task_.add_resources();
        resource->set_name(name);
        resource->set_type(Value::SCALAR);
        resource->mutable_scalar()->set_value(amount);
      }
      driver->launchTasks(offer.id(), {task_});
    }
  }

  void statusUpdate(SchedulerDriver*, const TaskStatus& status) override {
    MutexLock lock(mutex_);
    told_.push_back(status);
    changed_.notify_all();
  }

  void error(SchedulerDriver*, const std::string& message) override { ADD_FAILURE() << message; }

  // Of the driver's thread.
  TaskInfo task_;
  bool launched_ = false;

  Mutex mutex_;
  std::condition_variable changed_;
  std::vector<TaskStatus> told_ GUARDED_BY(mutex_);
  size_t next_ GUARDED_BY(mutex_) = 0;

  MesosSchedulerDriver driver_;  // last: its thread uses all of the above
};

}  // namespace mesos::e2e
