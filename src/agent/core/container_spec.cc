#include "agent/core/container_spec.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "agent/core/containers.h"
#include "agent/core/task_status.h"
#include "common/base/host_port.h"
#include "common/base/status_macros.h"

namespace mesos::agent {
namespace {

absl::Status Unsupported(absl::string_view what, absl::string_view id, absl::string_view asks) {
  return absl::InvalidArgumentError(
      absl::StrCat(what, " '", id, "' asks for ", asks, ", which this agent does not support"));
}

absl::Status ValidateContainer(absl::string_view what, absl::string_view id,
                               const v1::ContainerInfo& container) {
  if (container.type() != v1::ContainerInfo::MESOS)
    return Unsupported(what, id, "a Docker container");
  if (container.mesos().has_image()) return Unsupported(what, id, "a container image");
  if (container.volumes_size() > 0) return Unsupported(what, id, "volumes");
  if (container.network_infos_size() > 0) return Unsupported(what, id, "a container network");
  if (container.has_linux_info()) return Unsupported(what, id, "linux_info");
  if (container.has_rlimit_info()) return Unsupported(what, id, "resource limits (rlimit_info)");
  if (container.has_tty_info()) return Unsupported(what, id, "a terminal");
  if (container.has_hostname()) return Unsupported(what, id, "a hostname of its own");
  return absl::OkStatus();
}

absl::Status ValidateCommand(absl::string_view what, absl::string_view id,
                             const v1::CommandInfo& command) {
  for (const auto& variable : command.environment().variables()) {
    if (variable.type() == v1::Environment::Variable::SECRET &&
        variable.secret().type() != v1::Secret::VALUE) {
      return Unsupported(what, id,
                         absl::StrCat("a secret by reference in its environment variable '",
                                      variable.name(), "'"));
    }
    if (variable.name().empty() || variable.name().find('=') != std::string::npos ||
        variable.name().find('\0') != std::string::npos ||
        variable.value().find('\0') != std::string::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat(what, " '", id,
                       "' has an environment variable with an invalid "
                       "name or value"));
    }
  }
  bool has_nul = command.value().find('\0') != std::string::npos ||
                 command.user().find('\0') != std::string::npos;
  for (const std::string& argument : command.arguments()) {
    has_nul = has_nul || argument.find('\0') != std::string::npos;
  }
  if (has_nul) {
    return absl::InvalidArgumentError(
        absl::StrCat(what, " '", id, "' has a command with a NUL character"));
  }
  if (!command.has_value() || (command.shell() && command.value().empty())) {
    return absl::InvalidArgumentError(
        absl::StrCat(what, " '", id, "' has a command without value"));
  }
  return absl::OkStatus();
}

absl::Status ValidateExecutor(const v1::ExecutorInfo& executor) {
  const std::string& id = executor.executor_id().value();
  RETURN_IF_ERROR(ValidatePathId("Executor", id));
  if (executor.type() == v1::ExecutorInfo::DEFAULT) {
    return Unsupported("Executor", id, "the default executor (type DEFAULT)");
  }
  if (!executor.has_command()) {
    return absl::InvalidArgumentError(absl::StrCat("Executor '", id, "' has no command"));
  }
  RETURN_IF_ERROR(ValidateCommand("Executor", id, executor.command()));
  if (executor.has_container()) return ValidateContainer("Executor", id, executor.container());
  return absl::OkStatus();
}

void AddVariables(const v1::CommandInfo& command, std::map<std::string, std::string>* out) {
  for (const auto& variable : command.environment().variables()) {
    (*out)[variable.name()] = variable.type() == v1::Environment::Variable::SECRET
                                  ? variable.secret().value().data()
                                  : variable.value();
  }
}

// What every executor finds in its environment.
std::map<std::string, std::string> ExecutorEnvironment(const Core& core, const Executor& executor,
                                                       const std::string& sandbox) {
  const AgentOptions& options = core.options;
  std::map<std::string, std::string> environment = options.executor_environment;
  environment.try_emplace("PATH", kDefaultPath);
  const std::string endpoint = JoinHostPort(options.ip, core.info->port());
  absl::Duration grace = options.executor_shutdown_grace_period;
  if (executor.info->has_shutdown_grace_period()) {
    grace = absl::Nanoseconds(executor.info->shutdown_grace_period().nanoseconds());
  }
  environment["LIBPROCESS_IP"] = options.ip;
  environment["MESOS_FRAMEWORK_ID"] = executor.framework_id;
  environment["MESOS_EXECUTOR_ID"] = executor.id;
  environment["MESOS_DIRECTORY"] = sandbox;
  environment["MESOS_SANDBOX"] = sandbox;
  environment["MESOS_SLAVE_ID"] = core.agent_id();
  environment["MESOS_SLAVE_PID"] = absl::StrCat("slave(1)@", endpoint);
  environment["MESOS_AGENT_ENDPOINT"] = endpoint;
  // Every framework is checkpointed here, whether it asked for it or not, so every executor may
  // reconnect.
  environment["MESOS_CHECKPOINT"] = "1";
  environment["MESOS_RECOVERY_TIMEOUT"] = MesosDuration(options.recovery_timeout);
  environment["MESOS_SUBSCRIPTION_BACKOFF_MAX"] =
      MesosDuration(options.executor_reregistration_timeout);
  environment["MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD"] = MesosDuration(grace);
  environment["MESOS_HTTP_COMMAND_EXECUTOR"] = "0";
  if (executor.is_command_task) return environment;
  environment["LIBMESOS_AGENT_SOCKET"] = options.executor_socket;
  if (options.announce_domain_socket) {
    environment["MESOS_DOMAIN_SOCKET"] = options.executor_socket;
  }
  return environment;
}

// As in Mesos that of the first resource: all of a task's have the same.
std::string AllocationRole(const Framework& framework, const Executor& executor) {
  if (!executor.is_command_task) {
    for (const v1::Resource& resource : executor.info->resources()) {
      if (resource.allocation_info().has_role()) return resource.allocation_info().role();
    }
  }
  for (const auto& [id, task] : executor.tasks) {
    for (const v1::Resource& resource : task.info->resources()) {
      if (resource.allocation_info().has_role()) return resource.allocation_info().role();
    }
  }
  if (framework.info->roles_size() > 0) return framework.info->roles(0);
  return framework.info->role();
}

void SetCommand(const v1::CommandInfo& command, ContainerSpec* spec) {
  spec->shell = command.shell();
  spec->command = command.value();
  spec->arguments.assign(command.arguments().begin(), command.arguments().end());
  if (!spec->shell && spec->arguments.empty()) spec->arguments.push_back(command.value());
  AddVariables(command, &spec->environment);
}

}  // namespace

