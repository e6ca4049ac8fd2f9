#pragma once

// The seam to the operating system's files: production reads and writes the disk, simulation a
// SimFs that forgets at a crash what was not synced.
//
//   RETURN_IF_ERROR(fs.CreateDirectories("/meta/slaves"));
//   RETURN_IF_ERROR(fs.WriteAtomically("/meta/boot_id", bytes, Sync::kYes));
//   ASSIGN_OR_RETURN(std::string bytes, fs.Read("/meta/boot_id"));
//
// Every error names the path and the reason of the system. NotFound means that the path does not
// exist; ResourceExhausted that the disk is full; PermissionDenied, FailedPrecondition and Internal
// the rest. Calls block; production calls them off the core's thread. Thread-safe for distinct
// paths.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mesos {

enum class Sync { kNo, kYes };

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual absl::StatusOr<std::string> Read(const std::string& path) = 0;

  // Replaces the file as a whole: a reader, and a restart after a crash, see the old bytes or the
  // new.
  virtual absl::Status WriteAtomically(const std::string& path, absl::string_view bytes,
                                       Sync sync) = 0;

  // Adds to the end; creates the file where it is missing. A crash may leave a part of unsynced
  // bytes.
  virtual absl::Status Append(const std::string& path, absl::string_view bytes, Sync sync) = 0;

  // Cuts the file to `size` bytes.
  virtual absl::Status Truncate(const std::string& path, uint64_t size) = 0;

  // Creates the directory and its missing parents. An existing directory is fine.
  virtual absl::Status CreateDirectories(const std::string& path) = 0;

  // Points the symbolic link `path` at `target`, replacing what stands there.
  virtual absl::Status Symlink(const std::string& target, const std::string& path) = 0;

  // The target of a symbolic link.
  virtual absl::StatusOr<std::string> ReadLink(const std::string& path) = 0;

  // The names in a directory, sorted, without "." and "..".
  virtual absl::StatusOr<std::vector<std::string>> List(const std::string& path) = 0;

  virtual bool Exists(const std::string& path) = 0;

  // Removes a file, link or whole tree; a missing path is fine. Links are not followed.
  virtual absl::Status RemoveAll(const std::string& path) = 0;
};

// Who may read what a file system makes.
enum class Privacy {
  kShared,   // every local user: files 0644, directories 0755
  kPrivate,  // its owner: files 0600, directories 0700
};

// The files of this machine.
std::unique_ptr<FileSystem> NewPosixFileSystem(Privacy privacy = Privacy::kShared);

}  // namespace mesos
