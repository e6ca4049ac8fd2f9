#pragma once

// One daemon of a kind at a time on a work directory.
//
//   ASSIGN_OR_RETURN(DirectoryLock lock, DirectoryLock::Take(work_dir, "agent"));
//
// The system lets go of it when the process ends, however it ends. Movable; holds while it lives.

#include <string>

#include "absl/status/statusor.h"
#include "common/disk/posix_descriptor.h"

namespace mesos {

class DirectoryLock {
 public:
  // FailedPrecondition, naming the directory and the other process, where another daemon of that
  // kind holds it. The file is "<kind>.lock".
  static absl::StatusOr<DirectoryLock> Take(const std::string& work_directory,
                                            const std::string& kind);

 private:
  explicit DirectoryLock(PosixDescriptor file) : file_(std::move(file)) {}

  PosixDescriptor file_;
};

}  // namespace mesos
