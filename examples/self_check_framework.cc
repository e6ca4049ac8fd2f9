// Launches tasks and holds every offer and update against what Mesos promises: exits 0, or says
// what differs.
#include <mesos/scheduler.h>

#include <cstdio>
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

namespace {

struct Settings {
  std::string master = "localhost:5050";
  std::string name = "self-check";
  std::string role = "*";
  std::string command = "true";
  std::string resources = "cpus:0.1;mem:32";
  std::string expect = "TASK_FINISHED";
  int tasks = 50;
  int concurrency = 0;
  int agents = 1;
  int timeout = 60;
  bool explicit_acknowledgements = false;
  bool exclusive = false;
  bool shell = true;
};

// A task of this name is never launched: what the master says of it comes after what it says of the
// rest.
constexpr char kMarker[] = "self-check-marker";

class SelfCheck : public mesos::Scheduler {
 public:
  SelfCheck(const Settings& settings, const examples::Scalars& each, mesos::TaskState expected)
      : settings_(settings),
        each_(each),
        prefix_("check-" + std::to_string(getpid()) + "-"),
        start_(examples::Seconds()),
        checker_(expected, settings.exclusive) {}

  void registered(mesos::SchedulerDriver*, const mesos::FrameworkID& id,
                  const mesos::MasterInfo&) override {
    std::lock_guard lock(mutex_);
    checker_.set_framework_id(id.value());
    if (std::exchange(registered_, true)) Differ("registered() came twice");
    if (id.value().empty()) Differ("the framework's id is empty");
  }

  void reregistered(mesos::SchedulerDriver*, const mesos::MasterInfo&) override {
    std::lock_guard lock(mutex_);
    checker_.Reconnected();
    std::printf("reregistered\n");
  }

  void disconnected(mesos::SchedulerDriver*) override { std::printf("disconnected\n"); }

  void resourceOffers(mesos::SchedulerDriver* driver,
                      const std::vector<mesos::Offer>& offers) override {
    std::lock_guard lock(mutex_);
    if (!registered_) Differ("an offer came before registered()");
    for (const auto& offer : offers) checker_.Offered(offer);
    for (const auto& offer : offers) Use(driver, offer);
    FinishWhenReturned(driver);
  }

  void offerRescinded(mesos::SchedulerDriver*, const mesos::OfferID& id) override {
    std::lock_guard lock(mutex_);
    checker_.OfferGone(id.value());
    held_.erase(id.value());
  }

  void statusUpdate(mesos::SchedulerDriver* driver, const mesos::TaskStatus& status) override {
    std::lock_guard lock(mutex_);
    if (status.task_id().value() == kMarker) {
      marker_came_ = true;
      if (status.reason() != mesos::TaskStatus::REASON_RECONCILIATION) {
        Differ("an unknown task is reconciled with reason " +
               mesos::TaskStatus::Reason_Name(status.reason()));
      }
      if (!status.uuid().empty()) Differ("an answer to reconciliation carries a uuid");
      BeginReturn(driver);
      return;
    }
    if (status.reason() == mesos::TaskStatus::REASON_RECONCILIATION) {
      Differ("task '" + status.task_id().value() +
             "' ended and was acknowledged, but the master still " + "knows it as " +
             mesos::TaskState_Name(status.state()));
      return;
    }
    if (settings_.explicit_acknowledgements) driver->acknowledgeStatusUpdate(status);
    ++updates_;
    const auto launched = running_.find(status.task_id().value());
    if (status.state() == mesos::TASK_RUNNING && launched != running_.end()) {
      to_running_.Add(examples::Seconds() - launched->second);
    }
    if (!checker_.Updated(status)) return;
    running_.erase(status.task_id().value());
    if (++ended_ == settings_.tasks) {
      seconds_ = examples::Seconds() - start_;
    } else {
      Retry(driver);
    }
  }

  void error(mesos::SchedulerDriver*, const std::string& message) override {
    std::lock_guard lock(mutex_);
    Differ("error(): " + message);
  }

  void executorLost(mesos::SchedulerDriver*, const mesos::ExecutorID& executor,
                    const mesos::AgentID&, int status) override {
    std::lock_guard lock(mutex_);
    if (status != 0) {
      Differ("executor " + executor.value() + " ended with status " + std::to_string(status));
    }
  }

