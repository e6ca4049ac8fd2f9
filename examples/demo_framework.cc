// Launches real tasks across the agents of a cluster, shows progress while they run, and measures
// them.
#include <mesos/scheduler.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "examples/measure.h"
#include "examples/options.h"
#include "examples/resources.h"
#include "examples/runner.h"

namespace {

using examples::Seconds;

struct Settings {
  std::string master = "localhost:5050";
  std::string name = "demo";
  std::string role = "*";
  std::string command = "echo \"hello from $(hostname)\"; sleep 0.1";
  std::string resources = "cpus:0.1;mem:32";
  int tasks = 100;
  int agents = 1;
  int timeout = 300;
};

class Demo : public mesos::Scheduler {
 public:
  Demo(const Settings& settings, const examples::Scalars& each)
      : settings_(settings), each_(each), start_(Seconds()) {}

  void registered(mesos::SchedulerDriver*, const mesos::FrameworkID& id,
                  const mesos::MasterInfo& master) override {
    std::printf("registered as %s with the master at %s:%d\n", id.value().c_str(),
                master.address().ip().c_str(), master.address().port());
  }

  void resourceOffers(mesos::SchedulerDriver* driver,
                      const std::vector<mesos::Offer>& offers) override {
    std::lock_guard lock(mutex_);
    for (const auto& offer : offers) agents_seen_.insert(offer.agent_id().value());
    for (const auto& offer : offers) {
      const std::string& agent = offer.agent_id().value();
      hostnames_[agent] = offer.hostname() + " (" + agent.substr(agent.rfind('-') + 1) + ")";
      std::vector<mesos::TaskInfo> tasks;
      examples::Scalars left = examples::ScalarsOf(offer.resources());
      while (launched_ < settings_.tasks && launched_on_[agent] < Share() && left.Take(each_)) {
        tasks.push_back(NextTask(offer));
      }
      mesos::Filters filters;
      filters.set_refuse_seconds(launched_ < settings_.tasks ? 0.1 : 3600);
      if (tasks.empty()) {
        driver->declineOffer(offer.id(), filters);
      } else {
        driver->launchTasks(offer.id(), tasks, filters);
      }
    }
    if (launched_ == settings_.tasks) driver->suppressOffers();
  }

