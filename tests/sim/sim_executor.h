#pragma once

// The Executor of one simulated process: production code that posts and sets timers runs in
// virtual time, and ends with its process.
//
//   SimExecutor executor(world, node);        // one for each life of the node's process
//   election::Contender contender(executor, ...);

#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "common/runtime/executor.h"
#include "tests/sim/world.h"

namespace mesos::sim {

class SimExecutor : public Executor {
 public:
  SimExecutor(World& world, NodeId node) : world_(world), node_(node) {}

  void Post(const char* name, Work work) override { RunAt(world_.now(), name, std::move(work)); }

  TimerId RunAt(absl::Time when, const char*, Work work) override {
    const TimerId timer{++last_timer_};
    due_->emplace(timer, std::move(work));
    world_.At(node_, when, [weak = std::weak_ptr<Due>(due_), timer] {
      const std::shared_ptr<Due> due = weak.lock();
      if (due == nullptr) return;
      auto found = due->extract(timer);
      if (!found.empty()) found.mapped()();
    });
    return timer;
  }

  void Cancel(TimerId timer) override { due_->erase(timer); }
  absl::Time Now() const override { return world_.now(); }
  void AssertOnThread() const override {}

 private:
  using Due = std::map<TimerId, Work>;

  World& world_;
  const NodeId node_;
  uint64_t last_timer_ = 0;
  const std::shared_ptr<Due> due_ = std::make_shared<Due>();
};

}  // namespace mesos::sim
