#pragma once

// The store that the flags name, for the registry.

#include <memory>

#include "absl/status/statusor.h"
#include "common/runtime/executor.h"
#include "common/store/store.h"
#include "master/daemon/master_flags.h"

namespace mesos::master {

// In ZooKeeper it stands beside the path of the election, since clients take every node below that
// for a candidate: "/mesos-registry" for "/mesos". The errors of store::OpenSqliteStore. On the
// executor's thread.
absl::StatusOr<std::unique_ptr<store::Store>> OpenStore(const MasterConfig& config,
                                                        Executor& executor);

}  // namespace mesos::master
