#include "agent/core/snapshot.h"

#include "agent/core/task_status.h"

namespace mesos::agent {

v1::Task Snapshot::Render(const Executor& executor, const Task& task) const {
  auto it = in_flight.find(TaskKey{executor.framework_id, task.id()});
  return RenderTask(executor, task, agent_id(), it == in_flight.end() ? nullptr : it->second.get());
}

}  // namespace mesos::agent
