#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/disk/file_system.h"
#include "common/disk/posix_descriptor.h"
#include "common/disk/posix_error.h"

namespace mesos {
namespace {

// What a crash may leave of a replacement that was not finished. List does not show it.
constexpr char kTemporarySuffix[] = ".mesos-temporary";

std::string Parent(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

absl::Status SyncDirectory(const std::string& path) {
  const PosixDescriptor directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.open()) return PosixError("open directory", path, errno);
  if (fsync(directory.value()) != 0) return PosixError("sync directory", path, errno);
  return absl::OkStatus();
}

absl::Status WriteAll(int file, const std::string& path, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return PosixError("write", path, errno);
    bytes.remove_prefix(written);
  }
  return absl::OkStatus();
}

absl::Status Rename(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) == 0) return absl::OkStatus();
  const int error = errno;
  unlink(from.c_str());
  return PosixError("replace", to, error);
}

class PosixFileSystem : public FileSystem {
 public:
  explicit PosixFileSystem(Privacy privacy)
      : file_mode_(privacy == Privacy::kPrivate ? 0600 : 0644),
        directory_mode_(privacy == Privacy::kPrivate ? 0700 : 0755) {}

  absl::StatusOr<std::string> Read(const std::string& path) override {
    const PosixDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.open()) return PosixError("open", path, errno);
    std::string bytes;
    char buffer[64 << 10];
    while (true) {
      const ssize_t size = read(file.value(), buffer, sizeof(buffer));
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) return PosixError("read", path, errno);
      if (size == 0) return bytes;
      bytes.append(buffer, size);
    }
  }

  absl::Status WriteAtomically(const std::string& path, absl::string_view bytes,
                               Sync sync) override {
    const std::string temporary = path + kTemporarySuffix;
    PosixDescriptor file(
        open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, file_mode_));
    if (!file.open()) return PosixError("create", path, errno);
    absl::Status status = WriteAll(file.value(), path, bytes);
    if (status.ok() && sync == Sync::kYes && fdatasync(file.value()) != 0) {
      status = PosixError("sync", path, errno);
    }
    if (!status.ok()) {
      unlink(temporary.c_str());
      return status;
    }
    file.Close();
    RETURN_IF_ERROR(Rename(temporary, path));
    return sync == Sync::kYes ? SyncDirectory(Parent(path)) : absl::OkStatus();
  }

  absl::Status Append(const std::string& path, absl::string_view bytes, Sync sync) override {
    int flags = O_WRONLY | O_APPEND | O_CLOEXEC;
    PosixDescriptor file(open(path.c_str(), flags));
    const bool created = !file.open() && errno == ENOENT;
    if (created) file = PosixDescriptor(open(path.c_str(), flags | O_CREAT, file_mode_));
    if (!file.open()) return PosixError("open", path, errno);
    const off_t size = lseek(file.value(), 0, SEEK_END);
    absl::Status status = WriteAll(file.value(), path, bytes);
    if (!status.ok()) {
      // A full disk may have taken a part of it, which must not stand in front of the next append.
      if (ftruncate(file.value(), size) != 0) {
        return absl::Status(status.code(),
                            absl::StrCat(status.message(), "; a part of it is left in the file"));
      }
      return status;
    }
    if (sync == Sync::kNo) return absl::OkStatus();
    if (fdatasync(file.value()) != 0) return PosixError("sync", path, errno);
    return created ? SyncDirectory(Parent(path)) : absl::OkStatus();
  }

  absl::Status Truncate(const std::string& path, uint64_t size) override {
    const PosixDescriptor file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file.open()) return PosixError("open", path, errno);
    if (ftruncate(file.value(), size) != 0) return PosixError("truncate", path, errno);
    if (fdatasync(file.value()) != 0) return PosixError("sync", path, errno);
    return absl::OkStatus();
  }

  absl::Status CreateDirectories(const std::string& path) override {
    if (mkdir(path.c_str(), directory_mode_) == 0) return absl::OkStatus();
    int error = errno;
    if (error == ENOENT && Parent(path) != path) {
      RETURN_IF_ERROR(CreateDirectories(Parent(path)));
      error = mkdir(path.c_str(), directory_mode_) == 0 ? 0 : errno;
    }
    if (error == 0) return absl::OkStatus();
    struct stat status;
    if (error == EEXIST && stat(path.c_str(), &status) == 0) {
      if (S_ISDIR(status.st_mode)) return absl::OkStatus();
      error = ENOTDIR;
    }
    return PosixError("create directory", path, error);
  }

  absl::Status Symlink(const std::string& target, const std::string& path) override {
    const std::string temporary = path + kTemporarySuffix;
    unlink(temporary.c_str());
    if (symlink(target.c_str(), temporary.c_str()) != 0) {
      return PosixError("create link", path, errno);
    }
    return Rename(temporary, path);
  }

  absl::StatusOr<std::string> ReadLink(const std::string& path) override {
    char buffer[4097];
    const ssize_t size = readlink(path.c_str(), buffer, sizeof(buffer));
    if (size < 0) return PosixError("read link", path, errno);
    return std::string(buffer, size);
  }

  absl::StatusOr<std::vector<std::string>> List(const std::string& path) override {
    DIR* directory = opendir(path.c_str());
    if (directory == nullptr) return PosixError("list", path, errno);
    std::vector<std::string> names;
    errno = 0;
    while (dirent* entry = readdir(directory)) {
      const std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      if (entry->d_type != DT_DIR && absl::EndsWith(name, kTemporarySuffix)) continue;
      names.push_back(name);
    }
    const int error = errno;
    closedir(directory);
    if (error != 0) return PosixError("list", path, error);
    std::sort(names.begin(), names.end());
    return names;
  }

  bool Exists(const std::string& path) override {
    struct stat status;
    return stat(path.c_str(), &status) == 0;
  }

  absl::Status RemoveAll(const std::string& path) override {
    std::error_code error;
    std::filesystem::remove_all(path, error);
    return error ? PosixError("remove", path, error.value()) : absl::OkStatus();
  }

 private:
  const mode_t file_mode_;
  const mode_t directory_mode_;
};

}  // namespace

std::unique_ptr<FileSystem> NewPosixFileSystem(Privacy privacy) {
  return std::make_unique<PosixFileSystem>(privacy);
}

}  // namespace mesos
