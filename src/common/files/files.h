#pragma once

// The files that a daemon shows to operators: virtual paths that stand for directories or files of
// this machine.
//
//   Files files;
//   files.Attach("/frameworks/F/executors/E/runs/latest", "/var/lib/mesos/agent/...");   // a tree
//   files.Attach("/master/log", "/var/log/mesos/mesos-master.INFO");                     // a file
//   ASSIGN_OR_RETURN(std::vector<FileStat> entries, files.Browse("/frameworks/F/.../latest/data"));
//   ASSIGN_OR_RETURN(FilePiece piece, files.Read("/master/log", 0, 4096));
//   files.Detach("/master/log");
//   files.AttachTree("/frameworks", {.real_path = [] { ... }, .list = [] { ... }});
//
// A path belongs to the longest attached path that is a prefix of it, whole components. Nothing
// outside that tree is ever opened, whatever "..", links, mounts of /proc or a race say; links
// whose targets stay inside work, absolute ones too (see beneath.h). Only regular files are read:
// FIFOs, sockets and devices are refused without being opened.
//
// Thread-safe. Browse, Read and Open do disk I/O and so belong on the read pool. Their errors:
// NotFound where no such path is attached or stands there, InvalidArgument where it is of the wrong
// kind or leads outside, PermissionDenied where this process may not read it.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/mutex.h"
#include "common/disk/posix_descriptor.h"

namespace mesos::files {

struct FileStat {
  std::string path;   // virtual
  uint32_t mode = 0;  // type and permission bits
  int32_t nlink = 0;
  uint64_t size = 0;  // in bytes
  absl::Time mtime;   // whole seconds
  std::string uid;    // a name, or a number where there is none
  std::string gid;
};

struct FilePiece {
  uint64_t size = 0;  // of the whole file, in bytes
  std::string data;
};

// A regular file, open to be read.
struct OpenFile {
  PosixDescriptor descriptor;
  uint64_t size = 0;  // in bytes, when it was opened
  std::string name;   // the last component of its virtual path
};

class Files {
 public:
  // A virtual path, and the real one that it stands for.
  using PathPair = std::pair<std::string, std::string>;

  // The most that one Read gives, in bytes, as Mesos' 16 pages.
  static constexpr uint64_t kMaxReadBytes = 16 * 4096;
  // The most entries that one Browse gives.
  static constexpr size_t kMaxBrowseEntries = 100'000;

  // `real_path` (absolute) need not exist yet. What stood at `virtual_path` is replaced.
  void Attach(absl::string_view virtual_path, std::string real_path);

  // A tree whose place, and what Attached() tells of it, are asked for each time: for what comes
  // and goes on the disk. Both are called without a lock, on the thread of the call.
  struct Tree {
    std::function<std::string()> real_path;       // absolute; empty where there is none now
    std::function<std::vector<PathPair>()> list;  // null: Attached() tells nothing of it
  };
  void AttachTree(absl::string_view virtual_path, Tree tree);

  // Does nothing where it is not attached.
  void Detach(absl::string_view virtual_path);

  // Sorted. Where a tree lists itself this does disk I/O.
  std::vector<PathPair> Attached() const;

  // What stands in a directory, sorted by path; nothing for a file, as in Mesos. A link shows what
  // it leads to, or itself where that is missing or outside.
  absl::StatusOr<std::vector<FileStat>> Browse(absl::string_view path) const;

  // At most `length` bytes from `offset` on, and at most kMaxReadBytes; none beyond the end.
  absl::StatusOr<FilePiece> Read(absl::string_view path, uint64_t offset,
                                 std::optional<uint64_t> length) const;

  absl::StatusOr<OpenFile> Open(absl::string_view path) const;

 private:
  struct Location {
    std::string real_path;  // of the attached tree or file
    std::string rest;       // of the path, below it
  };
  absl::StatusOr<Location> Locate(absl::string_view path) const;

  mutable Mutex mutex_;
  // By virtual path without trailing slash.
  std::map<std::string, std::shared_ptr<const Tree>, std::less<>> attached_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mesos::files
