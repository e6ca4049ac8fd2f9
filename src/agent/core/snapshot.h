#pragma once

// What the agent held at one moment, for readers: the tables of state.h, copied. What is heavy in
// them is immutable and shared, so taking one costs some hundred nanoseconds a task, and whoever
// reads it may take its time, on any thread.

#include <map>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "agent/core/agent_core.h"
#include "agent/core/state.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::agent {

struct Snapshot {
  absl::Time taken_at;
  std::shared_ptr<const v1::AgentInfo> info;
  std::vector<v1::AgentInfo::Capability::Type> capabilities;
  std::string master_hostname;  // of the last master that took this agent; empty before
  std::map<std::string, Framework> frameworks;
  absl::flat_hash_map<TaskKey, StatusUpdatePtr> in_flight;  // what the scheduler gets last
  AgentStats stats;

  const std::string& agent_id() const { return info->id().value(); }

  // The task as the APIs show it.
  v1::Task Render(const Executor& executor, const Task& task) const;
};

}  // namespace mesos::agent
