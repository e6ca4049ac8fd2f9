#include "agent/launcher/sandbox.h"

#include <fcntl.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace mesos::launcher {
namespace {

constexpr char kReserved[] = "termination.tmp";

std::string InContainer(const LaunchSpec& spec, const char* name) {
  return spec.container_directory + "/" + name;
}

std::string WriteWhole(const std::string& path, const std::string& bytes) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return PathError("Failed to create", path, errno);
  const ssize_t written = pwrite(file, bytes.data(), bytes.size(), 0);
  const int error = written < 0 ? errno : ENOSPC;
  close(file);
  if (written != static_cast<ssize_t>(bytes.size()))
    return PathError("Failed to write", path, error);
  return "";
}

std::string ReplaceByRename(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) == 0) return "";
  return PathError("Failed to put in place", to, errno);
}

std::string MakeLink(const std::string& target, const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash != std::string::npos && slash > 0) {
    if (std::string error = MakeDirectories(path.substr(0, slash), 0755); !error.empty())
      return error;
  }
  const std::string temporary = path + ".tmp" + std::to_string(getpid());
  if (symlink(target.c_str(), temporary.c_str()) != 0)
    return PathError("Failed to link", path, errno);
  return ReplaceByRename(temporary, path);
}

// While it lives, files are opened with the rights of the account: what a task has put into its
// sandbox may be a way to a file of somebody else.
class FileRights {
 public:
  explicit FileRights(const LaunchSpec& spec) : changed_(spec.change_user) {
    if (!changed_) return;
    setfsgid(spec.account.group);
    setfsuid(spec.account.user);
  }
  ~FileRights() {
    if (!changed_) return;
    const int error = errno;
    setfsuid(geteuid());
    setfsgid(getegid());
    errno = error;
  }
  FileRights(const FileRights&) = delete;
  FileRights& operator=(const FileRights&) = delete;

 private:
  const bool changed_;
};

}  // namespace

std::string PathError(const char* what, const std::string& path, int error) {
  return std::string(what) + " '" + path + "': " + std::strerror(error);
}

std::string MakeDirectories(const std::string& path, unsigned mode) {
  if (mkdir(path.c_str(), mode) == 0) return "";
  if (errno == ENOENT) {
    const size_t slash = path.rfind('/');
    if (slash != std::string::npos && slash > 0) {
      if (std::string error = MakeDirectories(path.substr(0, slash), mode); !error.empty())
        return error;
      if (mkdir(path.c_str(), mode) == 0) return "";
    }
  }
  if (errno != EEXIST) return PathError("Failed to create directory", path, errno);
  struct stat status;
  if (stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return "";
  return PathError("Failed to create directory", path, ENOTDIR);
}

std::string MakeSandbox(const LaunchSpec& spec) {
  if (std::string error = MakeDirectories(spec.sandbox, 0755); !error.empty()) return error;
  if (spec.change_user) {
    // Others' tasks must not read what this one keeps in its sandbox.
    if (chmod(spec.sandbox.c_str(), 0750) != 0)
      return PathError("Failed to chmod", spec.sandbox, errno);
    if (chown(spec.sandbox.c_str(), spec.account.user, spec.account.group) != 0) {
      return PathError("Failed to chown", spec.sandbox, errno);
    }
  }
  for (const std::string& link : spec.sandbox_links) {
    if (std::string error = MakeLink(spec.sandbox, link); !error.empty()) return error;
  }
  return "";
}

std::string OpenOutput(const LaunchSpec& spec, const char* name, int* descriptor) {
  const std::string path = spec.sandbox + "/" + name;
  {
    const FileRights rights(spec);
    // Not through a link, which would lead out of the sandbox. A FIFO that nobody reads would
    // block.
    *descriptor =
        open(path.c_str(),
             O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0644);
  }
  if (*descriptor < 0) return PathError("Failed to open", path, errno);
  struct stat status;
  if (fstat(*descriptor, &status) == 0 && S_ISREG(status.st_mode)) {
    fcntl(*descriptor, F_SETFL, O_APPEND);  // without O_NONBLOCK, as a command expects
    return "";
  }
  close(*descriptor);
  *descriptor = -1;
  return "Failed to open '" + path + "': it is not a regular file";
}

std::string WriteContainerFiles(const LaunchSpec& spec, const ProcessIdentity& identity) {
  if (std::string error = MakeDirectories(spec.container_directory, 0755); !error.empty())
    return error;
  // The room is taken now, so that a disk that fills up later cannot hide the command's end.
  if (std::string error =
          WriteWhole(InContainer(spec, kReserved), std::string(kTerminationBytes, ' '));
      !error.empty()) {
    return error;
  }
  const std::string temporary = InContainer(spec, "pid.tmp");
  if (std::string error = WriteWhole(temporary, FormatPidFile(identity)); !error.empty())
    return error;
  return ReplaceByRename(temporary, InContainer(spec, kPidFile));
}

std::string WriteTermination(const LaunchSpec& spec, int status) {
  const std::string reserved = InContainer(spec, kReserved);
  if (std::string error = MakeDirectories(spec.container_directory, 0755); !error.empty())
    return error;
  if (std::string error = WriteWhole(reserved, FormatTermination(status)); !error.empty())
    return error;
  return ReplaceByRename(reserved, InContainer(spec, kTerminationFile));
}

void RemoveContainerFiles(const LaunchSpec& spec) {
  for (const char* name : {kReserved, "pid.tmp", kPidFile}) unlink(InContainer(spec, name).c_str());
  rmdir(spec.container_directory.c_str());
}

}  // namespace mesos::launcher
