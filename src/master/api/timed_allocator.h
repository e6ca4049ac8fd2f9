#pragma once

// An allocator whose runs are timed, for metrics; the core, which has no clock, knows nothing of
// it.
//
//   metrics::Timings runs;
//   MasterCore core(options, TimeRuns(NewHierarchicalAllocator(...), runs), now);

#include <memory>

#include "common/metrics/timings.h"
#include "master/allocator/allocator.h"

namespace mesos::master {

// `runs` outlives the allocator.
std::unique_ptr<Allocator> TimeRuns(std::unique_ptr<Allocator> allocator, metrics::Timings& runs);

}  // namespace mesos::master
