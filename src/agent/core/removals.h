#pragma once

// What of the disk is given up, and when: runs, executors and frameworks that are over.

#include <string>

#include "agent/core/core.h"

namespace mesos::agent {

// The sandbox and the checkpoint of a run that was over at `ended_at`.
void ScheduleRunRemoval(Core& core, const RunId& run, absl::Time ended_at);

// The directories around the runs of an executor, or of a framework, that has none any more; and
// that is needed again.
void ScheduleExecutorRemoval(Core& core, const RunId& run);
void KeepExecutor(Core& core, const RunId& run);
void ScheduleFrameworkRemoval(Core& core, const std::string& framework_id);
void KeepFramework(Core& core, const std::string& framework_id);

// What is too old for a disk so full is due; the disk is measured again after a while.
void OnDiskMeasured(Core& core, const DiskMeasured& event);

// Removes what is due, or a part of it where it is much.
void RemoveDue(Core& core);

}  // namespace mesos::agent
