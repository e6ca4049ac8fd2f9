#pragma once

// An allocator whose runs are timed, for metrics; the core, which has no clock, knows nothing of
// it.
//
//   metrics::Timings runs, latencies;
//   MasterCore core(options, TimeRuns(NewHierarchicalAllocator(...), runs, latencies), now);

#include <memory>

#include "common/metrics/timings.h"
#include "master/allocator/allocator.h"

namespace mesos::master {

// `runs` has how long each run takes, `latencies` how long what it is for has waited: from the
// first change since the last run. Both outlive the allocator.
std::unique_ptr<Allocator> TimeRuns(std::unique_ptr<Allocator> allocator, metrics::Timings& runs,
                                    metrics::Timings& latencies);

}  // namespace mesos::master
