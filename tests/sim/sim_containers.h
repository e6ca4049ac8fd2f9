#pragma once

// Containers of a simulated machine. They outlive the agent's process, as real launchers do, and
// die with the machine.
//
//   SimContainers containers(world, machine);
//   containers.Attach({started, exited});          // the agent's process of now
//   containers.Launch(spec);                       // "sim DURATION_MS EXIT_CODE [stubborn]"
//   containers.Detach();                           // the agent's process ended
//
// A stubborn command ignores SIGTERM. Launches fail with `failure_chance`. Runs keeps what really
// happened, for checkers to hold against what was reported.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "agent/core/events.h"
#include "tests/sim/world.h"

namespace mesos::sim {

// The environment variable in which a simulated framework names the task of a command.
inline constexpr char kTaskVariable[] = "SIM_TASK";

// One container that ran, as it truly was.
struct ContainerRun {
  std::string container_id;
  std::string task;  // value of kTaskVariable
  absl::Time started;
  std::optional<absl::Time> ended;
  std::optional<int32_t> status;  // wait status; none where the machine took it down
};

class SimContainers {
 public:
  struct Listener {
    std::function<void(agent::ContainerStarted)> started;
    std::function<void(agent::ContainerExited)> exited;
  };

  // Hears the truth, whoever else is listening.
  struct Watcher {
    std::function<void(const ContainerRun&)> started;
    std::function<void(const ContainerRun&)> ended;
    std::function<void(const ContainerRun&)> forgotten;  // the record of its end is lost
  };

  SimContainers(World& world, NodeId agent) : world_(world), agent_(agent) {}

  void set_watcher(Watcher watcher) { watcher_ = std::move(watcher); }

  void set_failure_chance(double chance) { failure_chance_ = chance; }

  void Attach(Listener listener) { listener_ = std::move(listener); }
  void Detach();

  void Launch(const agent::ContainerSpec& spec);
  void Reattach(const std::string& container_id);
  void Kill(const std::string& container_id, absl::Duration grace);
  void Destroy(const std::string& container_id);

  // Everything dies, and nobody wrote down how.
  void MachineCrash();

  const std::vector<ContainerRun>& runs() const { return runs_; }

  // Container ids that run now.
  std::vector<std::string> Running() const;

 private:
  struct Container {
    size_t run = 0;  // its place in runs_
    int32_t pid = 0;
    bool stubborn = false;
    bool attached = true;     // the present agent process wants to hear of its end
    uint64_t end_ticket = 0;  // the latest scheduled end; older ones are void
    absl::Time kill_at = absl::InfiniteFuture();
  };
  struct Termination {
    std::optional<int32_t> status;
    std::string message;
    size_t run = 0;
  };

  void EndAt(const std::string& container_id, absl::Time when, int32_t status);
  void End(const std::string& container_id, int32_t status);
  void Tell(agent::ContainerExited exited);

  World& world_;
  NodeId agent_;
  Listener listener_;
  Watcher watcher_;
  double failure_chance_ = 0;
  uint64_t tickets_ = 0;
  int32_t last_pid_ = 1000;
  std::map<std::string, Container> running_;
  std::map<std::string, Termination> terminations_;  // what launchers wrote down
  std::vector<ContainerRun> runs_;
};

}  // namespace mesos::sim
