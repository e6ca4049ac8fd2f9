#pragma once

// The status of a failed system call on a file. Thread-safe.

#include <string>

#include "absl/status/status.h"

namespace mesos {

// "Failed to <verb> '<path>': <strerror(error)>", with the code that file_system.h promises.
absl::Status PosixError(const char* verb, const std::string& path, int error);

}  // namespace mesos
