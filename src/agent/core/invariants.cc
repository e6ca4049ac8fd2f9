#include "agent/core/invariants.h"

#include <set>

#include "absl/strings/str_cat.h"

namespace mesos::agent {
namespace {

std::string CheckExecutor(const Core& core, const Framework& framework, const Executor& executor) {
  auto wrong = [&](absl::string_view what) {
    return absl::StrCat("executor '", executor.id, "' of framework '", executor.framework_id,
                        "': ", what);
  };
  if (executor.is_command_task && executor.tasks.size() > 1) return wrong("a command task twice");
  if (!executor.alive() && executor.tasks.empty()) return wrong("it is over and was not completed");
  if (!executor.alive() && executor.has_container) return wrong("it is over and has a container");
  if (!executor.alive() && executor.session != SessionId::kNone)
    return wrong("over, with a session");
  if (executor.phase == ExecutorPhase::kCheckpointing && executor.has_container) {
    return wrong("its container was launched before its checkpoint");
  }
  for (const auto& [id, task] : executor.tasks) {
    const bool streamed = core.updates.Has(TaskKey{executor.framework_id, id});
    if (task.terminal() && !streamed)
      return wrong(absl::StrCat("task '", id, "' waits for nothing"));
    if (!executor.alive() && !task.terminal()) {
      return wrong(absl::StrCat("task '", id, "' has lost its executor"));
    }
    if (framework.terminating && task.terminal()) {
      return wrong(absl::StrCat("task '", id, "' has ended and its framework too"));
    }
  }
  for (const std::string& id : executor.queued) {
    auto it = executor.tasks.find(id);
    if (it == executor.tasks.end() || it->second.delivery != Task::Delivery::kQueued) {
      return wrong(absl::StrCat("task '", id, "' is queued and is not"));
    }
  }
  return "";
}

}  // namespace

std::string CheckCoreInvariants(const Core& core) {
  if (std::string wrong = core.updates.CheckInvariants(); !wrong.empty()) return wrong;
  std::set<std::string> containers;
  size_t tasks = 0;
  size_t running_checks = 0;
  for (const auto& [framework_id, framework] : core.table.frameworks()) {
    for (const auto& [executor_id, executor] : framework.executors) {
      if (!containers.insert(executor.container_id).second) return "a container id twice";
      tasks += executor.tasks.size();
      for (const auto& [id, task] : executor.tasks) {
        for (const TaskCheck* check : {&task.check, &task.health_check}) {
          if (check->running == CheckToken::kNone) continue;
          if (!core.running_checks.contains(check->running)) return "a check waits for nothing";
          ++running_checks;
        }
        if (task.health_check.active && (task.terminal() || task.kill_requested)) {
          return absl::StrCat("task '", id, "' is to end and is still checked");
        }
      }
      if (std::string wrong = CheckExecutor(core, framework, executor); !wrong.empty())
        return wrong;
    }
  }
  if (running_checks != core.running_checks.size()) return "a check runs for no task";
  if (containers.size() != core.table.containers()) return "the index of containers is wrong";
  if (tasks != core.table.tasks()) return "the index of tasks is wrong";
  if (core.registered && !core.master.open()) return "registered without a link";
  if (!core.effects.empty() || !core.writes.empty()) return "effects were left behind";
  return "";
}

}  // namespace mesos::agent
