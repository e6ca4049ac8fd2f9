#pragma once

// What must hold of a Core between two events, for tests and simulation.

#include <string>

#include "agent/core/core.h"

namespace mesos::agent {

// Empty where all holds; else what is wrong.
std::string CheckCoreInvariants(const Core& core);

}  // namespace mesos::agent
