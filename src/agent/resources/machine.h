#pragma once

// What the machine has, as far as it could be found out.
//
//   MachineFacts facts = ReadMachineFacts(work_dir);
//
// Thread-safe; takes microseconds.

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace mesos::agent {

struct MachineFacts {
  std::optional<int64_t> cpus = std::nullopt;           // online
  std::optional<uint64_t> memory_bytes = std::nullopt;  // main memory
  std::optional<uint64_t> disk_bytes =
      std::nullopt;  // the size of the file system that holds the work directory
};

// The part of the file system at `path` that is used, from 0 to 1. Blocks for as long as the file
// system does.
absl::StatusOr<double> DiskUsage(const std::string& path);

// What the operating system does not tell is left out and logged.
MachineFacts ReadMachineFacts(const std::string& work_dir);

}  // namespace mesos::agent
