#pragma once

#include <string>

#include "agent/core/core.h"

// What must hold of a Core between two events, for tests and simulation.

namespace mesos::agent {

// Empty where all holds; else what is wrong.
std::string CheckCoreInvariants(const Core& core);

}  // namespace mesos::agent
