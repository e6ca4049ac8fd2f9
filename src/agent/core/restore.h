#pragma once

// A restarted agent takes up what recovery found.

#include "agent/core/core.h"

namespace mesos::agent {

// Rebuilds frameworks, executors, tasks and update streams, and asks to reattach every run that was
// not completed; what ended meanwhile is then heard by ContainerExited. Call once, before anything
// else.
void Restore(Core& core, RecoveredState recovered);

}  // namespace mesos::agent
