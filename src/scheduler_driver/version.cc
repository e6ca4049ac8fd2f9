#include <mesos/version.h>

#include "absl/strings/string_view.h"

// The header is installed as it stands, so it cannot take the number from the build.
static_assert(absl::string_view(MESOS_VERSION) == LIBRARY_VERSION,
              "include/mesos/version.h is out of date");

namespace mesos {

const char* Version() { return MESOS_VERSION; }

}  // namespace mesos
