#pragma once

// The version of this library, at compile time and at run time.
//
//   static_assert(MESOS_VERSION_NUM >= 100);
//   std::puts(mesos::Version());            // "0.1.0", of the library that is linked
//
// Thread-safe.

#define MESOS_VERSION "0.1.0"
#define MESOS_MAJOR_VERSION_NUM 0
#define MESOS_MINOR_VERSION_NUM 1
#define MESOS_PATCH_VERSION_NUM 0

// major * 10000 + minor * 100 + patch
#define MESOS_VERSION_NUM 100

namespace mesos {

// A constant of the linked library; it may differ from MESOS_VERSION, which is of the headers.
const char* Version();

}  // namespace mesos
