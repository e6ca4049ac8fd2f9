#pragma once

// A store in one SQLite file, for a master that stands alone.
//
//   ASSIGN_OR_RETURN(std::unique_ptr<Store> store, OpenSqliteStore(path, executor));
//
// Each change is on the disk before its callback. The file work runs on a thread of its own.
// Several processes may have the file open: the epoch fences them.

#include <memory>
#include <string>

#include "common/runtime/executor.h"
#include "common/store/store.h"

namespace mesos::store {

// Makes the file where it is missing; its folder exists. Unavailable, naming the path, where that
// is not possible; DataLoss or FailedPrecondition where what is there cannot be used.
absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(const std::string& path, Executor& executor);

}  // namespace mesos::store
