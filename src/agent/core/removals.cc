#include "agent/core/removals.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "glog/logging.h"

namespace mesos::agent {
namespace {

constexpr char kFrameworkPrefix[] = "framework/";

// What stands around runs goes after them, so that little is left to be removed in order.
constexpr absl::Duration kAfterTheRuns = absl::Minutes(1);

std::string ExecutorKey(const RunId& run) {
  return absl::StrCat("executor/", run.framework_id, "/", run.executor_id);
}

// A framework whose directories went is forgotten: its info would have to be written again.
void ForgetFramework(Core& core, const std::string& id) {
  const Framework* framework = core.table.Find(id);
  if (framework == nullptr || !framework->idle()) return;
  std::erase(core.idle_frameworks, id);
  core.table.Remove(id);
}

}  // namespace

// What says that something is over goes last: a crash in the midst of a removal must not bring it
// back.

void ScheduleRunRemoval(Core& core, const RunId& run, absl::Time ended_at) {
  core.garbage.Schedule(std::min(ended_at, core.now),
                        {absl::StrCat("run/", run.container_id),
                         {sandbox::RunDirectory(core.options.work_directory, run)},
                         {meta::TasksDirectory(run), meta::RunDirectory(run)}});
}

void ScheduleExecutorRemoval(Core& core, const RunId& run) {
  core.garbage.Schedule(
      core.now + kAfterTheRuns,
      {ExecutorKey(run),
       {},
       {sandbox::ExecutorDirectory(kWorkFromMeta, run.agent_id, run.framework_id, run.executor_id),
        meta::RunsDirectory(run.agent_id, run.framework_id, run.executor_id),
        meta::ExecutorDirectory(run.agent_id, run.framework_id, run.executor_id)}});
}

void KeepExecutor(Core& core, const RunId& run) { core.garbage.Unschedule(ExecutorKey(run)); }

void ScheduleFrameworkRemoval(Core& core, const std::string& framework_id) {
  core.garbage.Schedule(core.now + kAfterTheRuns,
                        {absl::StrCat(kFrameworkPrefix, framework_id),
                         {},
                         {sandbox::FrameworkDirectory(kWorkFromMeta, core.agent_id(), framework_id),
                          meta::ExecutorsDirectory(core.agent_id(), framework_id),
                          meta::FrameworkDirectory(core.agent_id(), framework_id)}});
}

void KeepFramework(Core& core, const std::string& framework_id) {
  core.garbage.Unschedule(absl::StrCat(kFrameworkPrefix, framework_id));
}

void OnDiskMeasured(Core& core, const DiskMeasured& event) {
  core.deadlines.Arm(core.now + core.options.disk_watch_interval, DiskWatchDue{});
  if (!event.usage.ok()) {
    ++core.stats.disk_measurements_failed;
    LOG(ERROR) << "Cannot measure the disk: " << event.usage.status();
    return;
  }
  core.stats.disk_usage = *event.usage;
  core.stats.allowed_sandbox_age =
      AllowedAge(core.options.gc_delay, core.options.gc_disk_headroom, *event.usage);
  core.garbage.Prune(core.now, core.stats.allowed_sandbox_age);
}

void RemoveDue(Core& core) {
  for (GarbageCollector::Removal& removal : core.garbage.PopDue(core.now)) {
    for (std::string& path : removal.paths) core.Push(RemoveDirectory{std::move(path)});
    for (std::string& path : removal.in_order) {
      core.Write({CheckpointWrite::Kind::kRemove, std::move(path), "", /*sync=*/false});
    }
    absl::string_view id = removal.key;
    if (absl::ConsumePrefix(&id, kFrameworkPrefix)) ForgetFramework(core, std::string(id));
  }
}

}  // namespace mesos::agent
