#include "agent/core/removals.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

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

void ScheduleRunRemoval(Core& core, const RunId& run) {
  core.garbage.Schedule(core.now, {absl::StrCat("run/", run.container_id),
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