absl::Status ValidateTask(const v1::TaskInfo& task, const std::string& agent_id) {
  const std::string& id = task.task_id().value();
  RETURN_IF_ERROR(ValidatePathId("Task", id));
  if (task.agent_id().value() != agent_id) {
    return absl::InvalidArgumentError(absl::StrCat("Task '", id, "' is for agent '",
                                                   task.agent_id().value(), "', this is agent '",
                                                   agent_id, "'"));
  }
  if (task.has_command() == task.has_executor()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "Task '", id, "' should have at least one (but not both) of CommandInfo or ExecutorInfo"));
  }
  if (task.has_executor()) return ValidateExecutor(task.executor());
  RETURN_IF_ERROR(ValidateCommand("Task", id, task.command()));
  if (task.health_check().has_command()) {
    RETURN_IF_ERROR(ValidateCommand("Health check of task", id, task.health_check().command()));
  }
  if (task.check().command().has_command()) {
    RETURN_IF_ERROR(ValidateCommand("Check of task", id, task.check().command().command()));
  }
  if (task.has_container()) return ValidateContainer("Task", id, task.container());
  return absl::OkStatus();
}

ContainerSpec MakeContainerSpec(const Core& core, const Framework& framework,
                                const Executor& executor) {
  const RunId run = core.Run(executor);
  const v1::CommandInfo& command = executor.is_command_task
                                       ? executor.tasks.begin()->second.info->command()
                                       : executor.info->command();
  ContainerSpec spec;
  spec.container_id = executor.container_id;
  spec.sandbox = sandbox::RunDirectory(core.options.work_directory, run);
  spec.runtime_directory =
      ContainerRuntimeDirectory(core.options.runtime_directory, executor.container_id);
  spec.sandbox_links.push_back(sandbox::LatestRunLink(core.options.work_directory, run));
  spec.environment = ExecutorEnvironment(core, executor, spec.sandbox);
  SetCommand(command, &spec);
  spec.environment["MESOS_ALLOCATION_ROLE"] = AllocationRole(framework, executor);
  spec.recovery_timeout = core.options.recovery_timeout;
  spec.recovery_grace = ShutdownGrace(core, executor);
  if (!executor.token.empty()) {
    spec.environment["MESOS_EXECUTOR_AUTHENTICATION_TOKEN"] = executor.token;
  }
  if (core.options.switch_user) {
    if (command.has_user() && !command.user().empty()) {
      spec.user = command.user();
    } else if (!framework.info->user().empty()) {
      spec.user = framework.info->user();
    }
  }
  spec.working_directory = spec.sandbox;
  spec.frameworks_home = core.options.frameworks_home;
  for (const v1::CommandInfo::URI& uri : command.uris()) {
    spec.uris.push_back({uri.value(), uri.executable(), uri.extract(), uri.output_file()});
  }
  return spec;
}

ContainerSpec MakeCheckSpec(const Core& core, const Framework& framework, const Executor& executor,
                            const v1::CommandInfo& command) {
  ContainerSpec task = MakeContainerSpec(core, framework, executor);
  ContainerSpec spec;
  spec.container_id = task.container_id;
  spec.sandbox = task.sandbox;
  spec.environment = std::move(task.environment);
  spec.user = task.user;
  spec.working_directory = task.working_directory;
  SetCommand(command, &spec);
  return spec;
}

}  // namespace mesos::agent
