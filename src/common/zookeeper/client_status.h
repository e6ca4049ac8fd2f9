#pragma once

// The C client's return codes as statuses.

#include <string>

#include "absl/status/status.h"

namespace mesos::zookeeper {

// OK for ZOK; `path` is named in the message.
absl::Status ToStatus(int code, const std::string& path);

}  // namespace mesos::zookeeper
