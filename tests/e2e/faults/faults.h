#pragma once

// The faults of a run: drawn from a seed, begun, and ended after a while.
//
//   Faults faults(cluster, seed);
//   std::string what = faults.Begin();     // "kill -9 agent1 for 1.2s"
//   faults.EndDue();                       // those whose time is over
//   faults.EndAll();
//
// Several may overlap, though not on the same process, link, disk or clock. What is drawn depends
// on the seed, and by who leads and what is broken already on the time.

#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/e2e/faults/fault_cluster.h"

namespace mesos::e2e {

class Faults {
 public:
  Faults(FaultCluster& cluster, uint64_t seed);

  // Draws until one can be had; what it was.
  std::string Begin();
  void EndDue();
  void EndAll();

  // How long until the next is to begin.
  absl::Duration Pause();

  // Whether a disk was full at any time, of an agent.
  bool agent_disk_was_full() const { return agent_disk_was_full_; }

  // Ends that are no fault of ours: ZooKeeper ends itself when its disk is full. It is started
  // again once there is room.
  void Supervise();

 private:
  struct Fault {
    std::string subject;
    absl::Time ends;
    std::function<void()> end;
  };

  uint64_t Draw(uint64_t bound) { return random_() % bound; }
  const std::string& OneOf(const std::vector<std::string>& names) {
    return names[Draw(names.size())];
  }
  bool Free(const std::string& subject) const;
  void Add(const std::string& subject, absl::Duration length, std::function<void()> end);

  // Each: what was done, or empty where it cannot be done now.
  std::string DrawFault();
  std::string Strike(const std::string& name, absl::Duration length);  // a process
  std::string BreakLink(const Link& link, absl::Duration length);
  std::string FillDisk(absl::Duration length);
  std::string Jump(absl::Duration length);
  std::string Isolate(const std::string& name, absl::Duration length);
  std::string StrikeSeveral(absl::Duration length);
  std::string Someone();

  FaultCluster& cluster_;
  std::mt19937_64 random_;
  std::vector<Fault> running_;
  bool agent_disk_was_full_ = false;
};

}  // namespace mesos::e2e
