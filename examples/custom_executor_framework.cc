// Runs tasks in an executor of its own (example_executor) and talks with it in both directions.
// Half of the tasks are ended by a message, half are killed. Exits 0 where everything came as it
// should.
#include <mesos/scheduler.h>
#include <unistd.h>

#include <climits>
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
  std::string name = "custom-executor";
  std::string role = "*";
  std::string executor;
  std::string resources = "cpus:0.1;mem:32";
  int tasks = 4;
  int timeout = 60;
  int hold = 0;
  bool checkpoint = true;
};

class CustomExecutor : public mesos::Scheduler {
 public:
  CustomExecutor(const Settings& settings, const examples::Scalars& each)
      : settings_(settings), each_(each), start_(examples::Seconds()) {}

  void registered(mesos::SchedulerDriver*, const mesos::FrameworkID&,
                  const mesos::MasterInfo&) override {}

  void resourceOffers(mesos::SchedulerDriver* driver,
                      const std::vector<mesos::Offer>& offers) override {
    std::lock_guard lock(mutex_);
    for (const auto& offer : offers) {
      examples::Scalars left = examples::ScalarsOf(offer.resources());
      const bool has_executor = executors_.count(offer.agent_id().value()) > 0;
      if (!has_executor && !left.Take(executor_resources())) {
        driver->declineOffer(offer.id());
        continue;
      }
      std::vector<mesos::TaskInfo> tasks;
      while (launched_ < settings_.tasks && left.Take(each_)) tasks.push_back(NextTask(offer));
      if (!tasks.empty()) ++executors_[offer.agent_id().value()];
      driver->launchTasks(offer.id(), tasks);
    }
  }

  void statusUpdate(mesos::SchedulerDriver* driver, const mesos::TaskStatus& status) override {
    std::lock_guard lock(mutex_);
    const std::string& id = status.task_id().value();
    std::printf("%s %s %s\n", id.c_str(), mesos::TaskState_Name(status.state()).c_str(),
                status.message().c_str());
    std::fflush(stdout);
    auto it = tasks_.find(id);
    if (it == tasks_.end() || it->second.ended) return;
    Task& task = it->second;
    if (status.state() == mesos::TASK_RUNNING) {
      if (status.data() != "data of " + id) Differ(id + ": the data of the task did not come back");
      task.running = true;
      task.ping_at = examples::Seconds() + settings_.hold;
      if (settings_.hold == 0) Ping(driver, task, id);
    } else if (status.state() != mesos::TASK_STARTING && status.state() != mesos::TASK_STAGING &&
               status.state() != mesos::TASK_KILLING) {
      task.ended = true;
      if (status.state() != task.expected) {
        Differ(id + " ended in " + mesos::TaskState_Name(status.state()));
      }
      if (!task.answered) Differ(id + " ended before its executor answered");
      if (++ended_ == settings_.tasks) driver->stop();
    }
  }

  // The executor answered: now the task can be ended.
  void frameworkMessage(mesos::SchedulerDriver* driver, const mesos::ExecutorID& executor,
                        const mesos::AgentID& agent, const std::string& data) override {
    std::lock_guard lock(mutex_);
    std::printf("message from %s: %s\n", executor.value().c_str(), data.c_str());
    if (data.rfind("pong ", 0) != 0) return Differ("the executor said '" + data + "'");
    const std::string id = data.substr(5);
    auto it = tasks_.find(id);
    if (it == tasks_.end()) return Differ("the executor answered for '" + id + "'");
    it->second.answered = true;
    if (it->second.expected == mesos::TASK_FINISHED) {
      driver->sendFrameworkMessage(executor, agent, "finish " + id);
    } else {
      mesos::TaskID task_id;
      task_id.set_value(id);
      driver->killTask(task_id);
    }
  }

  void executorLost(mesos::SchedulerDriver*, const mesos::ExecutorID& executor,
                    const mesos::AgentID&, int status) override {
    std::lock_guard lock(mutex_);
    Differ("executor " + executor.value() + " was lost with status " + std::to_string(status));
  }

  void error(mesos::SchedulerDriver*, const std::string& message) override {
    std::lock_guard lock(mutex_);
    Differ("error(): " + message);
  }

  // Messages are best effort: who got no answer is asked again. Says whether there is still time.
  bool Again(mesos::SchedulerDriver& driver) {
    std::lock_guard lock(mutex_);
    for (auto& [id, task] : tasks_) {
      const bool due = task.running && examples::Seconds() >= task.ping_at;
      if (due && !task.answered && !task.ended) Ping(&driver, task, id);
    }
    return examples::Seconds() - start_ < settings_.timeout;
  }

