// A framework that survives its own death: it writes down what it does and hears, and its next
// instance takes over under the same id, reconciles, and goes on.
//
//   surviving_framework --master=... --directory=DIR [--rate=3]
//
// In DIR: `journal` (journal.h; entries: instance, framework, registered, reregistered,
// disconnected, launch TASK AGENT CODE KILL, update TASK STATE REASON SOURCE UUID, error,
// rejected), `runs/TASK` to which each task appends "start" and "end CODE", and `drain`, which the
// test makes to end the launching. It runs until it is killed; an error() ends it with status 1.
#include <mesos/scheduler.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "examples/measure.h"
#include "examples/options.h"
#include "examples/resources.h"
#include "examples/runner.h"
#include "examples/update_checker.h"
#include "tests/e2e/faults/journal.h"

namespace {

using mesos::e2e::Journal;

constexpr double kReconcileInterval = 2;
constexpr char kResources[] = "cpus:0.2;mem:32";

struct Settings {
  std::string master = "localhost:5050";
  std::string directory;
  int rate = 3;
};

std::string Hex(const std::string& bytes) {
  std::string text;
  for (const unsigned char byte : bytes) {
    char digits[3];
    std::snprintf(digits, sizeof(digits), "%02x", byte);
    text += digits;
  }
  return text;
}

// What a task does follows from its number, so that every length and end comes by and by.
struct Plan {
  double seconds;
  int code;
  bool kill;  // once it runs: it would take long

  static Plan Of(int number) {
    const unsigned mixed = static_cast<unsigned>(number) * 2654435761u >> 8;
    const unsigned kind = mixed % 100;
    if (kind < 8) return {60, 0, true};
    const int code = mixed / 100 % 5 == 0 ? 3 : 0;
    const double share = static_cast<double>(mixed / 500 % 100) / 100;
    if (kind < 60) return {0.05 + share * 0.5, code, false};
    if (kind < 90) return {0.5 + share * 3, code, false};
    return {3 + share * 6, code, false};
  }
};

class Surviving : public mesos::Scheduler {
 public:
  explicit Surviving(const Settings& settings)
      : settings_(settings), journal_(settings.directory + "/journal") {
    examples::ParseScalars(kResources, &each_);
    for (const Journal::Entry& entry : Journal::Read(settings.directory + "/journal")) {
      if (entry[0] == "framework" && entry.size() > 1) framework_id_ = entry[1];
      if (entry[0] == "launch" && entry.size() == 5) {
        ++launched_;
        running_[entry[1]] = {entry[2], entry[4] == "kill", false};
      }
      if (entry[0] == "update" && entry.size() > 2) Told(entry[1], StateOf(entry[2]));
    }
    journal_.Write({"instance", std::to_string(getpid())});
  }

  // Of the instance before; empty where there was none.
  const std::string& framework_id() const { return framework_id_; }
  bool failed() const { return failed_; }

  void registered(mesos::SchedulerDriver*, const mesos::FrameworkID& id,
                  const mesos::MasterInfo& master) override {
    std::lock_guard lock(mutex_);
    if (framework_id_.empty()) journal_.Write({"framework", id.value()});
    framework_id_ = id.value();
    journal_.Write({"registered", std::to_string(master.port())});
    connected_ = true;
    reconciled_ = 0;
  }

  void reregistered(mesos::SchedulerDriver*, const mesos::MasterInfo& master) override {
    std::lock_guard lock(mutex_);
    journal_.Write({"reregistered", std::to_string(master.port())});
    connected_ = true;
    reconciled_ = 0;
  }

  void disconnected(mesos::SchedulerDriver*) override {
    std::lock_guard lock(mutex_);
    journal_.Write({"disconnected"});
    connected_ = false;
  }

  void resourceOffers(mesos::SchedulerDriver* driver,
                      const std::vector<mesos::Offer>& offers) override {
    std::lock_guard lock(mutex_);
    mesos::Filters filters;
    filters.set_refuse_seconds(0.3);
    // Not always the same agent first.
    const size_t first = offers.empty() ? 0 : launched_ % offers.size();
    for (size_t i = 0; i < offers.size(); ++i) {
      const mesos::Offer& offer = offers[(first + i) % offers.size()];
      std::vector<mesos::TaskInfo> tasks;
      examples::Scalars left = examples::ScalarsOf(offer.resources());
      while (due_ >= 1 && tasks.size() < 2 && left.Take(each_)) {
        --due_;
        tasks.push_back(NextTask(offer.agent_id()));
      }
      driver->launchTasks(offer.id(), tasks, filters);
    }
  }

  void statusUpdate(mesos::SchedulerDriver* driver, const mesos::TaskStatus& status) override {
    std::lock_guard lock(mutex_);
    journal_.Write({"update", status.task_id().value(), mesos::TaskState_Name(status.state()),
                    status.has_reason() ? mesos::TaskStatus::Reason_Name(status.reason()) : "",
                    mesos::TaskStatus::Source_Name(status.source()), Hex(status.uuid())});
    Told(status.task_id().value(), status.state());
    driver->acknowledgeStatusUpdate(status);
  }

