#pragma once

// Reads a small file that somebody names, such as the value of a flag.
//
//   ASSIGN_OR_RETURN(std::string text, ReadSmallFile("/etc/mesos/zk",
//   limits::kMaxAddressFileBytes));
//
// Thread-safe: no state. Never waits for a writer, and never reads more than the limit.

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace mesos {

// InvalidArgument, naming the path and what is wrong: it cannot be read, it is a folder, a FIFO or
// a device instead of a file, or it has more than `limit` bytes.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path, size_t limit);

}  // namespace mesos
