#pragma once

// What a caller may see of the state that it reads.
//
//   std::shared_ptr<const Snapshot> seen = Visible(core.TakeSnapshot(), gate.VisibleTo(*caller));
//
// Applied to snapshots, in one place for the master and one for the agent, so that no reader has to
// think of it; who sees all pays one comparison a read. Immutable, so thread-safe.

#include <memory>
#include <string>
#include <utility>

namespace mesos::v1 {
class ExecutorInfo;
class FrameworkInfo;
}  // namespace mesos::v1

namespace mesos::auth {

class Visibility {
 public:
  // What restricts it. A task or an executor of a framework that is not seen is not asked for.
  class Rules {
   public:
    virtual ~Rules() = default;
    virtual bool SeesFramework(const v1::FrameworkInfo& framework) const = 0;
    virtual bool SeesTask(const v1::FrameworkInfo& framework, const std::string& task_id) const = 0;
    virtual bool SeesExecutor(const v1::FrameworkInfo& framework,
                              const v1::ExecutorInfo& executor) const = 0;
    virtual bool SeesRole(const std::string& role) const = 0;
  };

  static Visibility All() { return Visibility(nullptr); }
  explicit Visibility(std::shared_ptr<const Rules> rules) : rules_(std::move(rules)) {}

  bool all() const { return rules_ == nullptr; }
  // Not where all().
  const Rules& rules() const { return *rules_; }

 private:
  std::shared_ptr<const Rules> rules_;
};

}  // namespace mesos::auth
