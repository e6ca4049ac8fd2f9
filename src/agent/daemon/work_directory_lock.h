#pragma once

// One agent at a time on a work directory.
//
//   ASSIGN_OR_RETURN(WorkDirectoryLock lock, WorkDirectoryLock::Take(work_dir));
//
// The system lets go of it when the process ends, however it ends. Movable; holds while it lives.

#include <string>

#include "absl/status/statusor.h"
#include "common/storage/posix_descriptor.h"

namespace mesos::agent {

class WorkDirectoryLock {
 public:
  // FailedPrecondition, naming the directory and the other process, where another holds it.
  static absl::StatusOr<WorkDirectoryLock> Take(const std::string& work_directory);

 private:
  explicit WorkDirectoryLock(PosixDescriptor file) : file_(std::move(file)) {}

  PosixDescriptor file_;
};

}  // namespace mesos::agent
