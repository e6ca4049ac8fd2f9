#pragma once

// What of the disk is given up, and when: runs, executors and frameworks that are over.

#include <string>

#include "agent/core/core.h"

namespace mesos::agent {

// The sandbox and the checkpoint of a run that is over.
void ScheduleRunRemoval(Core& core, const RunId& run);

// The directories around the runs of an executor, or of a framework, that has none any more; and
// that is needed again.
void ScheduleExecutorRemoval(Core& core, const RunId& run);
void KeepExecutor(Core& core, const RunId& run);
void ScheduleFrameworkRemoval(Core& core, const std::string& framework_id);
void KeepFramework(Core& core, const std::string& framework_id);

// Removes what is due.
void RemoveDue(Core& core);

}  // namespace mesos::agent