  void callRejected(mesos::SchedulerDriver*, mesos::v1::scheduler::Call::Type type,
                    const std::string& message) override {
    std::lock_guard lock(mutex_);
    journal_.Write({"rejected", mesos::v1::scheduler::Call::Type_Name(type), message});
  }

  void error(mesos::SchedulerDriver*, const std::string& message) override {
    std::lock_guard lock(mutex_);
    journal_.Write({"error", message});
    failed_ = true;
  }

  // A few times a second: kills what is to be killed, and asks for what has not ended.
  void Tick(mesos::SchedulerDriver& driver) {
    std::lock_guard lock(mutex_);
    const double now = examples::Seconds();
    const bool drain = std::filesystem::exists(settings_.directory + "/drain");
    // What could not be launched while nobody was there is not made up for.
    due_ = drain ? 0 : std::min(due_ + (now - ticked_) * settings_.rate, 4.0);
    ticked_ = now;
    if (!connected_ || now - reconciled_ < kReconcileInterval) return;
    reconciled_ = now;
    std::vector<mesos::TaskStatus> statuses;
    for (const auto& [id, task] : running_) {
      mesos::TaskStatus status;
      status.mutable_task_id()->set_value(id);
      status.mutable_agent_id()->set_value(task.agent);
      status.set_state(mesos::TASK_STAGING);
      statuses.push_back(status);
      if (task.kill && task.runs) driver.killTask(status.task_id());
    }
    if (!statuses.empty()) driver.reconcileTasks(statuses);
  }

 private:
  struct Task {
    std::string agent;
    bool kill;
    bool runs;
  };

  static mesos::TaskState StateOf(const std::string& name) {
    mesos::TaskState state = mesos::TASK_UNKNOWN;
    mesos::v1::TaskState_Parse(name, &state);
    return state;
  }

  void Told(const std::string& id, mesos::TaskState state) {
    const auto it = running_.find(id);
    if (it == running_.end()) return;
    if (state == mesos::TASK_RUNNING) it->second.runs = true;
    if (examples::IsTerminal(state)) running_.erase(it);
  }

  mesos::TaskInfo NextTask(const mesos::AgentID& agent) {
    const Plan plan = Plan::Of(launched_);
    const std::string id = "task-" + std::to_string(launched_++);
    mesos::TaskInfo task;
    task.set_name(id);
    task.mutable_task_id()->set_value(id);
    *task.mutable_agent_id() = agent;
    const std::string run = settings_.directory + "/runs/" + id;
    task.mutable_command()->set_value(
        "echo start >> " + run + "; sleep " + std::to_string(plan.seconds) + "; echo end " +
        std::to_string(plan.code) + " >> " + run + "; exit " + std::to_string(plan.code));
    each_.AppendTo(task.mutable_resources());
    journal_.Write(
        {"launch", id, agent.value(), std::to_string(plan.code), plan.kill ? "kill" : "end"});
    running_[id] = {agent.value(), plan.kill, false};
    return task;
  }

  const Settings settings_;
  examples::Scalars each_;

  std::mutex mutex_;
  Journal journal_;
  std::string framework_id_;
  bool connected_ = false;
  bool failed_ = false;
  int launched_ = 0;
  double due_ = 0;  // tasks that may be launched now
  double ticked_ = examples::Seconds();
  double reconciled_ = 0;
  std::map<std::string, Task> running_;  // as far as was told
};

}  // namespace

int main(int argc, char** argv) {
  examples::Runner runner;
  Settings settings;
  examples::Options options("surviving_framework",
                            "Launches tasks without end, over its own death and everyone else's.");
  options.Add("master", &settings.master, "The master, as host:port or zk://host:port,.../path");
  options.Add("directory", &settings.directory, "Where the journal stands");
  options.Add("rate", &settings.rate, "How many tasks to launch a second");
  if (std::optional<int> code = options.Parse(argc, argv)) return *code;
  if (settings.directory.empty()) return options.Fail("--directory", "is needed");
  std::filesystem::create_directories(settings.directory + "/runs");

  Surviving scheduler(settings);
  mesos::FrameworkInfo framework;
  framework.set_user("");
  framework.set_name("surviving");
  framework.set_checkpoint(true);
  framework.set_failover_timeout(24 * 3600);
  framework.add_roles("*");
  framework.mutable_id()->set_value(scheduler.framework_id());
  if (scheduler.framework_id().empty()) framework.clear_id();
  for (const auto capability : {mesos::FrameworkInfo::Capability::MULTI_ROLE,
                                mesos::FrameworkInfo::Capability::PARTITION_AWARE,
                                mesos::FrameworkInfo::Capability::TASK_KILLING_STATE}) {
    framework.add_capabilities()->set_type(capability);
  }
  mesos::MesosSchedulerDriver driver(&scheduler, framework, settings.master,
                                     /*implicit_acknowledgements=*/false);
  runner.Every(std::chrono::milliseconds(100), [&] { scheduler.Tick(driver); });
  runner.Run(driver, [&] { driver.stop(/*failover=*/true); });
  return scheduler.failed() ? 1 : 0;
}
