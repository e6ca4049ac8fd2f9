#pragma once

// What the processes of containers use of this machine, from /proc.
//
//   const ProcessTable processes = ProcessTable::Read();        // one walk, for any number of them
//   ProcessUsage usage = processes.UsageOf(launcher_pid);
//
// Reading blocks for some microseconds a process of the machine, so not on the core's thread. A
// table is immutable.

#include <cstdint>
#include <map>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "agent/launcher/container_files.h"

namespace mesos::agent {

struct ProcessUsage {
  absl::Duration user_time;  // also of descendants that have ended
  absl::Duration system_time;
  uint64_t resident_bytes = 0;
  uint32_t processes = 0;
  uint32_t threads = 0;
};

class ProcessTable {
 public:
  static ProcessTable Read();

  // For tests: processes by id.
  explicit ProcessTable(const std::map<int32_t, launcher::ProcessStat>& processes);

  // Of the process and its descendants; nothing where there is no such process. The launcher adopts
  // what loses its parent, so the tree is the whole container.
  ProcessUsage UsageOf(int32_t pid) const;

 private:
  std::map<int32_t, launcher::ProcessStat> processes_;
  absl::flat_hash_map<int32_t, std::vector<int32_t>> children_;
};

}  // namespace mesos::agent
