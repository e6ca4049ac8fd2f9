#include "examples/update_checker.h"

#include <cstdio>

namespace examples {
namespace {

// How far a state is: an update may not go back.
int Rank(mesos::TaskState state) {
  switch (state) {
    case mesos::TASK_STAGING:
      return 0;
    case mesos::TASK_STARTING:
      return 1;
    case mesos::TASK_RUNNING:
    case mesos::TASK_UNREACHABLE:
    case mesos::TASK_UNKNOWN:
      return 2;
    case mesos::TASK_KILLING:
      return 3;
    case mesos::TASK_FINISHED:
    case mesos::TASK_FAILED:
    case mesos::TASK_KILLED:
    case mesos::TASK_ERROR:
    case mesos::TASK_LOST:
    case mesos::TASK_DROPPED:
    case mesos::TASK_GONE:
    case mesos::TASK_GONE_BY_OPERATOR:
      return 4;
  }
  return 0;
}

constexpr size_t kMaxDifferences = 50;

}  // namespace

bool IsTerminal(mesos::TaskState state) { return Rank(state) == 4; }

Scalars UpdateChecker::Agent::Offered() const {
  Scalars sum;
  for (const auto& [id, scalars] : offered) sum += scalars;
  return sum;
}

void UpdateChecker::Offered(const mesos::Offer& offer) {
  const std::string& id = offer.id().value();
  if (!offers_seen_.insert(id).second) Differ("offer " + id + " came twice");
  if (offer.framework_id().value() != framework_id_) {
    Differ("offer " + id + " is for framework '" + offer.framework_id().value() + "'");
  }
  if (offer.agent_id().value().empty()) Differ("offer " + id + " names no agent");
  if (offer.hostname().empty()) Differ("offer " + id + " names no hostname");
  if (offer.resources_size() == 0) Differ("offer " + id + " is empty");
  for (const auto& resource : offer.resources()) {
    if (resource.type() == mesos::Value::SCALAR && !(resource.scalar().value() > 0)) {
      Differ("offer " + id + ": " + resource.name() + " is " +
             std::to_string(resource.scalar().value()));
    }
  }
  const auto [it, is_new] = agents_.try_emplace(offer.agent_id().value());
  Agent& agent = it->second;
  const Scalars scalars = ScalarsOf(offer.resources());
  if (is_new) agent.capacity = scalars;
  agent.offered[id] = scalars;
  agent_of_offer_[id] = offer.agent_id().value();
  if (exclusive_ && !agent.capacity.Contains(agent.Offered())) {
    Differ("offer " + id + ": agent " + offer.agent_id().value() + " has " + agent.capacity.Text() +
           " but " + agent.Offered().Text() + " are offered");
  }
}

void UpdateChecker::OfferGone(const std::string& offer_id) {
  const auto it = agent_of_offer_.find(offer_id);
  if (it == agent_of_offer_.end()) return;
  agents_[it->second].offered.erase(offer_id);
  agent_of_offer_.erase(it);
}

void UpdateChecker::Launched(const mesos::TaskInfo& info, const mesos::Offer& offer) {
  Task& task = tasks_[info.task_id().value()];
  task.agent_id = offer.agent_id().value();
}

bool UpdateChecker::Updated(const mesos::TaskStatus& status) {
  const std::string& id = status.task_id().value();
  const auto it = tasks_.find(id);
  if (it == tasks_.end()) {
    Differ("update of task '" + id + "', which was not launched");
    return false;
  }
  Task& task = it->second;
  const bool repeated = !status.uuid().empty() && task.uuids.count(status.uuid()) > 0;
  if (repeated && reconnected_) return false;  // its acknowledgement was lost with the connection
  CheckOrder(id, task, status);
  CheckFields(id, task, status);
  task.state = status.state();
  task.ran = task.ran || status.state() == mesos::TASK_RUNNING;
  if (!IsTerminal(status.state()) || task.ended) return false;
  task.ended = true;
  if (status.state() != expected_) {
    Differ("task '" + id + "' ended in " + mesos::TaskState_Name(status.state()) + " (" +
           status.message() + "), not in " + mesos::TaskState_Name(expected_));
  } else if (!task.ran && status.source() == mesos::TaskStatus::SOURCE_EXECUTOR) {
    Differ("task '" + id + "' ended without TASK_RUNNING");
  }
  return true;
}

void UpdateChecker::CheckOrder(const std::string& id, const Task& task,
                               const mesos::TaskStatus& status) {
  const std::string state = mesos::TaskState_Name(status.state());
  if (task.ended) {
    Differ("task '" + id + "': " + state + " after the end in " +
           mesos::TaskState_Name(task.state));
  } else if (Rank(status.state()) < Rank(task.state)) {
    Differ("task '" + id + "': " + state + " after " + mesos::TaskState_Name(task.state));
  } else if (status.state() == task.state && status.state() != mesos::TASK_RUNNING) {
    Differ("task '" + id + "': " + state + " twice");
  }
}

void UpdateChecker::CheckFields(const std::string& id, Task& task,
                                const mesos::TaskStatus& status) {
  const std::string what = "task '" + id + "': " + mesos::TaskState_Name(status.state()) + " ";
  if (status.has_agent_id() && status.agent_id().value() != task.agent_id) {
    Differ(what + "from agent " + status.agent_id().value() + ", but it was launched on " +
           task.agent_id);
  }
  if (!status.has_source()) Differ(what + "has no source");
  if (status.timestamp() < task.timestamp) Differ(what + "has a timestamp before the last one's");
  task.timestamp = status.timestamp();
  const bool from_agent = status.source() != mesos::TaskStatus::SOURCE_MASTER;
  if (from_agent) {
    if (status.uuid().size() != 16) {
      Differ(what + "has a uuid of " + std::to_string(status.uuid().size()) + " bytes");
    } else if (!task.uuids.insert(status.uuid()).second) {
      Differ(what + "has the uuid of an update before");
    }
    if (!status.has_agent_id()) Differ(what + "names no agent");
  } else if (!status.uuid().empty()) {
    Differ(what + "comes from the master but has a uuid");
  }
  if (status.state() == mesos::TASK_RUNNING &&
      status.container_status().container_id().value().empty()) {
    Differ(what + "names no container");
  }
}

void UpdateChecker::Reconnected() {
  reconnected_ = true;
  for (auto& [id, agent] : agents_) agent.offered.clear();
  agent_of_offer_.clear();
}

void UpdateChecker::CheckAllEnded() {
  for (const auto& [id, task] : tasks_) {
    if (!task.ended) {
      Differ("task '" + id + "' has not ended; its last state is " +
             mesos::TaskState_Name(task.state));
    }
  }
}

bool UpdateChecker::AllReturned() const {
  for (const auto& [id, agent] : agents_) {
    if (!agent.Offered().Contains(agent.capacity)) return false;
  }
  return true;
}

void UpdateChecker::Differ(const std::string& what) {
  if (differences_.size() < kMaxDifferences) differences_.push_back(what);
}

}  // namespace examples
