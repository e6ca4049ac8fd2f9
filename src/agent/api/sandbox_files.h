#pragma once

// The virtual paths of sandboxes, as Mesos' agent has them:
//
//   <work_dir>/slaves/S/frameworks/F/executors/E/runs/C       each run, by its real path
//   <work_dir>/slaves/S/frameworks/F/executors/E/runs/latest  the newest run of an executor
//   /frameworks/F/executors/E/runs/latest                     the same
//
//   AttachSandboxes(work_directory, files);
//
// They are found on the disk when somebody asks, and so are there for as long as the sandbox is, a
// restart of the agent between or not. Call once, before there is a reader.

#include <string>

#include "common/files/files.h"

namespace mesos::agent {

// `work_directory` is absolute.
void AttachSandboxes(const std::string& work_directory, files::Files& files);

}  // namespace mesos::agent
