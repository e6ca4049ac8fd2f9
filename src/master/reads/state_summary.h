#pragma once

// How many tasks of each state every framework and agent has, and who has to do with whom: what
// /state-summary tells. Made by one walk over all tasks, of those that are over too. Thread-safe.

#include <array>
#include <string>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "common/json/json_writer.h"
#include "master/core/views/snapshot.h"

namespace mesos::master {

using TaskCounts = std::array<uint32_t, v1::TaskState_ARRAYSIZE>;

struct TaskSummary {
  explicit TaskSummary(const Snapshot& snapshot);

  struct Agent {
    TaskCounts counts{};
    std::vector<uint32_t> frameworks;  // their places in snapshot.frameworks
  };
  struct Framework {
    TaskCounts counts{};
    std::vector<uint32_t> agents;                    // their places in snapshot.agents
    absl::btree_set<absl::string_view> gone_agents;  // of tasks that it is still told of
  };

  // By their places in the snapshot.
  std::vector<Agent> agents;
  std::vector<Framework> frameworks;
};

// TASK_STAGING and so on, within an object that stands open.
void WriteTaskCounts(json::JsonWriter& json, const TaskCounts& counts);

}  // namespace mesos::master
