#pragma once

// The figures of a master at one moment, as metrics show them: plain data, for any thread.

#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "master/core/master_core.h"
#include "master/core/views/counters.h"

namespace mesos::master {

struct MasterFigures {
  absl::Time now;
  absl::Time start_time;
  MasterStats stats;
  MasterCounters counters;
  size_t frameworks_connected = 0;
  size_t frameworks_disconnected = 0;  // have been connected
  size_t frameworks_recovered = 0;     // known from agents only
  size_t unreachable_agents = 0;
  size_t unreachable_tasks = 0;
  size_t followers = 0;                      // operators who follow the events
  std::vector<FrameworkFigures> frameworks;  // completed ones, then those that stand
  std::map<std::string, RoleFigures> roles;
};

class World;

// All but `stats`.
MasterFigures ReadFigures(const World& world);

}  // namespace mesos::master