  void callRejected(mesos::SchedulerDriver*, mesos::v1::scheduler::Call::Type type,
                    const std::string& message) override {
    std::lock_guard lock(mutex_);
    Differ("call " + mesos::v1::scheduler::Call::Type_Name(type) + " was refused: " + message);
  }

  // Once all have ended and the last acknowledgement is on its way (an implicit one goes out after
  // statusUpdate): what was acknowledged is forgotten by the master, so that of all tasks it
  // answers only for the marker.
  void Reconcile(mesos::SchedulerDriver& driver) {
    std::lock_guard lock(mutex_);
    if (ended_ < settings_.tasks || ++ticks_since_end_ != 2) return;
    mesos::TaskStatus marker;
    marker.mutable_task_id()->set_value(kMarker);
    marker.set_state(mesos::TASK_STAGING);
    driver.reconcileTasks({});
    driver.reconcileTasks({marker});
  }

  bool InTime() const { return examples::Seconds() - start_ < settings_.timeout; }

  // Prints what was found; the exit code.
  int Report() {
    std::lock_guard lock(mutex_);
    if (!done_) {
      checker_.CheckAllEnded();
      Differ(
          "not done after " + std::to_string(settings_.timeout) + " s: launched " +
          std::to_string(launched_) + " and ended " + std::to_string(ended_) + " of " +
          std::to_string(settings_.tasks) + " tasks" +
          (ended_ == settings_.tasks && !marker_came_ ? "; reconciliation was not answered" : "") +
          (marker_came_ ? "; the resources did not come back" : ""));
    }
    std::vector<std::string> differences = checker_.differences();
    differences.insert(differences.end(), differences_.begin(), differences_.end());
    for (const auto& difference : differences) std::printf("DIFFERS %s\n", difference.c_str());
    std::printf(
        "%d tasks, %d updates, %.2f s, %.1f tasks a second, launch to RUNNING p50 %s p99 %s: %s\n",
        ended_, updates_, seconds_, seconds_ > 0 ? ended_ / seconds_ : 0.0,
        examples::Milliseconds(to_running_.Percentile(50)).c_str(),
        examples::Milliseconds(to_running_.Percentile(99)).c_str(),
        differences.empty() ? "all as it should be"
                            : (std::to_string(differences.size()) + " differences").c_str());
    return differences.empty() ? 0 : 1;
  }

 private:
  int Free() const {
    const int left = settings_.tasks - launched_;
    if (settings_.concurrency == 0) return left;
    return std::min(left, settings_.concurrency - static_cast<int>(running_.size()));
  }

  // Launches what fits; what cannot be used now is kept until a task ends (so that no filter delays
  // it).
  void Use(mesos::SchedulerDriver* driver, const mesos::Offer& offer) {
    const std::string& agent = offer.agent_id().value();
    agents_.insert(agent);
    if (launched_ == settings_.tasks && settings_.exclusive) return;  // kept, to be summed up
    const bool wait_for_agents = static_cast<int>(agents_.size()) < settings_.agents;
    examples::Scalars left = examples::ScalarsOf(offer.resources());
    std::vector<mesos::TaskInfo> tasks;
    const int share = (settings_.tasks + settings_.agents - 1) / std::max(settings_.agents, 1);
    while (static_cast<int>(tasks.size()) < Free() && left.Contains(each_) &&
           (!wait_for_agents || on_agent_[agent] < share)) {
      left -= each_;
      tasks.push_back(NextTask(offer));
      ++launched_;
      ++on_agent_[agent];
      running_[tasks.back().task_id().value()] = examples::Seconds();
    }
    if (tasks.empty() && launched_ < settings_.tasks) {
      held_[offer.id().value()] = offer;
      return;
    }
    checker_.OfferGone(offer.id().value());
    mesos::Filters filters;
    filters.set_refuse_seconds(0);
    if (tasks.empty()) {
      driver->declineOffer(offer.id());
    } else {
      for (const auto& task : tasks) checker_.Launched(task, offer);
      driver->launchTasks(offer.id(), tasks, filters);
    }
  }

  // A task has ended: what was kept may be of use again.
  void Retry(mesos::SchedulerDriver* driver) {
    if (held_.empty() || Free() <= 0) return;
    const auto held = std::exchange(held_, {});
    for (const auto& [id, offer] : held) Use(driver, offer);
  }

