#include "agent/containerizer/process_usage.h"

#include <dirent.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <optional>

namespace mesos::agent {
namespace {

absl::Duration FromTicks(uint64_t ticks) {
  static const double kTicksPerSecond = static_cast<double>(sysconf(_SC_CLK_TCK));
  return absl::Seconds(static_cast<double>(ticks) / kTicksPerSecond);
}

}  // namespace

ProcessTable ProcessTable::Read() {
  std::map<int32_t, launcher::ProcessStat> processes;
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(opendir("/proc"), &closedir);
  if (proc == nullptr) return ProcessTable(processes);
  while (const dirent* entry = readdir(proc.get())) {
    const int32_t pid = std::atoi(entry->d_name);
    if (pid <= 0) continue;
    // One may end meanwhile.
    if (const auto stat = launcher::ReadProcessStat(pid)) processes.emplace(pid, *stat);
  }
  return ProcessTable(processes);
}

ProcessTable::ProcessTable(const std::map<int32_t, launcher::ProcessStat>& processes)
    : processes_(processes) {
  for (const auto& [pid, stat] : processes_) children_[stat.parent].push_back(pid);
}

ProcessUsage ProcessTable::UsageOf(int32_t pid) const {
  static const uint64_t kPageBytes = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  ProcessUsage usage;
  uint64_t user_ticks = 0;
  uint64_t system_ticks = 0;
  std::vector<int32_t> tree;
  if (processes_.count(pid) > 0) tree.push_back(pid);
  for (size_t i = 0; i < tree.size(); ++i) {
    const launcher::ProcessStat& stat = processes_.at(tree[i]);
    user_ticks += stat.user_ticks;
    system_ticks += stat.system_ticks;
    usage.resident_bytes += stat.resident_pages * kPageBytes;
    usage.threads += static_cast<uint32_t>(stat.threads);
    // A walk that is not of one moment may show a process as its own ancestor.
    if (auto it = children_.find(tree[i]);
        it != children_.end() && tree.size() < processes_.size()) {
      tree.insert(tree.end(), it->second.begin(), it->second.end());
    }
  }
  usage.user_time = FromTicks(user_ticks);
  usage.system_time = FromTicks(system_ticks);
  usage.processes = static_cast<uint32_t>(tree.size());
  return usage;
}

}  // namespace mesos::agent