  void statusUpdate(mesos::SchedulerDriver* driver, const mesos::TaskStatus& status) override {
    std::lock_guard lock(mutex_);
    auto it = tasks_.find(status.task_id().value());
    if (it == tasks_.end() || it->second.ended) return;
    Task& task = it->second;
    if (status.state() == mesos::TASK_RUNNING && !task.running) {
      task.running = true;
      to_running_.Add(Seconds() - task.launched_at);
    }
    switch (status.state()) {
      case mesos::TASK_STAGING:
      case mesos::TASK_STARTING:
      case mesos::TASK_RUNNING:
      case mesos::TASK_KILLING:
      case mesos::TASK_UNREACHABLE:
        task.state = status.state();
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
    task.state = status.state();
    task.ended = true;
    ++ended_;
    if (status.state() != mesos::TASK_FINISHED && problems_++ < 5) {
      std::printf("\n%s: %s: %s\n", it->first.c_str(),
                  mesos::TaskState_Name(status.state()).c_str(), status.message().c_str());
    }
    if (ended_ == settings_.tasks) {
      end_ = Seconds();
      driver->stop();
    }
  }

  void disconnected(mesos::SchedulerDriver*) override {
    std::printf("\nthe master is gone; waiting for it\n");
  }

  void error(mesos::SchedulerDriver*, const std::string& message) override {
    std::fprintf(stderr, "demo_framework: %s\n", message.c_str());
  }

  // Prints how far it is; says whether there is still time.
  bool Progress() {
    std::lock_guard lock(mutex_);
    int running = 0;
    for (const auto& [id, task] : tasks_) running += task.running && !task.ended ? 1 : 0;
    std::printf("%slaunched %d of %d, running %d, ended %d, %.1f s%s", isatty(1) ? "\r" : "",
                launched_, settings_.tasks, running, ended_, Seconds() - start_,
                isatty(1) ? "   " : "\n");
    std::fflush(stdout);
    return Seconds() - start_ < settings_.timeout;
  }

  // The exit code: 0 where all tasks finished.
  int Summary() {
    std::lock_guard lock(mutex_);
    std::map<std::string, int> by_state;
    for (const auto& [id, task] : tasks_) ++by_state[mesos::TaskState_Name(task.state)];
    const double seconds =
        (end_ > 0 ? end_ : Seconds()) - (first_launch_ > 0 ? first_launch_ : start_);
    std::printf("%s\n", isatty(1) ? "\n" : "");
    std::printf("tasks by state:");
    for (const auto& [state, count] : by_state) std::printf("  %s %d", state.c_str(), count);
    if (tasks_.empty()) std::printf("  none was launched");
    std::printf("\nlaunch to RUNNING:  p50 %s, p99 %s\n",
                examples::Milliseconds(to_running_.Percentile(50)).c_str(),
                examples::Milliseconds(to_running_.Percentile(99)).c_str());
    std::printf("tasks a second:  %.1f (%d in %.2f s)\n", seconds > 0 ? ended_ / seconds : 0.0,
                ended_, seconds);
    std::printf("tasks by agent:");
    for (const auto& [agent, count] : launched_on_) {
      std::printf("  %s %d", hostnames_[agent].c_str(), count);
    }
    std::printf("\n");
    return by_state["TASK_FINISHED"] == settings_.tasks ? 0 : 1;
  }

 private:
  struct Task {
    double launched_at = 0;
    mesos::TaskState state = mesos::TASK_STAGING;
    bool running = false;
    bool ended = false;
  };

  // Until all agents have shown up each gets no more than its part.
  int Share() const {
    const int agents = std::max(settings_.agents, 1);
    if (static_cast<int>(agents_seen_.size()) >= agents && agents == 1) return settings_.tasks;
    return (settings_.tasks + agents - 1) / agents;
  }

  mesos::TaskInfo NextTask(const mesos::Offer& offer) {
    mesos::TaskInfo task;
    const std::string id = "demo-" + std::to_string(launched_++);
    task.set_name(id);
    task.mutable_task_id()->set_value(id);
    *task.mutable_agent_id() = offer.agent_id();
    task.mutable_command()->set_value(settings_.command);
    each_.AppendTo(task.mutable_resources());
    ++launched_on_[offer.agent_id().value()];
    if (first_launch_ == 0) first_launch_ = Seconds();
    tasks_[id].launched_at = Seconds();
    return task;
  }

  const Settings settings_;
  const examples::Scalars each_;
  const double start_;

  std::mutex mutex_;
  int launched_ = 0;
  int ended_ = 0;
  int problems_ = 0;
  double first_launch_ = 0;
  double end_ = 0;
  std::map<std::string, Task> tasks_;
  std::set<std::string> agents_seen_;
  std::map<std::string, int> launched_on_;
  std::map<std::string, std::string> hostnames_;
  examples::Latencies to_running_;
};

}  // namespace

int main(int argc, char** argv) {
  examples::Runner runner;
  Settings settings;
  examples::Options options("demo_framework",
                            "Launches tasks across the agents of a cluster and measures them.");
  options.Add("master", &settings.master, "The master, as host:port");
  options.Add("name", &settings.name, "The framework's name");
  options.Add("role", &settings.role, "The role whose resources it uses");
  options.Add("tasks", &settings.tasks, "How many tasks to launch");
  options.Add("agents", &settings.agents, "Across how many agents to spread them evenly");
  options.Add("command", &settings.command, "What each task runs, as a shell command");
  options.Add("resources", &settings.resources, "What each task takes");
  options.Add("timeout", &settings.timeout, "After how many seconds to give up");
  if (std::optional<int> code = options.Parse(argc, argv)) return *code;
  examples::Scalars each;
  if (!examples::ParseScalars(settings.resources, &each)) {
    return options.Fail("--resources", "cannot be '" + settings.resources + "'");
  }
  if (settings.tasks == 0) return options.Fail("--tasks", "cannot be 0");

  mesos::FrameworkInfo framework;
  framework.set_user("");
  framework.set_name(settings.name);
  framework.add_roles(settings.role);
  framework.add_capabilities()->set_type(mesos::FrameworkInfo::Capability::MULTI_ROLE);

  Demo demo(settings, each);
  mesos::MesosSchedulerDriver driver(&demo, framework, settings.master);
  runner.Every(std::chrono::milliseconds(isatty(1) ? 100 : 1000), [&] {
    if (demo.Progress()) return;
    std::fprintf(stderr, "\ndemo_framework: not done after %d s\n", settings.timeout);
    driver.stop();
  });
  const mesos::Status status = runner.Run(driver, [&] { driver.stop(); });
  const int code = demo.Summary();
  if (runner.interrupted()) return 130;
  return status == mesos::DRIVER_STOPPED ? code : 1;
}
