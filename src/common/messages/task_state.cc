#include "common/messages/task_state.h"

namespace mesos {

bool IsTerminal(v1::TaskState state) {
  switch (state) {
    case v1::TASK_FINISHED:
    case v1::TASK_FAILED:
    case v1::TASK_KILLED:
    case v1::TASK_LOST:
    case v1::TASK_ERROR:
    case v1::TASK_DROPPED:
    case v1::TASK_GONE:
    case v1::TASK_GONE_BY_OPERATOR:
      return true;
    case v1::TASK_STAGING:
    case v1::TASK_STARTING:
    case v1::TASK_RUNNING:
    case v1::TASK_KILLING:
    case v1::TASK_UNREACHABLE:
    case v1::TASK_UNKNOWN:
      return false;
  }
  return false;
}

bool MayComeFromAgent(v1::TaskState state) {
  return state != v1::TASK_UNREACHABLE && state != v1::TASK_UNKNOWN;
}

}  // namespace mesos
