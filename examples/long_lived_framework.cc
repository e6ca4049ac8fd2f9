// Keeps a number of tasks running: whenever one ends it launches another. Runs until it is
// interrupted.
#include <mesos/scheduler.h>
#include <unistd.h>

#include <cstdio>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "examples/measure.h"
#include "examples/options.h"
#include "examples/resources.h"
#include "examples/runner.h"

namespace {

struct Settings {
  std::string master = "localhost:5050";
  std::string name = "long-lived";
  std::string role = "*";
  std::string command = "sleep 30";
  std::string resources = "cpus:0.1;mem:32";
  int tasks = 5;
  int duration = 0;
  int failover_timeout = 60;
};

class LongLived : public mesos::Scheduler {
 public:
  LongLived(const Settings& settings, const examples::Scalars& each)
      : settings_(settings), each_(each), start_(examples::Seconds()) {}

  void registered(mesos::SchedulerDriver*, const mesos::FrameworkID& id,
                  const mesos::MasterInfo&) override {
    std::printf("registered as %s\n", id.value().c_str());
  }

  // What happened meanwhile is asked for: an update that was under way may be lost with the old
  // master.
  void reregistered(mesos::SchedulerDriver* driver, const mesos::MasterInfo&) override {
    std::lock_guard lock(mutex_);
    std::printf("reregistered\n");
    std::vector<mesos::TaskStatus> statuses;
    for (const auto& [id, agent] : tasks_) {
      mesos::TaskStatus status;
      status.mutable_task_id()->set_value(id);
      status.mutable_agent_id()->set_value(agent);
      status.set_state(mesos::TASK_STAGING);
      statuses.push_back(status);
    }
    if (!statuses.empty()) driver->reconcileTasks(statuses);
  }

  void disconnected(mesos::SchedulerDriver*) override { std::printf("disconnected\n"); }

  void resourceOffers(mesos::SchedulerDriver* driver,
                      const std::vector<mesos::Offer>& offers) override {
    std::lock_guard lock(mutex_);
    for (const auto& offer : offers) {
      examples::Scalars left = examples::ScalarsOf(offer.resources());
      std::vector<mesos::TaskInfo> tasks;
      while (static_cast<int>(tasks_.size()) < settings_.tasks && left.Take(each_)) {
        mesos::TaskInfo task;
        const std::string id = settings_.name + "-" + std::to_string(launched_++);
        task.set_name(id);
        task.mutable_task_id()->set_value(id);
        *task.mutable_agent_id() = offer.agent_id();
        task.mutable_command()->set_value(settings_.command);
        each_.AppendTo(task.mutable_resources());
        tasks_[id] = offer.agent_id().value();
        tasks.push_back(std::move(task));
      }
      driver->launchTasks(offer.id(), tasks);
    }
    if (static_cast<int>(tasks_.size()) == settings_.tasks) driver->suppressOffers();
  }

  void statusUpdate(mesos::SchedulerDriver* driver, const mesos::TaskStatus& status) override {
    std::lock_guard lock(mutex_);
    std::printf("%s %s %s\n", status.task_id().value().c_str(),
                mesos::TaskState_Name(status.state()).c_str(), status.message().c_str());
    std::fflush(stdout);
    switch (status.state()) {
      case mesos::TASK_STAGING:
      case mesos::TASK_STARTING:
      case mesos::TASK_RUNNING:
      case mesos::TASK_KILLING:
      case mesos::TASK_UNREACHABLE:  // it may come back; it counts as running until then
        return;
      case mesos::TASK_FINISHED:
      case mesos::TASK_FAILED:
      case mesos::TASK_KILLED:
      case mesos::TASK_ERROR:
      case mesos::TASK_LOST:
      case mesos::TASK_DROPPED:
      case mesos::TASK_GONE:
      case mesos::TASK_GONE_BY_OPERATOR:
      case mesos::TASK_UNKNOWN:
        break;
    }
    if (tasks_.erase(status.task_id().value()) > 0) driver->reviveOffers();
  }

  void error(mesos::SchedulerDriver*, const std::string& message) override {
    std::fprintf(stderr, "long_lived_framework: %s\n", message.c_str());
  }

  bool InTime() const {
    return settings_.duration == 0 || examples::Seconds() - start_ < settings_.duration;
  }

 private:
  const Settings settings_;
  const examples::Scalars each_;
  const double start_;

  std::mutex mutex_;
  int launched_ = 0;
  std::map<std::string, std::string> tasks_;  // that run, with their agents
};

}  // namespace

int main(int argc, char** argv) {
  examples::Runner runner;
  Settings settings;
  examples::Options options("long_lived_framework",
                            "Keeps a number of tasks running until it is interrupted.");
  options.Add("master", &settings.master, "The master, as host:port");
  options.Add("name", &settings.name, "The framework's name");
  options.Add("role", &settings.role, "The role whose resources it uses");
  options.Add("tasks", &settings.tasks, "How many tasks to keep running");
  options.Add("command", &settings.command, "What each task runs, as a shell command");
  options.Add("resources", &settings.resources, "What each task takes");
  options.Add("duration", &settings.duration, "End after so many seconds; 0: never");
  options.Add("failover_timeout", &settings.failover_timeout,
              "For how many seconds the master keeps the tasks when this is gone");
  if (std::optional<int> code = options.Parse(argc, argv)) return *code;
  examples::Scalars each;
  if (!examples::ParseScalars(settings.resources, &each)) {
    return options.Fail("--resources", "cannot be '" + settings.resources + "'");
  }

  mesos::FrameworkInfo framework;
  framework.set_user("");
  framework.set_name(settings.name);
  framework.set_checkpoint(true);
  framework.set_failover_timeout(settings.failover_timeout);
  framework.add_roles(settings.role);
  framework.add_capabilities()->set_type(mesos::FrameworkInfo::Capability::MULTI_ROLE);
  framework.add_capabilities()->set_type(mesos::FrameworkInfo::Capability::PARTITION_AWARE);

  LongLived scheduler(settings, each);
  mesos::MesosSchedulerDriver driver(&scheduler, framework, settings.master);
  runner.Every(std::chrono::milliseconds(200), [&] {
    if (!scheduler.InTime()) driver.stop();
  });
  const mesos::Status status = runner.Run(driver, [&] { driver.stop(); });
  return status == mesos::DRIVER_STOPPED ? 0 : 1;
}
