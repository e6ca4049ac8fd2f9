#pragma once

// One mesos-launcher process, as a handle: started or found again, asked to kill, and read of its
// end.
//
//   ASSIGN_OR_RETURN(LauncherProcess launcher, LauncherProcess::Spawn(path, id, spec));
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
#include "agent/launcher/launch_spec.h"
#include "common/disk/posix_descriptor.h"

namespace mesos::agent {

class LauncherProcess {
 public:
  // Starts `launcher_path` in a session of its own.
  static absl::StatusOr<LauncherProcess> Spawn(const std::string& launcher_path,
                                               const std::string& container_id,
                                               const launcher::LaunchSpec& spec);

  // Finds the launcher that left its pid file in `container_directory`. NotFound where it is gone;
  // the termination file then tells more (ReadTermination).
  static absl::StatusOr<LauncherProcess> Find(const std::string& container_directory);

  int32_t pid() const { return pid_; }
  int pidfd() const { return pidfd_.value(); }
  int status_pipe() const { return status_pipe_.value(); }  // -1 where it was found, or closed
  void CloseStatusPipe() { status_pipe_.Close(); }

  // Asks to kill after `grace`, or at once where there is none. Unavailable: try again a little
  // later.
  absl::Status Request(std::optional<absl::Duration> grace);

  // Takes the exit status of a launcher that is our child, so that no zombie stays.
  void Reap();

 private:
  LauncherProcess() = default;

  int32_t pid_ = 0;
  PosixDescriptor pidfd_;
  PosixDescriptor status_pipe_;
};

// The end of the command; NotFound where there is no termination file, DataLoss where it is
// damaged.
absl::StatusOr<int32_t> ReadTermination(const std::string& container_directory);

}  // namespace mesos::agent
