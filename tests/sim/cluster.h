#pragma once

// A whole simulated cluster and one history of it: chaos as the seed says, then healing, then
// judgement.
//
//   SimulationResult result = Simulate({.seed = 7});
//   result.violations; result.trace_hash;

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "tests/sim/bounds.h"
#include "tests/sim/world.h"

namespace mesos::sim {

struct SimulationOptions {
  uint64_t seed = 1;
  Trace::Lines lines = Trace::Lines::kNone;
};

struct SimulationResult {
  uint64_t trace_hash = 0;
  uint64_t trace_lines = 0;
  std::vector<std::string> violations;
  std::deque<std::string> tail;

  // What the seed made of it, for the summary.
  int masters = 0;
  int agents = 0;
  int frameworks = 0;
  int tasks = 0;
  int faults = 0;
  int reigns = 0;  // how often a master came to lead
  std::string fault_kinds;
  BoundCounts bounds_met;
};

// Pure: the same options give the same result.
SimulationResult Simulate(const SimulationOptions& options);

}  // namespace mesos::sim
