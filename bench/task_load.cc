// Launches many command tasks on a running cluster and tells how fast that goes.
//
//   task_load --master=127.0.0.1:5050 --tasks=1000 --in_flight=50 --command=true
//
// Prints tasks a second; launch to TASK_RUNNING; and from a terminal update to the offer that
// brings its resources back (freed and offered cpus are matched in order of time; it wants tasks
// that use up the cluster: cpus of the agents = in_flight).

#include <mesos/scheduler.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/flags/flags.h"

DEFINE_checked_string(master, "", "The master, as host:port.", ::mesos::flags::CheckHostPort);
DEFINE_int32(tasks, 1000, "How many tasks to launch in all.");
DEFINE_int32(in_flight, 50, "How many tasks are launched and not ended at a time.");
DEFINE_string(command, "true", "What each task runs.");
DEFINE_double(cpus, 1, "cpus of each task.");

namespace {

class Load : public mesos::Scheduler {
 public:
  void registered(mesos::SchedulerDriver*, const mesos::FrameworkID&,
                  const mesos::MasterInfo&) override {}

  void resourceOffers(mesos::SchedulerDriver* driver,
                      const std::vector<mesos::Offer>& offers) override {
    const absl::Time now = absl::Now();
    for (const mesos::Offer& offer : offers) TakeOffer(driver, offer, now);
  }

  void statusUpdate(mesos::SchedulerDriver* driver, const mesos::TaskStatus& status) override {
    const absl::Time now = absl::Now();
    auto it = launched_.find(status.task_id().value());
    if (it == launched_.end()) return;
    if (status.state() == mesos::TASK_RUNNING) {
      to_running_.push_back(absl::ToDoubleMilliseconds(now - it->second));
    }
    if (status.state() == mesos::TASK_STARTING || status.state() == mesos::TASK_RUNNING) return;
    if (status.state() != mesos::TASK_FINISHED) {
      std::fprintf(stderr, "%s %s: %s\n", status.task_id().value().c_str(),
                   mesos::TaskState_Name(status.state()).c_str(), status.message().c_str());
      ++failed_;
    }
    launched_.erase(it);
    last_end_ = now;
    freed_.push_back(absl::FromUnixNanos(static_cast<int64_t>(status.timestamp() * 1e9)));
    if (++ended_ >= FLAGS_tasks) driver->stop();
  }

  void error(mesos::SchedulerDriver*, const std::string& message) override {
    std::fprintf(stderr, "error: %s\n", message.c_str());
    ++failed_;
  }

  int Report() {
    const double seconds = absl::ToDoubleSeconds(last_end_ - first_launch_);
    std::printf("%d tasks, %d in flight: %.1f tasks/s, %d failed\n", ended_, FLAGS_in_flight,
                ended_ / seconds, failed_);
    Print("launch to TASK_RUNNING", to_running_);
    Print("end of a task to the offer of its resources", to_offer_);
    return failed_ == 0 && ended_ >= FLAGS_tasks ? 0 : 1;
  }

 private:
  void TakeOffer(mesos::SchedulerDriver* driver, const mesos::Offer& offer, absl::Time now) {
    double cpus = 0;
    for (const mesos::Resource& resource : offer.resources()) {
      if (resource.name() == "cpus") cpus += resource.scalar().value();
    }
    MatchFreed(cpus, now);
    std::vector<mesos::TaskInfo> tasks;
    while (cpus + 1e-9 >= FLAGS_cpus && started_ < FLAGS_tasks &&
           static_cast<int>(launched_.size()) < FLAGS_in_flight) {
      cpus -= FLAGS_cpus;
      tasks.push_back(NewTask(offer, now));
    }
    if (started_ == static_cast<int>(tasks.size()) && !tasks.empty()) first_launch_ = now;
    mesos::Filters filters;
    filters.set_refuse_seconds(tasks.empty() && started_ < FLAGS_tasks ? 0.001 : 3600);
    driver->launchTasks(offer.id(), tasks, filters);
  }

  // Whole tasks' worth of cpus on offer settle the oldest ends first.
  void MatchFreed(double cpus, absl::Time now) {
    for (int count = static_cast<int>(cpus / FLAGS_cpus + 1e-9); count > 0 && !freed_.empty();
         --count) {
      to_offer_.push_back(absl::ToDoubleMilliseconds(now - freed_.front()));
      freed_.pop_front();
    }
  }

  mesos::TaskInfo NewTask(const mesos::Offer& offer, absl::Time now) {
    mesos::TaskInfo task;
    const std::string id = absl::StrCat("load-", ++started_);
    task.set_name(id);
    task.mutable_task_id()->set_value(id);
    *task.mutable_agent_id() = offer.agent_id();
    task.mutable_command()->set_value(FLAGS_command);
    mesos::Resource* resource = task.add_resources();
    resource->set_name("cpus");
    resource->set_type(mesos::Value::SCALAR);
    resource->mutable_scalar()->set_value(FLAGS_cpus);
    if (offer.has_allocation_info()) {
      *resource->mutable_allocation_info() = offer.allocation_info();
    }
    launched_[id] = now;
    return task;
  }

  static void Print(const char* what, std::vector<double>& milliseconds) {
    if (milliseconds.empty()) return;
    std::sort(milliseconds.begin(), milliseconds.end());
    auto at = [&](double share) {
      return milliseconds[static_cast<size_t>(share * (milliseconds.size() - 1))];
    };
    std::printf("%s: p50 %.2f ms, p99 %.2f ms, max %.2f ms\n", what, at(0.5), at(0.99), at(1));
  }

  std::map<std::string, absl::Time> launched_;
  std::deque<absl::Time> freed_;
  std::vector<double> to_running_;
  std::vector<double> to_offer_;
  absl::Time first_launch_;
  absl::Time last_end_;
  int started_ = 0;
  int ended_ = 0;
  int failed_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const mesos::flags::Program program = {.name = "task_load",
                                         .summary = "Measures how fast a cluster runs tasks.",
                                         .required = {"master"}};
  if (std::optional<int> code = mesos::flags::StartProgram(program, argc, argv)) return *code;
  Load load;
  mesos::FrameworkInfo framework;
  framework.set_user("");
  framework.set_name("task_load");
  framework.add_roles("load");
  framework.add_capabilities()->set_type(mesos::FrameworkInfo::Capability::MULTI_ROLE);
  mesos::MesosSchedulerDriver driver(&load, framework, FLAGS_master);
  driver.run();
  return load.Report();
}
