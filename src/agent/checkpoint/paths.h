#pragma once

// Where everything of an agent stands on disk, and which ids may become a part of a path. The tree
// is Mesos':
//
//   <work_dir>/
//     meta/                                      what a restart needs; paths below begin here
//       boot_id                                  of the boot under which the agent ran last
//       machine                                  that it ran on, and where this directory was then
//       slaves/latest -> <agent id>
//       slaves/<agent id>/
//         slave.info
//         frameworks/<framework id>/
//           framework.info
//           executors/<executor id>/
//             executor.info                      custom executors only: a command task's follows
//                                                from task.info
//             runs/latest -> <container id>
//             runs/<container id>/
//               executor.sentinel                there once the run has ended and was dealt with
//               tasks/<task id>/
//                 task.info
//                 task.updates                   appended: updates, acknowledgements, wish to kill
//     slaves/<agent id>/frameworks/<framework id>/executors/<executor id>/runs/
//       latest -> <container id>
//       <container id>/                          the sandbox: stdout, stderr, what the task leaves
//
// Files are in the form of record_codec.h. Thread-safe: pure functions.

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace mesos::agent {

// OK where `id` can be the name of a directory: not empty, at most 255 bytes, no slash, control
// character or NUL, not "." or "..", and not "latest", which the tree keeps for its links.
// InvalidArgument names `what` and the id otherwise.
absl::Status ValidatePathId(absl::string_view what, absl::string_view id);

// Names one run of an executor. All of them have passed ValidatePathId.
struct RunId {
  std::string agent_id;
  std::string framework_id;
  std::string executor_id;
  std::string container_id;
};

// Relative to the meta directory.
namespace meta {

std::string BootId();
std::string Machine();
std::string AgentsDirectory();
std::string LatestAgentLink();
std::string AgentDirectory(absl::string_view agent_id);
std::string AgentInfo(absl::string_view agent_id);
std::string FrameworksDirectory(absl::string_view agent_id);
std::string FrameworkDirectory(absl::string_view agent_id, absl::string_view framework_id);
std::string FrameworkInfo(absl::string_view agent_id, absl::string_view framework_id);
std::string ExecutorsDirectory(absl::string_view agent_id, absl::string_view framework_id);
std::string ExecutorDirectory(absl::string_view agent_id, absl::string_view framework_id,
                              absl::string_view executor_id);
std::string ExecutorInfo(absl::string_view agent_id, absl::string_view framework_id,
                         absl::string_view executor_id);
std::string RunsDirectory(absl::string_view agent_id, absl::string_view framework_id,
                          absl::string_view executor_id);
std::string LatestRunLink(const RunId& run);
std::string RunDirectory(const RunId& run);
std::string Sentinel(const RunId& run);
std::string TasksDirectory(const RunId& run);
std::string TaskDirectory(const RunId& run, absl::string_view task_id);
std::string TaskInfo(const RunId& run, absl::string_view task_id);
std::string TaskUpdates(const RunId& run, absl::string_view task_id);

}  // namespace meta

// <work_dir>/meta
std::string MetaDirectory(absl::string_view work_directory);

// The way from the meta directory to where sandboxes stand: for removals that go in order with the
// checkpoints.
inline constexpr char kWorkFromMeta[] = "..";

// Absolute, where `work_directory` is.
namespace sandbox {

std::string FrameworkDirectory(absl::string_view work_directory, absl::string_view agent_id,
                               absl::string_view framework_id);
std::string ExecutorDirectory(absl::string_view work_directory, absl::string_view agent_id,
                              absl::string_view framework_id, absl::string_view executor_id);
std::string RunDirectory(absl::string_view work_directory, const RunId& run);
std::string LatestRunLink(absl::string_view work_directory, const RunId& run);

}  // namespace sandbox

// Where the launcher of a container keeps its pid and termination files.
std::string ContainerRuntimeDirectory(absl::string_view runtime_directory,
                                      absl::string_view container_id);

}  // namespace mesos::agent
