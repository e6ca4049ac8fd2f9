#include "agent/checkpoint/paths.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/limits.h"

namespace mesos::agent {
namespace {

constexpr char kLatest[] = "latest";

std::string RunSuffix(absl::string_view agent_id, absl::string_view framework_id) {
  return absl::StrCat("slaves/", agent_id, "/frameworks/", framework_id);
}

}  // namespace

absl::Status ValidatePathId(absl::string_view what, absl::string_view id) {
  auto refuse = [&](absl::string_view why) {
    return absl::InvalidArgumentError(
        absl::StrCat(what, " id '", absl::CHexEscape(id.substr(0, 80)), "' ", why));
  };
  if (id.empty()) return refuse("is empty");
  if (id.size() > limits::kMaxIdBytes) {
    return refuse(absl::StrCat("is longer than ", limits::kMaxIdBytes, " bytes"));
  }
  if (id == "." || id == "..") return refuse("is not allowed");
  if (id == kLatest) return refuse("is kept for the agent's own links");
  for (const char c : id) {
    if (c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      return refuse("contains invalid characters");
    }
  }
  return absl::OkStatus();
}

namespace meta {

std::string BootId() { return "boot_id"; }
std::string Machine() { return "machine"; }
std::string AgentsDirectory() { return "slaves"; }
std::string LatestAgentLink() { return "slaves/latest"; }

std::string AgentDirectory(absl::string_view agent_id) { return absl::StrCat("slaves/", agent_id); }

std::string AgentInfo(absl::string_view agent_id) {
  return absl::StrCat("slaves/", agent_id, "/slave.info");
}

std::string FrameworksDirectory(absl::string_view agent_id) {
  return absl::StrCat("slaves/", agent_id, "/frameworks");
}

std::string FrameworkDirectory(absl::string_view agent_id, absl::string_view framework_id) {
  return RunSuffix(agent_id, framework_id);
}

std::string FrameworkInfo(absl::string_view agent_id, absl::string_view framework_id) {
  return absl::StrCat(FrameworkDirectory(agent_id, framework_id), "/framework.info");
}

std::string ExecutorsDirectory(absl::string_view agent_id, absl::string_view framework_id) {
  return absl::StrCat(FrameworkDirectory(agent_id, framework_id), "/executors");
}

std::string ExecutorDirectory(absl::string_view agent_id, absl::string_view framework_id,
                              absl::string_view executor_id) {
  return absl::StrCat(ExecutorsDirectory(agent_id, framework_id), "/", executor_id);
}

std::string ExecutorInfo(absl::string_view agent_id, absl::string_view framework_id,
                         absl::string_view executor_id) {
  return absl::StrCat(ExecutorDirectory(agent_id, framework_id, executor_id), "/executor.info");
}

std::string RunsDirectory(absl::string_view agent_id, absl::string_view framework_id,
                          absl::string_view executor_id) {
  return absl::StrCat(ExecutorDirectory(agent_id, framework_id, executor_id), "/runs");
}

std::string LatestRunLink(const RunId& run) {
  return absl::StrCat(RunsDirectory(run.agent_id, run.framework_id, run.executor_id), "/", kLatest);
}

std::string RunDirectory(const RunId& run) {
  return absl::StrCat(RunsDirectory(run.agent_id, run.framework_id, run.executor_id), "/",
                      run.container_id);
}

std::string Sentinel(const RunId& run) {
  return absl::StrCat(RunDirectory(run), "/executor.sentinel");
}

std::string TasksDirectory(const RunId& run) { return absl::StrCat(RunDirectory(run), "/tasks"); }

std::string TaskDirectory(const RunId& run, absl::string_view task_id) {
  return absl::StrCat(TasksDirectory(run), "/", task_id);
}

std::string TaskInfo(const RunId& run, absl::string_view task_id) {
  return absl::StrCat(TaskDirectory(run, task_id), "/task.info");
}

std::string TaskUpdates(const RunId& run, absl::string_view task_id) {
  return absl::StrCat(TaskDirectory(run, task_id), "/task.updates");
}

}  // namespace meta

std::string MetaDirectory(absl::string_view work_directory) {
  return absl::StrCat(work_directory, "/meta");
}

namespace sandbox {

std::string FrameworkDirectory(absl::string_view work_directory, absl::string_view agent_id,
                               absl::string_view framework_id) {
  return absl::StrCat(work_directory, "/", RunSuffix(agent_id, framework_id));
}

std::string ExecutorDirectory(absl::string_view work_directory, absl::string_view agent_id,
                              absl::string_view framework_id, absl::string_view executor_id) {
  return absl::StrCat(FrameworkDirectory(work_directory, agent_id, framework_id), "/executors/",
                      executor_id);
}

std::string RunDirectory(absl::string_view work_directory, const RunId& run) {
  return absl::StrCat(
      ExecutorDirectory(work_directory, run.agent_id, run.framework_id, run.executor_id), "/runs/",
      run.container_id);
}

std::string LatestRunLink(absl::string_view work_directory, const RunId& run) {
  return absl::StrCat(
      ExecutorDirectory(work_directory, run.agent_id, run.framework_id, run.executor_id), "/runs/",
      kLatest);
}

}  // namespace sandbox

std::string ContainerRuntimeDirectory(absl::string_view runtime_directory,
                                      absl::string_view container_id) {
  return absl::StrCat(runtime_directory, "/containers/", container_id);
}

}  // namespace mesos::agent
