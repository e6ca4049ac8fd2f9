// Runs the simulation over seeds; each twice, and both runs must give the same trace.
//
//   simulation --seeds=300 --first=1     many seeds
//   simulation --seed=42                 one
//   simulation --seed=42 --trace         one, with every event and effect as a line
//   simulation --seeds=300 --every-bound  many, which together are to meet every bound (bounds.h)

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "glog/logging.h"
#include "tests/sim/cluster.h"

namespace {

struct Arguments {
  uint64_t first = 1;
  uint64_t seeds = 100;
  bool trace = false;
  bool every_bound = false;
  bool valid = true;
};

Arguments ParseArguments(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    absl::string_view text = argv[i];
    uint64_t seed = 0;
    if (absl::ConsumePrefix(&text, "--seeds=")) {
      arguments.valid &= absl::SimpleAtoi(text, &arguments.seeds);
    } else if (absl::ConsumePrefix(&text, "--first=")) {
      arguments.valid &= absl::SimpleAtoi(text, &arguments.first);
    } else if (absl::ConsumePrefix(&text, "--seed=")) {
      arguments.valid &= absl::SimpleAtoi(text, &seed);
      arguments.first = seed;
      arguments.seeds = 1;
    } else if (text == "--trace") {
      arguments.trace = true;
    } else if (text == "--every-bound") {
      arguments.every_bound = true;
    } else {
      arguments.valid = false;
    }
  }
  return arguments;
}

struct Totals {
  uint64_t tasks = 0;
  uint64_t faults = 0;
  uint64_t reigns = 0;
  mesos::sim::BoundCounts bounds_met;
};

// How often each bound was met, and whether each was.
bool TellBounds(const mesos::sim::BoundCounts& met) {
  bool every = true;
  std::printf("bounds met:");
  for (const char* name : mesos::sim::kEveryBound) {
    const auto it = met.find(name);
    const uint64_t times = it == met.end() ? 0 : it->second;
    every &= times > 0;
    std::printf(" %s %" PRIu64 ";", name, times);
  }
  std::printf("\n");
  return every;
}

// Prints what is wrong with the seed and how to see it; true where nothing is.
bool Check(uint64_t seed, const char* program, bool trace, Totals* totals) {
  using mesos::sim::Simulate;
  using mesos::sim::SimulationResult;
  using mesos::sim::Trace;
  const SimulationResult result =
      Simulate({.seed = seed, .lines = trace ? Trace::Lines::kPrint : Trace::Lines::kNone});
  totals->tasks += result.tasks;
  totals->faults += result.faults;
  totals->reigns += result.reigns;
  for (const auto& [name, times] : result.bounds_met) totals->bounds_met[name] += times;
  const SimulationResult again = Simulate({.seed = seed, .lines = Trace::Lines::kTail});
  const bool deterministic = result.trace_hash == again.trace_hash;
  if (deterministic && result.violations.empty()) return true;
  if (!trace) {
    for (const std::string& line : again.tail) std::printf("  %s\n", line.c_str());
  }
  for (const std::string& violation : result.violations)
    std::printf("VIOLATION %s\n", violation.c_str());
  if (!deterministic) {
    std::printf("VIOLATION the two runs differ: %016" PRIx64 " and %016" PRIx64 "\n",
                result.trace_hash, again.trace_hash);
  }
  std::printf("seed %" PRIu64
              " failed: masters=%d agents=%d frameworks=%d tasks=%d faults=%d (%s)\n",
              seed, result.masters, result.agents, result.frameworks, result.tasks, result.faults,
              result.fault_kinds.c_str());
  std::printf("replay it: %s --seed=%" PRIu64 " --trace\n", program, seed);
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  google::InitGoogleLogging(argv[0]);
  FLAGS_minloglevel = google::GLOG_FATAL;  // the trace tells more
  const Arguments arguments = ParseArguments(argc, argv);
  if (!arguments.valid) {
    std::fprintf(stderr,
                 "usage: %s [--seeds=N] [--first=SEED] [--seed=SEED] [--trace] [--every-bound]\n",
                 argv[0]);
    return 2;
  }
  uint64_t failed = 0;
  Totals totals;
  for (uint64_t i = 0; i < arguments.seeds; ++i) {
    if (!Check(arguments.first + i, argv[0], arguments.trace, &totals)) ++failed;
    std::fflush(stdout);
  }
  std::printf("%" PRIu64 " tasks, %" PRIu64 " faults, %" PRIu64 " times a master came to lead\n",
              totals.tasks, totals.faults, totals.reigns);
  const bool every_bound = TellBounds(totals.bounds_met);
  std::printf("%" PRIu64 " passed, %" PRIu64 " failed\n", arguments.seeds - failed, failed);
  if (arguments.every_bound && !every_bound) {
    std::printf("not every bound was met\n");
    return 1;
  }
  return failed == 0 ? 0 : 1;
}
