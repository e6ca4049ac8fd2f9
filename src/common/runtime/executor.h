#pragma once

// The seam between a core and time: named work, run one at a time in order of posting.
//
//   executor.Post("agent_message", [this] { ... });
//   TimerId timer = executor.RunAt(executor.Now() + absl::Seconds(5), "ping", [this] { ... });
//   executor.Cancel(timer);
//
// Production uses AsioExecutor (one thread); simulation a virtual clock. Post and RunAt may be
// called from any thread where the implementation says so (AsioExecutor does); Cancel and
// AssertOnThread on the executor's own. A name is a string literal and labels the metrics of queue
// time and run time.

#include <cstdint>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"

namespace mesos {

enum class TimerId : uint64_t { kNone = 0 };

class Executor {
 public:
  using Work = absl::AnyInvocable<void()>;

  virtual ~Executor() = default;

  // Runs `work` after everything posted before it. Never runs it inline.
  virtual void Post(const char* name, Work work) = 0;

  // Runs `work` at `when` or soon after; at once where `when` is past (still not inline).
  virtual TimerId RunAt(absl::Time when, const char* name, Work work) = 0;

  // The work of `timer` will not run, unless it ran already. Unknown ids are ignored.
  virtual void Cancel(TimerId timer) = 0;

  virtual absl::Time Now() const = 0;

  // CHECKs that the caller runs on this executor.
  virtual void AssertOnThread() const = 0;
};

}  // namespace mesos
