#include "cli/execute_scheduler.h"

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/exit_status.h"
#include "cli/offer_fit.h"
#include "common/messages/task_state.h"
#include "common/resources/resource_set.h"

namespace mesos::cli {
namespace {

// What reconciliation tells of a command that ended has no exit status; the agent's own update,
// which comes until it is acknowledged, has.
bool EndStillToCome(const TaskStatus& status) {
  const bool ended = status.state() == TASK_FINISHED || status.state() == TASK_FAILED ||
                     status.state() == TASK_KILLED;
  return ended && !status.has_uuid() && status.reason() == TaskStatus::REASON_RECONCILIATION;
}

}  // namespace

ExecuteScheduler::ExecuteScheduler(const ExecutePlan& plan, const Options& options,
                                   std::ostream& out)
    : options_(options),
      role_(plan.framework.roles(0)),
      out_(out),
      waiting_(plan.tasks.begin(), plan.tasks.end()) {}

void ExecuteScheduler::Cancel(SchedulerDriver* driver, int exit_status, const std::string& reason) {
  MutexLock lock(mutex_);
  if (std::exchange(cancelled_, true)) return;
  out_ << reason << std::endl;
  Fail(exit_status);
  waiting_.clear();
  for (const auto& [id, task] : running_) {
    TaskID task_id;
    task_id.set_value(id);
    driver->killTask(task_id);
  }
  if (running_.empty()) driver->stop();
}

void ExecuteScheduler::Tick(SchedulerDriver* driver, absl::Time now) {
  MutexLock lock(mutex_);
  for (auto& [id, task] : running_) {
    if (now < task.kill_at) continue;
    task.kill_at = absl::InfiniteFuture();
    out_ << "Killing task '" << id << "' after " << absl::FormatDuration(options_.kill_after)
         << std::endl;
    TaskID task_id;
    task_id.set_value(id);
    driver->killTask(task_id);
  }
}

std::string ExecuteScheduler::WhatIsMissing() const {
  MutexLock lock(mutex_);
  if (!registered_) return "the master does not answer yet";
  if (waiting_.empty() || !running_.empty()) return "";
  auto wanted = ResourceSet::FromProto(waiting_.front().resources());
  const std::string text = wanted.ok() ? wanted->ToString() : "resources";
  return absl::StrCat(offered_ ? "no offer was large enough for " : "no offer has come for ", text);
}

int ExecuteScheduler::exit_status() const {
  MutexLock lock(mutex_);
  // Ended before its tasks did: only by an error, which has set a status of its own.
  return exit_status_ == 0 && !(waiting_.empty() && running_.empty()) ? 1 : exit_status_;
}

void ExecuteScheduler::registered(SchedulerDriver*, const FrameworkID& id, const MasterInfo&) {
  MutexLock lock(mutex_);
  registered_ = true;
  framework_id_ = id.value();
  out_ << "Subscribed with ID " << id.value() << std::endl;
}

void ExecuteScheduler::reregistered(SchedulerDriver* driver, const MasterInfo&) {
  MutexLock lock(mutex_);
  registered_ = true;
  out_ << "Subscribed again" << std::endl;
  std::vector<TaskStatus> statuses;
  for (const auto& [id, task] : running_) {
    TaskStatus& status = statuses.emplace_back();
    status.mutable_task_id()->set_value(id);
    *status.mutable_agent_id() = task.agent_id;
    status.set_state(TASK_STAGING);
  }
  if (!statuses.empty()) driver->reconcileTasks(statuses);
}

void ExecuteScheduler::disconnected(SchedulerDriver*) {
  MutexLock lock(mutex_);
  registered_ = false;
  out_ << "The master is gone; waiting for it" << std::endl;
}

void ExecuteScheduler::resourceOffers(SchedulerDriver* driver, const std::vector<Offer>& offers) {
  MutexLock lock(mutex_);
  for (const auto& offer : offers) {
    auto left = ResourceSet::FromProto(offer.resources());
    if (!left.ok()) {
      driver->declineOffer(offer.id());
      continue;
    }
    offered_ = true;
    ResourceSet free = left->Unallocated();
    std::vector<TaskInfo> tasks;
    while (!waiting_.empty()) {
      auto wanted = ResourceSet::FromProto(waiting_.front().resources());
      if (!wanted.ok()) break;
      const std::optional<ResourceSet> taken = FitToOffer(*wanted, free, role_);
      if (!taken.has_value()) break;
      free -= *taken;
      tasks.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
      tasks.back().clear_resources();
      taken->ToProto(tasks.back().mutable_resources());
      *tasks.back().mutable_agent_id() = offer.agent_id();
      running_[tasks.back().task_id().value()].agent_id = offer.agent_id();
      out_ << "Submitted task '" << tasks.back().task_id().value() << "' to agent '"
           << offer.agent_id().value() << "'\n";
      Follow(tasks.back(), offer);
    }
    out_.flush();
    if (tasks.empty()) {
      driver->declineOffer(offer.id());
    } else {
      driver->launchTasks(offer.id(), tasks);
    }
  }
  if (waiting_.empty()) driver->suppressOffers();
}

// By the virtual path of its sandbox: the run that this launch makes is the newest of its executor.
void ExecuteScheduler::Follow(const TaskInfo& task, const Offer& offer) {
  if (options_.follower == nullptr) return;
  const auto& address = offer.url().address();
  const std::string& host = address.has_ip() ? address.ip() : address.hostname();
  const std::string& executor =
      task.has_executor() ? task.executor().executor_id().value() : task.task_id().value();
  options_.follower->Follow(
      task.task_id().value(),
      {.agent = absl::StrContains(host, ':') ? absl::StrCat("[", host, "]:", address.port())
                                             : absl::StrCat(host, ":", address.port()),
       .sandbox =
           absl::StrCat("/frameworks/", framework_id_, "/executors/", executor, "/runs/latest")});
}

void ExecuteScheduler::statusUpdate(SchedulerDriver* driver, const TaskStatus& status) {
  MutexLock lock(mutex_);
  const std::string& id = status.task_id().value();
  out_ << "Received status update " << TaskState_Name(status.state()) << " for task '" << id
       << "'\n";
  if (!status.message().empty()) out_ << "  message: '" << status.message() << "'\n";
  if (status.has_source()) out_ << "  source: " << TaskStatus::Source_Name(status.source()) << "\n";
  if (status.has_reason()) out_ << "  reason: " << TaskStatus::Reason_Name(status.reason()) << "\n";
  if (status.has_healthy()) out_ << "  healthy?: " << status.healthy() << "\n";
  out_.flush();
  auto it = running_.find(id);
  if (it == running_.end()) return;
  if (IsTerminal(status.state()) && !EndStillToCome(status)) {
    Ended(driver, status);
  } else if (status.state() == TASK_RUNNING && options_.kill_after != absl::InfiniteDuration() &&
             it->second.kill_at == absl::InfiniteFuture()) {
    it->second.kill_at = absl::Now() + options_.kill_after;
  }
}

void ExecuteScheduler::Ended(SchedulerDriver* driver, const TaskStatus& status) {
  running_.erase(status.task_id().value());
  if (options_.follower != nullptr) options_.follower->Ended(status.task_id().value());
  Fail(ExitStatus(status));
  if (running_.empty() && waiting_.empty()) driver->stop();
}

void ExecuteScheduler::Fail(int exit_status) {
  if (exit_status_ == 0) exit_status_ = exit_status;
}

void ExecuteScheduler::callRejected(SchedulerDriver*, v1::scheduler::Call::Type type,
                                    const std::string& message) {
  MutexLock lock(mutex_);
  out_ << "The master refused " << v1::scheduler::Call::Type_Name(type) << ": " << message
       << std::endl;
}

void ExecuteScheduler::error(SchedulerDriver*, const std::string& message) {
  MutexLock lock(mutex_);
  out_ << "Error: " << message << std::endl;
  Fail(1);
}

}  // namespace mesos::cli
