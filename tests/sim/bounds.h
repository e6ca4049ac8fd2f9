#pragma once

// The bounds of a history: as in production, or some of them so small that the history meets them.
//
//   const Bounds bounds = DrawBounds(seed);
//   BoundCounts met;
//   met["filters per agent"] += core.Stats().bounds_met.filters_per_agent;
//   for (const char* name : kEveryBound) ...       // what a run over many seeds is to meet
//
// Drawn apart from everything else, so that a history whose bounds are large is the one that its
// seed has always given.

#include <cstdint>
#include <map>
#include <string>

#include "common/base/limits.h"

namespace mesos::sim {

struct Bounds {
  // A master.
  size_t held_events = limits::kMaxHeldEvents;
  int statuses_per_task = limits::kMaxStatusesPerTask;
  size_t filters_per_agent = limits::kMaxFiltersPerAgent;
  size_t completed_tasks = 1000;
  size_t unreachable_tasks = 1000;
  // An agent.
  size_t agent_statuses = 16;
  size_t completed_executors = 150;
  size_t completed_frameworks = 50;
  // A scheduler driver.
  size_t kept_calls = limits::kMaxDriverQueue;
  // Messages on their way, or not heard, in one direction of one connection; until all is healed,
  // since one burst may be larger.
  size_t session_queue = limits::kMaxDriverQueue;
};

// How often each was met, by name.
using BoundCounts = std::map<std::string, uint64_t>;

inline constexpr const char* kEveryBound[] = {
    "held events",       "statuses per task", "filters per agent",   "completed tasks",
    "unreachable tasks", "agent statuses",    "completed executors", "completed frameworks",
    "kept calls",        "session queue"};

Bounds DrawBounds(uint64_t seed);

}  // namespace mesos::sim
