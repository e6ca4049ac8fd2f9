#include "tests/sim/ledger.h"

#include <cmath>

#include "absl/strings/str_cat.h"

namespace mesos::sim {
namespace {

constexpr size_t kMaxViolations = 20;

// States that say that nobody knows the task any more, or that its agent is out of reach: a
// reconciliation may add them to any end.
bool SaysUnknown(v1::TaskState state) {
  return state == v1::TASK_GONE || state == v1::TASK_GONE_BY_OPERATOR ||
         state == v1::TASK_UNKNOWN || state == v1::TASK_LOST || state == v1::TASK_DROPPED ||
         state == v1::TASK_UNREACHABLE;
}

}  // namespace

bool IsTerminal(v1::TaskState state) {
  switch (state) {
    case v1::TASK_FINISHED:
    case v1::TASK_FAILED:
    case v1::TASK_KILLED:
    case v1::TASK_ERROR:
    case v1::TASK_LOST:
    case v1::TASK_DROPPED:
    case v1::TASK_GONE:
    case v1::TASK_GONE_BY_OPERATOR:
    case v1::TASK_UNKNOWN:
      return true;
    case v1::TASK_STAGING:
    case v1::TASK_STARTING:
    case v1::TASK_RUNNING:
    case v1::TASK_KILLING:
    case v1::TASK_UNREACHABLE:
      return false;
  }
  return false;
}

std::string Amount::ToString() const {
  return absl::StrCat("cpus:", cpus / 1000.0, ";mem:", mem / 1000.0);
}

Amount AmountOf(const google::protobuf::RepeatedPtrField<v1::Resource>& resources) {
  Amount amount;
  for (const v1::Resource& resource : resources) {
    const int64_t thousandths = std::llround(resource.scalar().value() * 1000);
    if (resource.name() == "cpus") amount.cpus += thousandths;
    if (resource.name() == "mem") amount.mem += thousandths;
  }
  return amount;
}

void Ledger::Violation(const std::string& what) {
  world_.trace().Add(world_.now(), absl::StrCat("VIOLATION ", what));
  if (violations_.size() < kMaxViolations) {
    violations_.push_back(
        absl::StrCat(absl::FormatTime("%H:%M:%E6S ", world_.now(), absl::UTCTimeZone()), what));
  }
}

std::string Ledger::AgentOf(const std::string& machine) const {
  auto it = present_.find(machine);
  return it == present_.end() ? "" : it->second;
}

void Ledger::Launched(const std::string& task, const std::string& framework,
                      const std::string& agent, Amount resources) {
  Task& entry = tasks_[task];
  entry.framework = framework;
  entry.agent = agent;
  entry.resources = resources;
}

void Ledger::KillAsked(const std::string& task) { tasks_[task].kill_asked = true; }

void Ledger::FrameworkRemoved(const std::string& framework) {
  for (auto& [id, task] : tasks_) {
    if (task.framework == framework) task.framework_removed = true;
  }
}

void Ledger::Told(const std::string& id, const v1::TaskStatus& status) {
  auto it = tasks_.find(id);
  if (it == tasks_.end()) {
    Violation(absl::StrCat("an update of task ", id, " that nobody launched"));
    return;
  }
  Task& task = it->second;
  ++task.updates;
  if (status.has_healthy() && !status.healthy() && task.failed_checks == 0) {
    Violation(absl::StrCat("task ", id, " is told unhealthy, but no check of it failed"));
  }
  const std::string name = v1::TaskState_Name(status.state());
  if (!task.terminal_uuid.empty()) {
    const bool same = status.uuid() == task.terminal_uuid;
    // What only reconciliation says has no memory on the agent: it may come again under another
    // uuid.
    const bool reconciled = status.reason() == v1::TaskStatus::REASON_RECONCILIATION &&
                            (status.state() == task.told || SaysUnknown(status.state()));
    if (!same && !reconciled) {
      Violation(
          absl::StrCat("task ", id, " was ", v1::TaskState_Name(task.told), " and is told ", name));
    }
    return;
  }
  // Asked before its end was heard: the master does not know the task, nor reach its agent.
  if (task.terminal_told && status.state() == v1::TASK_UNREACHABLE &&
      status.reason() == v1::TaskStatus::REASON_RECONCILIATION) {
    return;
  }
  const bool forgotten = task.told == v1::TASK_UNKNOWN && forgotten_.contains(task.agent);
  const bool back_from_lost =
      (task.told == v1::TASK_LOST || forgotten) && !IsTerminal(status.state());
  if (back_from_lost) task.terminal_told = false;  // its agent was given up, and came back
  if (task.terminal_told && !IsTerminal(status.state())) {
    Violation(
        absl::StrCat("task ", id, " was ", v1::TaskState_Name(task.told), " and is told ", name));
  }
  task.told = status.state();
  task.agent_given_up =
      status.state() == v1::TASK_LOST && (status.reason() == v1::TaskStatus::REASON_AGENT_REMOVED ||
                                          status.reason() == v1::TaskStatus::REASON_RECONCILIATION);
  if (!IsTerminal(status.state())) return;
  CheckTruth(id, task, status);
  task.terminal_told = true;
  if (status.has_uuid()) task.terminal_uuid = status.uuid();
}

void Ledger::CheckTruth(const std::string& id, const Task& task, const v1::TaskStatus& status) {
  const bool clean = task.containers == 1 && !task.container_runs && task.wait_status == 0;
  if (status.state() == v1::TASK_FINISHED && !clean) {
    Violation(
        absl::StrCat("task ", id, " is told TASK_FINISHED, but its command did not end with 0"));
  }
  if (status.state() == v1::TASK_FAILED && clean && !task.end_forgotten) {
    Violation(absl::StrCat(
        "task ", id, " is told TASK_FAILED, but its command ended with 0: ", status.message()));
  }
  const bool killed_for_health =
      status.has_healthy() && !status.healthy() && task.failed_checks >= kConsecutiveFailures;
  if (status.state() == v1::TASK_KILLED && !task.kill_asked && !task.framework_removed &&
      !killed_for_health) {
    Violation(absl::StrCat("task ", id, " is told TASK_KILLED, but nobody asked for it"));
  }
  if (status.state() == v1::TASK_DROPPED && task.containers > 0) {
    Violation(absl::StrCat("task ", id, " is told TASK_DROPPED, but its command ran"));
  }
  if (status.state() == v1::TASK_ERROR) {
    Violation(absl::StrCat("task ", id, " is told TASK_ERROR: ", status.message()));
  }
  const bool ended = status.state() == v1::TASK_FINISHED || status.state() == v1::TASK_FAILED ||
                     status.state() == v1::TASK_KILLED || status.state() == v1::TASK_GONE;
  if (ended && task.container_runs) {
    Violation(absl::StrCat("task ", id, " is told ", v1::TaskState_Name(status.state()),
                           ", but its command runs"));
  }
}

void Ledger::ContainerStarted(const std::string& id) {
  auto it = tasks_.find(id);
  if (it == tasks_.end()) {
    Violation(absl::StrCat("a container for task ", id, " that nobody launched"));
    return;
  }
  Task& task = it->second;
  if (++task.containers > 1) Violation(absl::StrCat("task ", id, " has a second container"));
  // An agent that nobody could reach may have the launch still before it.
  if (task.terminal_told && !task.agent_given_up && !MayBeGone(task.agent) &&
      !forgotten_.contains(task.agent)) {
    Violation(absl::StrCat("task ", id, " starts after its scheduler was told ",
                           v1::TaskState_Name(task.told)));
  }
  task.container_runs = true;
}

void Ledger::ContainerEnded(const std::string& id, std::optional<int32_t> wait_status) {
  auto it = tasks_.find(id);
  if (it == tasks_.end()) return;
  it->second.container_runs = false;
  it->second.wait_status = wait_status;
}

Amount Ledger::InUse(const std::string& agent) const {
  Amount used;
  const uint64_t epoch = leaders_.at(agent);
  for (const auto& [id, offer] : offers_) {
    if (offer.agent == agent && offer.epoch == epoch) used += offer.resources;
  }
  for (const auto& [id, task] : tasks_) {
    // The master frees what a removed framework had at once, before its agents have killed it.
    if (task.agent == agent && task.container_runs && !task.framework_removed)
      used += task.resources;
  }
  return used;
}

void Ledger::EndForgotten(const std::string& id) {
  auto it = tasks_.find(id);
  if (it != tasks_.end()) it->second.end_forgotten = true;
}

void Ledger::OfferMade(uint64_t epoch, const v1::Offer& offer) {
  const std::string& agent = offer.agent_id().value();
  if (!offers_
           .emplace(offer.id().value(),
                    Offer{epoch, agent, offer.framework_id().value(), AmountOf(offer.resources())})
           .second) {
    Violation(absl::StrCat("offer ", offer.id().value(), " is made twice"));
  }
  auto total = agents_.find(agent);
  if (total == agents_.end()) {
    Violation(
        absl::StrCat("offer ", offer.id().value(), " of an agent that is not there: ", agent));
    return;
  }
  if (leaders_[agent] != epoch) return;
  const Amount used = InUse(agent);
  if (!used.Within(total->second)) {
    Violation(absl::StrCat("offer ", offer.id().value(), " of ",
                           AmountOf(offer.resources()).ToString(), " brings agent ", agent, " to ",
                           used.ToString(), " of ", total->second.ToString()));
  }
}

void Ledger::OfferGone(const std::string& offer) { offers_.erase(offer); }

void Ledger::OffersOfFrameworkGone(uint64_t epoch, const std::string& framework) {
  for (auto it = offers_.begin(); it != offers_.end();) {
    it = it->second.framework == framework && it->second.epoch == epoch ? offers_.erase(it)
                                                                        : std::next(it);
  }
}

void Ledger::CheckEnd() {
  for (const auto& [id, task] : tasks_) {
    if (task.container_runs) Violation(absl::StrCat("task ", id, " still runs on ", task.agent));
    if (!task.terminal_told && !task.framework_removed) {
      Violation(absl::StrCat("task ", id, " on ", task.agent,
                             " never ended for its scheduler; it was told ",
                             v1::TaskState_Name(task.told), " last"));
    }
  }
}

void Ledger::CheckAllOffered() {
  for (const auto& [machine, agent] : present_) {
    const Amount used = InUse(agent);
    if (!(used == agents_.at(agent))) {
      Violation(absl::StrCat("of ", machine, " only ", used.ToString(),
                             " is on offer at the end, of ", agents_.at(agent).ToString()));
    }
  }
}

size_t Ledger::OpenTasks() const {
  size_t open = 0;
  for (const auto& [id, task] : tasks_) {
    if (task.container_runs || (!task.terminal_told && !task.framework_removed)) ++open;
  }
  return open;
}

}  // namespace mesos::sim
