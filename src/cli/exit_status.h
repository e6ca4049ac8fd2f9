#pragma once

// The exit status that a shell would give for a task's end.
//
//   ExitStatus(status);    // 0 finished; 3 after "Command exited with status 3";
//                          // 137 after "... signal Killed"
//
// An end without an exit status of its own (TASK_LOST, TASK_ERROR, ...) is 1. A pure function,
// thread-safe.

#include "mesos/v1/mesos.pb.h"

namespace mesos::cli {

// Of a terminal status.
int ExitStatus(const v1::TaskStatus& status);

}  // namespace mesos::cli
