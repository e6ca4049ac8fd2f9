#include "common/disk/directory_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/disk/posix_error.h"

namespace mesos {

absl::StatusOr<DirectoryLock> DirectoryLock::Take(const std::string& work_directory,
                                                  const std::string& kind) {
  const std::string path = absl::StrCat(work_directory, "/", kind, ".lock");
  PosixDescriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!file.open()) return PosixError("open", path, errno);
  if (flock(file.value(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return PosixError("lock", path, errno);
    char holder[32] = {};
    (void)!pread(file.value(), holder, sizeof(holder) - 1, 0);
    return absl::FailedPreconditionError(absl::StrCat(
        "Another ", kind, " (process ", absl::StripAsciiWhitespace(holder), ") uses --work_dir=",
        work_directory, "; give each ", kind, " a directory of its own, or stop the other one"));
  }
  // Only for people and the message above, so what cannot be written is no failure.
  const std::string self = absl::StrCat(getpid(), "\n");
  if (ftruncate(file.value(), 0) == 0) (void)!pwrite(file.value(), self.data(), self.size(), 0);
  return DirectoryLock(std::move(file));
}

}  // namespace mesos
