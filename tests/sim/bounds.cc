#include "tests/sim/bounds.h"

#include "common/runtime/random.h"

namespace mesos::sim {

Bounds DrawBounds(uint64_t seed) {
  // Another stream than the history's own.
  Random random(seed ^ 0xb0b0'b0b0'b0b0'b0b0);
  Bounds bounds;
  if (random.Below(2) == 0) return bounds;
  const auto shrink = [&random](auto* bound, uint64_t least, uint64_t choices) {
    const bool shrinks = random.Below(3) == 0;
    const uint64_t drawn = least + random.Below(choices);
    if (shrinks) *bound = drawn;
  };
  shrink(&bounds.held_events, 1, 8);
  shrink(&bounds.statuses_per_task, 1, 3);
  shrink(&bounds.filters_per_agent, 1, 2);
  shrink(&bounds.completed_tasks, 0, 4);
  shrink(&bounds.unreachable_tasks, 0, 3);
  shrink(&bounds.agent_statuses, 1, 3);
  shrink(&bounds.completed_executors, 0, 3);
  shrink(&bounds.completed_frameworks, 0, 2);
  shrink(&bounds.kept_calls, 1, 3);
  shrink(&bounds.session_queue, 5, 40);
  return bounds;
}

}  // namespace mesos::sim
