#pragma once

// One mesos-launcher process, as a handle: started or found again, asked to kill, and read of its
// end.
//
//   ASSIGN_OR_RETURN(LauncherProcess launcher, LauncherProcess::Spawn(options, id, spec));
//   poll(launcher.status_pipe()), poll(launcher.pidfd())
//   launcher.Request(grace);
//   std::optional<int32_t> status = launcher.End();     // once the pidfd is readable
//
// Calls do not block. Movable; closing the handle leaves the process alone. Not thread-safe.

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "agent/launcher/container_files.h"
#include "agent/launcher/launch_spec.h"
#include "common/disk/posix_descriptor.h"

namespace mesos::agent {

// How long after the grace period of a kill a launcher may take to tell the end of its container
// before it is killed, with all below it.
inline constexpr absl::Duration kLauncherPatience = absl::Seconds(5);

// What all launchers of an agent have in common.
struct LauncherOptions {
  std::string path;               // of mesos-launcher
  std::string work_directory;     // of the agent, by which its launchers are known as its own
  uint32_t descriptor_limit = 0;  // the soft RLIMIT_NOFILE of what runs; 0: the agent's own
};

class LauncherProcess {
 public:
  // Starts it in a session of its own.
  static absl::StatusOr<LauncherProcess> Spawn(const LauncherOptions& options,
                                               const std::string& container_id,
                                               launcher::LaunchSpec spec);

  // Finds the launcher that left its pid file in `container_directory`. NotFound where it left none
  // or is gone; any other error says nothing about it.
  static absl::StatusOr<LauncherProcess> Find(const std::string& container_directory);

  // The launcher that is this process. Errors as of Find.
  static absl::StatusOr<LauncherProcess> Open(const launcher::ProcessIdentity& identity);

  int32_t pid() const { return pid_; }
  int pidfd() const { return pidfd_.value(); }
  int status_pipe() const { return status_pipe_.value(); }  // -1 where it was found, or closed
  void CloseStatusPipe() { status_pipe_.Close(); }

  // Asks to kill after `grace`, or at once where there is none; wakes a launcher that is stopped.
  // Unavailable: try again a little later.
  absl::Status Request(std::optional<absl::Duration> grace);

  // Tells the launcher that this process is the agent from now on. Unavailable: try again.
  absl::Status Announce();

  // SIGKILL to the launcher alone.
  void Kill();

  // Takes the exit status of a launcher that is our child, so that no zombie stays.
  void Reap();

 private:
  LauncherProcess() = default;

  absl::Status Signal(int value);

  int32_t pid_ = 0;
  PosixDescriptor pidfd_;
  PosixDescriptor status_pipe_;
};

// A process of this id and start time, which no other can take the place of. Errors as of Find.
absl::StatusOr<PosixDescriptor> OpenProcess(const launcher::ProcessIdentity& identity);

// The end of the command; NotFound where there is no termination file, DataLoss where it is
// damaged; any other error says nothing about it.
absl::StatusOr<int32_t> ReadTermination(const std::string& container_directory);

}  // namespace mesos::agent
