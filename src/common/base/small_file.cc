#include "common/base/small_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace mesos {
namespace {

absl::Status CannotRead(const std::string& path, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("cannot read '", path, "': ", why));
}

const char* KindOf(mode_t mode) {
  if (S_ISDIR(mode)) return "it is a folder, not a file";
  if (S_ISFIFO(mode)) return "it is a FIFO, not a file";
  if (S_ISSOCK(mode)) return "it is a socket, not a file";
  return "it is a device, not a file";
}

// Everything up to the end, or one byte more than `limit`.
absl::StatusOr<std::string> ReadUpTo(int descriptor, const std::string& path, size_t limit) {
  std::string content;
  char buffer[4096];
  while (content.size() <= limit) {
    const size_t wanted = std::min(sizeof(buffer), limit + 1 - content.size());
    const ssize_t got = read(descriptor, buffer, wanted);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return CannotRead(path, std::strerror(errno));
    if (got == 0) break;
    content.append(buffer, static_cast<size_t>(got));
  }
  if (content.size() > limit) {
    return CannotRead(path, absl::StrCat("it has more than ", limit, " bytes"));
  }
  return content;
}

}  // namespace

absl::StatusOr<std::string> ReadSmallFile(const std::string& path, size_t limit) {
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) return CannotRead(path, std::strerror(errno));
  if (!S_ISREG(status.st_mode)) return CannotRead(path, KindOf(status.st_mode));
  // Where another file has taken its place since, opening does not wait, either.
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) return CannotRead(path, std::strerror(errno));
  absl::StatusOr<std::string> content = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode)
                                            ? ReadUpTo(descriptor, path, limit)
                                            : CannotRead(path, KindOf(status.st_mode));
  close(descriptor);
  return content;
}

}  // namespace mesos