  int Report() {
    std::lock_guard lock(mutex_);
    if (ended_ != settings_.tasks) {
      Differ(std::to_string(ended_) + " of " + std::to_string(settings_.tasks) + " tasks ended");
    }
    for (const auto& difference : differences_) std::printf("DIFFERS %s\n", difference.c_str());
    std::printf("%d tasks in %zu executors: %s\n", ended_, executors_.size(),
                differences_.empty() ? "all as it should be" : "not as it should be");
    return differences_.empty() ? 0 : 1;
  }

 private:
  struct Task {
    mesos::AgentID agent_id;
    mesos::TaskState expected = mesos::TASK_FINISHED;
    double ping_at = 0;
    bool running = false;
    bool answered = false;
    bool ended = false;
  };

  static examples::Scalars executor_resources() {
    examples::Scalars scalars;
    scalars.Add("cpus", 0.1);
    scalars.Add("mem", 32);
    return scalars;
  }

  mesos::TaskInfo NextTask(const mesos::Offer& offer) {
    mesos::TaskInfo task;
    const std::string id = "custom-" + std::to_string(launched_++);
    task.set_name(id);
    task.mutable_task_id()->set_value(id);
    *task.mutable_agent_id() = offer.agent_id();
    task.set_data("data of " + id);
    each_.AppendTo(task.mutable_resources());
    auto* executor = task.mutable_executor();
    executor->set_type(mesos::ExecutorInfo::CUSTOM);
    executor->mutable_executor_id()->set_value("example");
    executor->set_name("Example executor");
    executor->mutable_command()->set_value(settings_.executor);
    executor->mutable_command()->set_shell(false);
    executor->mutable_command()->add_arguments("example_executor");
    *executor->mutable_framework_id() = offer.framework_id();
    executor_resources().AppendTo(executor->mutable_resources());
    Task& entry = tasks_[id];
    entry.agent_id = offer.agent_id();
    entry.expected = launched_ % 2 == 0 ? mesos::TASK_KILLED : mesos::TASK_FINISHED;
    return task;
  }

  static void Ping(mesos::SchedulerDriver* driver, const Task& task, const std::string& id) {
    mesos::ExecutorID executor;
    executor.set_value("example");
    driver->sendFrameworkMessage(executor, task.agent_id, "ping " + id);
  }

  void Differ(const std::string& what) { differences_.push_back(what); }

  const Settings settings_;
  const examples::Scalars each_;
  const double start_;

  std::mutex mutex_;
  int launched_ = 0;
  int ended_ = 0;
  std::map<std::string, Task> tasks_;
  std::map<std::string, int> executors_;  // agents that run one
  std::vector<std::string> differences_;
};

// Of the program beside this one.
std::string DefaultExecutor() {
  char path[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof(path));
  if (length <= 0) return "example_executor";
  const std::string self(path, static_cast<size_t>(length));
  return self.substr(0, self.rfind('/') + 1) + "example_executor";
}

}  // namespace

int main(int argc, char** argv) {
  examples::Runner runner;
  Settings settings;
  settings.executor = DefaultExecutor();
  examples::Options options("custom_executor_framework",
                            "Runs tasks in an executor of its own and talks with it.");
  options.Add("master", &settings.master, "The master, as host:port");
  options.Add("name", &settings.name, "The framework's name");
  options.Add("role", &settings.role, "The role whose resources it uses");
  options.Add("executor", &settings.executor, "Where example_executor is on the agents");
  options.Add("tasks", &settings.tasks, "How many tasks to launch");
  options.Add("resources", &settings.resources, "What each task takes");
  options.Add("checkpoint", &settings.checkpoint, "Let tasks outlive their agent's process");
  options.Add("hold", &settings.hold, "For how many seconds tasks run before they are told to end");
  options.Add("timeout", &settings.timeout, "After how many seconds to give up");
  if (std::optional<int> code = options.Parse(argc, argv)) return *code;
  examples::Scalars each;
  if (!examples::ParseScalars(settings.resources, &each)) {
    return options.Fail("--resources", "cannot be '" + settings.resources + "'");
  }

  mesos::FrameworkInfo framework;
  framework.set_user("");
  framework.set_name(settings.name);
  framework.set_checkpoint(settings.checkpoint);
  framework.add_roles(settings.role);
  framework.add_capabilities()->set_type(mesos::FrameworkInfo::Capability::MULTI_ROLE);

  CustomExecutor scheduler(settings, each);
  mesos::MesosSchedulerDriver driver(&scheduler, framework, settings.master);
  runner.Every(std::chrono::milliseconds(1000), [&] {
    if (!scheduler.Again(driver)) driver.stop();
  });
  runner.Run(driver, [&] { driver.stop(); });
  return scheduler.Report();
}
