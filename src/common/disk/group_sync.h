#pragma once

// Makes many small writes durable at the price of about one.
//
//   fs->Append(a, bytes, Sync::kNo); fs->WriteAtomically(b, bytes, Sync::kNo);
//   RETURN_IF_ERROR(sync->Sync({a, b}));        // both outlive a crash of the machine now
//
// A sync costs one journal commit, be it of one file or of hundreds: here 0.3 to 4 ms, while a sync
// of each of 64 files takes over 100 ms. Blocks; one caller at a time.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace mesos {

class GroupSync {
 public:
  virtual ~GroupSync() = default;

  // On return everything done to `paths` before is on disk: contents, and the entries that lead to
  // them from the root directory of the group on. Paths that are gone by now are fine.
  virtual absl::Status Sync(const std::vector<std::string>& paths) = 0;
};

// For files below `root`, an existing directory, all on one file system: synced with all that is on
// it, unless others have so much unwritten there that this is slow; then each by itself for a
// while, several at once.
absl::StatusOr<std::unique_ptr<GroupSync>> NewPosixGroupSync(const std::string& root);

}  // namespace mesos
