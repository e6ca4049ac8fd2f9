#pragma once

// Reads files of agents by their operator API (READ_FILE over gRPC).
//
//   OutputFollower follower(ReadFromAgents(executor), std::cout, std::cerr);

#include "cli/output_follower.h"
#include "common/runtime/executor.h"

namespace mesos::cli {

// Each read waits for its answer, at most 5 s, on any thread but the executor's. The executor
// outlives the function, and runs while it is called.
OutputFollower::ReadFile ReadFromAgents(Executor& executor);

}  // namespace mesos::cli