  mesos::TaskInfo NextTask(const mesos::Offer& offer) {
    mesos::TaskInfo task;
    const std::string id = prefix_ + std::to_string(launched_);
    task.set_name(id);
    task.mutable_task_id()->set_value(id);
    *task.mutable_agent_id() = offer.agent_id();
    task.mutable_command()->set_value(settings_.command);
    if (!settings_.shell) {
      task.mutable_command()->set_shell(false);
      task.mutable_command()->add_arguments(settings_.command);
    }
    each_.AppendTo(task.mutable_resources());
    return task;
  }

  void BeginReturn(mesos::SchedulerDriver* driver) {
    if (!settings_.exclusive) {
      done_ = true;
      driver->stop();
      return;
    }
    returning_ = true;
    FinishWhenReturned(driver);
  }

  void FinishWhenReturned(mesos::SchedulerDriver* driver) {
    if (!returning_ || done_ || !checker_.AllReturned()) return;
    done_ = true;
    driver->stop();
  }

  void Differ(const std::string& what) { differences_.push_back(what); }

  const Settings settings_;
  const examples::Scalars each_;
  const std::string prefix_;
  const double start_;

  std::mutex mutex_;
  examples::UpdateChecker checker_;
  std::vector<std::string> differences_;
  bool registered_ = false;
  bool marker_came_ = false;
  bool returning_ = false;
  bool done_ = false;
  int launched_ = 0;
  int ended_ = 0;
  int updates_ = 0;
  int ticks_since_end_ = 0;
  double seconds_ = 0;
  std::map<std::string, double> running_;     // task to its launch
  std::map<std::string, mesos::Offer> held_;  // offers kept for the next tasks
  std::map<std::string, int> on_agent_;
  std::set<std::string> agents_;
  examples::Latencies to_running_;
};

}  // namespace

int main(int argc, char** argv) {
  examples::Runner runner;
  Settings settings;
  examples::Options options(
      "self_check_framework",
      "Launches tasks and checks every offer and update; exits 0, or says what differs.");
  options.Add("master", &settings.master, "The master, as host:port");
  options.Add("name", &settings.name, "The framework's name");
  options.Add("role", &settings.role, "The role whose resources it uses");
  options.Add("tasks", &settings.tasks, "How many tasks to launch");
  options.Add("concurrency", &settings.concurrency, "How many run at a time; 0: as many as fit");
  options.Add("agents", &settings.agents, "Across how many agents to spread them");
  options.Add("command", &settings.command, "What each task runs");
  options.Add("shell", &settings.shell, "Run the command by a shell; else it is a program");
  options.Add("resources", &settings.resources, "What each task takes");
  options.Add("expect", &settings.expect, "The state in which each task is to end");
  options.Add("timeout", &settings.timeout, "After how many seconds to give up");
  options.Add("explicit_acknowledgements", &settings.explicit_acknowledgements,
              "Acknowledge by calls of its own, not by the driver");
  options.Add("exclusive", &settings.exclusive,
              "No other framework is there: check that all resources come back");
  if (std::optional<int> code = options.Parse(argc, argv)) return *code;
  examples::Scalars each;
  if (!examples::ParseScalars(settings.resources, &each)) {
    return options.Fail("--resources", "cannot be '" + settings.resources + "'");
  }
  mesos::TaskState expected;
  if (!mesos::v1::TaskState_Parse(settings.expect, &expected)) {
    return options.Fail("--expect", "cannot be '" + settings.expect + "'");
  }
  if (settings.tasks == 0) return options.Fail("--tasks", "cannot be 0");

  mesos::FrameworkInfo framework;
  framework.set_user("");
  framework.set_name(settings.name);
  framework.set_failover_timeout(60);
  framework.add_roles(settings.role);
  for (auto capability : {mesos::FrameworkInfo::Capability::MULTI_ROLE,
                          mesos::FrameworkInfo::Capability::PARTITION_AWARE,
                          mesos::FrameworkInfo::Capability::TASK_KILLING_STATE}) {
    framework.add_capabilities()->set_type(capability);
  }

  SelfCheck scheduler(settings, each, expected);
  mesos::MesosSchedulerDriver driver(&scheduler, framework, settings.master,
                                     !settings.explicit_acknowledgements);
  runner.Every(std::chrono::milliseconds(20), [&] {
    scheduler.Reconcile(driver);
    if (!scheduler.InTime()) driver.stop();
  });
  runner.Run(driver, [&] { driver.stop(); });
  return scheduler.Report();
}
