#include "agent/core/task_status.h"

#include <sys/wait.h>

#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace mesos::agent {
namespace {

constexpr size_t kCommandNameBytes = 15;

// Mesos shortens the command to fit a column.
std::string ShortCommand(const v1::CommandInfo& command) {
  std::string text = command.shell() ? absl::StrCat("sh -c '", command.value())
                                     : absl::StrJoin(command.arguments(), " ");
  const size_t limit = command.shell() ? kCommandNameBytes + 4 : kCommandNameBytes;
  if (text.size() > limit) text = text.substr(0, limit - 3) + "...";
  return command.shell() ? text + "'" : text;
}

}  // namespace

std::string DescribeWaitStatus(int32_t status) {
  if (WIFEXITED(status)) return absl::StrCat("exited with status ", WEXITSTATUS(status));
  if (WIFSIGNALED(status)) {
    const char* name = sigdescr_np(WTERMSIG(status));
    return absl::StrCat("terminated with signal ", name != nullptr ? name : "Unknown",
                        WCOREDUMP(status) ? " (core dumped)" : "");
  }
  return absl::StrCat("ended with wait status ", status);
}

bool ExitedWithZero(int32_t status) { return WIFEXITED(status) && WEXITSTATUS(status) == 0; }

std::string MesosDuration(absl::Duration duration) {
  struct Unit {
    absl::Duration length;
    const char* name;
  };
  static const Unit kUnits[] = {
      {absl::Hours(24 * 7), "weeks"}, {absl::Hours(24), "days"},    {absl::Hours(1), "hrs"},
      {absl::Minutes(1), "mins"},     {absl::Seconds(1), "secs"},   {absl::Milliseconds(1), "ms"},
      {absl::Microseconds(1), "us"},  {absl::Nanoseconds(1), "ns"},
  };
  for (const Unit& unit : kUnits) {
    if (duration >= unit.length)
      return absl::StrCat(absl::FDivDuration(duration, unit.length), unit.name);
  }
  return "0ns";
}

v1::TaskState DroppedState(const Framework& framework) {
  return framework.HasCapability(v1::FrameworkInfo::Capability::PARTITION_AWARE) ? v1::TASK_DROPPED
                                                                                 : v1::TASK_LOST;
}

v1::Task RenderTask(const Executor& executor, const Task& task, absl::string_view agent_id,
                    const internal::StatusUpdate* in_flight) {
  const v1::TaskInfo& info = *task.info;
  v1::Task out;
  out.set_name(info.name());
  *out.mutable_task_id() = info.task_id();
  out.mutable_framework_id()->set_value(executor.framework_id);
  if (!executor.is_command_task) out.mutable_executor_id()->set_value(executor.id);
  out.mutable_agent_id()->set_value(std::string(agent_id));
  out.set_state(task.state);
  *out.mutable_resources() = info.resources();
  for (const auto& status : task.statuses) *out.add_statuses() = *status;
  if (in_flight != nullptr) {
    out.set_status_update_state(in_flight->status().state());
    out.set_status_update_uuid(in_flight->status().uuid());
  }
  if (info.has_labels()) *out.mutable_labels() = info.labels();
  if (info.has_discovery()) *out.mutable_discovery() = info.discovery();
  if (info.has_container()) *out.mutable_container() = info.container();
  if (info.has_health_check()) *out.mutable_health_check() = info.health_check();
  if (info.has_kill_policy()) *out.mutable_kill_policy() = info.kill_policy();
  *out.mutable_limits() = info.limits();
  const v1::CommandInfo& command = info.has_command() ? info.command() : info.executor().command();
  if (command.has_user()) out.set_user(command.user());
  return out;
}

v1::ExecutorInfo CommandExecutorInfo(const v1::TaskInfo& task, const v1::FrameworkID& framework_id,
                                     absl::string_view launcher_directory) {
  v1::ExecutorInfo info;
  info.mutable_executor_id()->set_value(task.task_id().value());
  *info.mutable_framework_id() = framework_id;
  info.set_name(absl::StrCat("Command Executor (Task: ", task.task_id().value(),
                             ") (Command: ", ShortCommand(task.command()), ")"));
  info.set_source(task.task_id().value());
  v1::CommandInfo& command = *info.mutable_command();
  command.set_shell(false);
  command.set_value(absl::StrCat(launcher_directory, "/mesos-launcher"));
  command.add_arguments("mesos-launcher");
  if (task.command().has_user()) command.set_user(task.command().user());
  // The launcher's own share, as Mesos shows it.
  for (const auto& [name, value] : {std::pair("cpus", 0.1), std::pair("mem", 32.0)}) {
    v1::Resource& share = *info.add_resources();
    share.set_name(name);
    share.set_type(v1::Value::SCALAR);
    share.mutable_scalar()->set_value(value);
    if (task.resources_size() > 0 && task.resources(0).has_allocation_info()) {
      *share.mutable_allocation_info() = task.resources(0).allocation_info();
    }
  }
  if (task.has_labels()) *info.mutable_labels() = task.labels();
  if (task.has_discovery()) *info.mutable_discovery() = task.discovery();
  if (task.has_container()) *info.mutable_container() = task.container();
  if (task.kill_policy().has_grace_period()) {
    *info.mutable_shutdown_grace_period() = task.kill_policy().grace_period();
  }
  return info;
}

}  // namespace mesos::agent
