#pragma once

// The v1 calls that read the agent's state, over a Snapshot.
//
//   ASSIGN_OR_RETURN(Response response, Read(call, *snapshot, &ProcessTable::Read));
//
// Pure but for `read_processes`, which is called for GET_CONTAINERS only; any thread but the
// core's.

#include <functional>

#include "absl/status/statusor.h"
#include "agent/containerizer/process_usage.h"
#include "agent/core/snapshot.h"
#include "common/resources/resource_set.h"
#include "mesos/v1/agent/agent.pb.h"

namespace mesos::agent {

// Whether Read answers calls of this type.
bool IsRead(v1::agent::Call::Type type);

// Unimplemented, with the call's name.
absl::Status NotServed(v1::agent::Call::Type type);

// InvalidArgument, in Mesos' words, for a call without type; Unimplemented names a call that this
// agent does not answer.
absl::StatusOr<v1::agent::Response> Read(const v1::agent::Call& call, const Snapshot& snapshot,
                                         const std::function<ProcessTable()>& read_processes);

// What the container of `executor` uses, and what it may.
v1::ResourceStatistics ContainerStatistics(const Executor& executor, absl::Time now,
                                           const ProcessTable& processes);

// What the executor and its tasks hold together.
ResourceSet HeldBy(const Executor& executor);

}  // namespace mesos::agent
