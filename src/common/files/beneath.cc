#include "common/files/beneath.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

#include <cerrno>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"

namespace mesos::files {
namespace {

// As the kernel's own bound.
constexpr int kMaxLinks = 40;

absl::Status Outside() {
  return absl::InvalidArgumentError("The path leads outside of the directory that is served");
}

absl::Status FromErrno(int error) {
  // Not strerror, which shares its buffer between threads.
  const std::string text = std::generic_category().message(error);
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return absl::NotFoundError(text);
    case EACCES:
    case EPERM:
      return absl::PermissionDeniedError(text);
    case EXDEV:
      return Outside();
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return absl::UnavailableError(text);
    default:
      return absl::InvalidArgumentError(text);
  }
}

absl::Status CheckPath(absl::string_view path) {
  if (path.size() > kMaxPathBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("The path has more than ", kMaxPathBytes, " bytes"));
  }
  if (path.find('\0') != absl::string_view::npos) {
    return absl::InvalidArgumentError("The path has a NUL byte");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadLink(int link) {
  char target[PATH_MAX];
  const ssize_t length = readlinkat(link, "", target, sizeof(target));
  if (length < 0) return FromErrno(errno);
  return std::string(target, static_cast<size_t>(length));
}

std::string DescriptorPath(int fd) { return absl::StrCat("/proc/self/fd/", fd); }

// Where the root stands now, without links; nullopt where the system does not tell.
std::optional<std::string> RealPath(int root) {
  char target[PATH_MAX];
  const ssize_t length = readlink(DescriptorPath(root).c_str(), target, sizeof(target));
  if (length <= 0) return std::nullopt;
  return std::string(target, static_cast<size_t>(length));
}

class Walk {
 public:
  explicit Walk(int root) : root_(root) {}

  absl::StatusOr<PosixDescriptor> Run(absl::string_view path) {
    Prepend(path);
    while (!ahead_.empty()) {
      const std::string name = std::move(ahead_.back());
      ahead_.pop_back();
      RETURN_IF_ERROR(Step(name));
    }
    if (found_.open()) return std::move(found_);
    PosixDescriptor here(openat(Here(), ".", O_PATH | O_CLOEXEC));
    if (!here.open()) return FromErrno(errno);
    return here;
  }

 private:
  int Here() const { return below_.empty() ? root_ : below_.back().value(); }

  void Prepend(absl::string_view path) {
    const std::vector<absl::string_view> names = absl::StrSplit(path, '/', absl::SkipEmpty());
    for (auto name = names.rbegin(); name != names.rend(); ++name) ahead_.emplace_back(*name);
  }

  absl::Status Step(const std::string& name) {
    // What was found last was no directory, and yet the path goes on.
    if (found_.open()) return FromErrno(ENOTDIR);
    if (name == ".") return absl::OkStatus();
    if (name == "..") {
      if (below_.empty()) return Outside();
      below_.pop_back();
      return absl::OkStatus();
    }
    PosixDescriptor next(openat(Here(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!next.open()) return FromErrno(errno);
    struct stat info = {};
    if (fstat(next.value(), &info) != 0) return FromErrno(errno);
    if (S_ISLNK(info.st_mode)) return Follow(next.value());
    if (!S_ISDIR(info.st_mode)) {
      found_ = std::move(next);
      return absl::OkStatus();
    }
    if (below_.size() == kMaxWalkDepth) return FromErrno(ENAMETOOLONG);
    below_.push_back(std::move(next));
    return absl::OkStatus();
  }

  absl::Status Follow(int link) {
    if (++links_ > kMaxLinks) return FromErrno(ELOOP);
    ASSIGN_OR_RETURN(const std::string target, ReadLink(link));
    if (target.empty() || target[0] != '/') {
      Prepend(target);
      return absl::OkStatus();
    }
    const std::optional<std::string> root_path = RealPath(root_);
    absl::string_view rest = target;
    if (!root_path || !absl::ConsumePrefix(&rest, *root_path) ||
        (!rest.empty() && rest[0] != '/' && root_path->back() != '/')) {
      return Outside();
    }
    below_.clear();
    Prepend(rest);
    return absl::OkStatus();
  }

  const int root_;
  std::vector<PosixDescriptor> below_;  // the directories from the root, exclusive, to here
  std::vector<std::string> ahead_;      // components to come, the next one last
  PosixDescriptor found_;               // where the last step came to no directory
  int links_ = 0;
};

}  // namespace

absl::StatusOr<PosixDescriptor> WalkBeneath(int root, absl::string_view path) {
  RETURN_IF_ERROR(CheckPath(path));
  return Walk(root).Run(path);
}

absl::StatusOr<PosixDescriptor> OpenBeneath(int root, absl::string_view path) {
  RETURN_IF_ERROR(CheckPath(path));
  // "./" makes a leading slash harmless and an empty path the root.
  const std::string relative = absl::StrCat("./", path);
  open_how how = {};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  PosixDescriptor found(
      static_cast<int>(syscall(SYS_openat2, root, relative.c_str(), &how, sizeof(how))));
  if (found.open()) return found;
  // EXDEV: perhaps an absolute link that stays inside. EAGAIN: a rename went on meanwhile. ENOSYS,
  // EPERM: an old kernel, or a sandbox that does not know the call.
  if (errno == EXDEV || errno == EAGAIN || errno == ENOSYS || errno == EPERM) {
    return WalkBeneath(root, path);
  }
  return FromErrno(errno);
}

absl::StatusOr<PosixDescriptor> OpenRegularFile(int found, struct stat* info) {
  if (fstat(found, info) != 0) return FromErrno(errno);
  if (S_ISDIR(info->st_mode)) return absl::InvalidArgumentError("Cannot read a directory");
  if (!S_ISREG(info->st_mode)) return absl::InvalidArgumentError("It is not a regular file");
  PosixDescriptor file(
      open(DescriptorPath(found).c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file.open()) return FromErrno(errno);
  return file;
}

absl::StatusOr<PosixDescriptor> OpenDirectory(int found) {
  PosixDescriptor directory(
      open(DescriptorPath(found).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.open()) return FromErrno(errno);
  return directory;
}

}  // namespace mesos::files
