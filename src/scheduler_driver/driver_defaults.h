#pragma once

// What a driver fills in of a FrameworkInfo that leaves it out, as Mesos' driver does.
//
//   FillFrameworkDefaults(framework);    // user: who runs this process; hostname: this machine's
//
// Asks the operating system. Thread-safe.

#include "mesos/v1/mesos.pb.h"

namespace mesos::scheduler_driver {

void FillFrameworkDefaults(v1::FrameworkInfo& framework);

}  // namespace mesos::scheduler_driver
