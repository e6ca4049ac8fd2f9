#include "agent/core/removals.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace mesos::agent {
namespace {

constexpr char kFrameworkPrefix[] = "framework/";

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

void ScheduleRunRemoval(Core& core, const RunId& run) {
  const std::string& work = core.options.work_directory;
  core.garbage.Schedule(core.now,
                        {absl::StrCat("run/", run.container_id),
                         {sandbox::RunDirectory(work, run),
                          absl::StrCat(MetaDirectory(work), "/", meta::RunDirectory(run))},
                         {}});
}

void ScheduleExecutorRemoval(Core& core, const RunId& run) {
  core.garbage.Schedule(
      core.now,
      {ExecutorKey(run),
       {},
       {sandbox::ExecutorDirectory(kWorkFromMeta, run.agent_id, run.framework_id, run.executor_id),
        meta::ExecutorDirectory(run.agent_id, run.framework_id, run.executor_id)}});
}

void KeepExecutor(Core& core, const RunId& run) { core.garbage.Unschedule(ExecutorKey(run)); }

void ScheduleFrameworkRemoval(Core& core, const std::string& framework_id) {
  core.garbage.Schedule(core.now,
                        {absl::StrCat(kFrameworkPrefix, framework_id),
                         {},
                         {sandbox::FrameworkDirectory(kWorkFromMeta, core.agent_id(), framework_id),
                          meta::FrameworkDirectory(core.agent_id(), framework_id)}});
}

void KeepFramework(Core& core, const std::string& framework_id) {
  core.garbage.Unschedule(absl::StrCat(kFrameworkPrefix, framework_id));
}

void RemoveDue(Core& core) {
  for (GarbageCollector::Removal& removal : core.garbage.PopDue(core.now)) {
    for (std::string& path : removal.paths) core.Push(RemoveDirectory{std::move(path)});
    for (std::string& path : removal.reusable) {
      core.Write({CheckpointWrite::Kind::kRemove, std::move(path), "", /*sync=*/false});
    }
    absl::string_view id = removal.key;
    if (absl::ConsumePrefix(&id, kFrameworkPrefix)) ForgetFramework(core, std::string(id));
  }
}

}  // namespace mesos::agent
