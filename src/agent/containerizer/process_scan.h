#pragma once

// What of containers runs on this machine, whoever remembers it: /proc, asked for the launchers of
// one agent and for all that they started. It needs none of the files that an agent keeps.
//
//   ASSIGN_OR_RETURN(ProcessScan scan, ProcessScan::Read(work_directory));
//   for (const auto& [id, found] : scan.containers()) ...
//
// A process belongs to a container where it is its launcher, or below it; or where its environment
// names a sandbox of the container (MESOS_SANDBOX), as all that a task starts inherits it; or where
// it is below such a one. A launcher is this agent's where its arguments name this very directory;
// other agents on the machine have others. A process that ended and was not waited for does not
// count.
//
// Reading blocks for some milliseconds. An immutable value.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/launcher/container_files.h"

namespace mesos::agent {

class ProcessScan {
 public:
  struct Container {
    std::optional<launcher::ProcessIdentity> launcher;  // none where it is gone
    std::string directory;                              // where that keeps its files
    // All of them, but the launcher and what checks started.
    std::vector<launcher::ProcessIdentity> processes;
    // Attached launchers, and what is below them.
    std::vector<launcher::ProcessIdentity> of_checks;
  };

  // `work_directory` exists. Unavailable where the system does not let us look: that says nothing
  // of what runs, so try again.
  static absl::StatusOr<ProcessScan> Read(const std::string& work_directory);

  const std::map<std::string, Container>& containers() const { return containers_; }
  const Container* Find(const std::string& container_id) const;

  // Its launcher, also where that names a work directory which is gone: that may have been ours,
  // under another name. Null where none lives.
  const Container* FindLauncher(const std::string& container_id) const;

 private:
  std::map<std::string, Container> containers_;
  std::map<std::string, Container> homeless_;  // of launchers whose work directory is gone
};

// The processes of the session that `launcher_pid` led or leads, and all below them; without the
// launcher. Errors as of ProcessScan::Read.
absl::StatusOr<std::vector<launcher::ProcessIdentity>> ProcessesOfSession(int32_t launcher_pid);

// Sends `signal` to each that still is the process of then; with SIGTERM also SIGCONT, so that a
// stopped one sees it. Errors are left to the next look.
void SignalProcesses(const std::vector<launcher::ProcessIdentity>& processes, int signal);

}  // namespace mesos::agent
