#pragma once

// A whole run: a cluster under faults drawn from a seed, then the reckoning.
//
//   FaultRun run({.faults = 20, .seed = 7}, directory);
//   std::vector<std::string> broken = run.Run();       // empty as it should be
//
// Every kCalmEvery faults and at the end all is healed and the cluster must be whole again: a
// leader, all agents, the framework. At the end the framework launches no more, every task must
// come to an end that was told truly, everybody must agree about it, and after one more failover of
// everyone nothing that was acknowledged may be told again.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/e2e/faults/fault_cluster.h"
#include "tests/e2e/faults/faults.h"

namespace mesos::e2e {

class FaultRun {
 public:
  struct Options {
    int faults = 20;
    uint64_t seed = 1;
  };
  static constexpr int kCalmEvery = 25;

  FaultRun(Options options, const std::string& directory);

  std::vector<std::string> Run();

 private:
  // Lets the run go on, ending faults that are due, until `condition` or `patience` is over.
  bool GoOn(const std::function<bool()>& condition, absl::Duration patience);
  void Say(const std::string& line) const;
  void Break(const std::string& what);

  bool Strike();
  bool Calm();
  void Settle();
  void CompareWithMaster();
  std::vector<std::string> Differences();
  void FailOverOnceMore();
  void CheckEnds();
  void CheckLogs();

  const Options options_;
  const absl::Time start_;
  FaultCluster cluster_;
  Faults faults_;
  std::vector<std::string> broken_;
};

}  // namespace mesos::e2e
