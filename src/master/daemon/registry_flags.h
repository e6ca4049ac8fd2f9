#pragma once

// The flags of what the master remembers, and for how long; by Mesos' names.
//
//   ASSIGN_OR_RETURN(RegistryConfig registry, ReadRegistryFlags(/*elected=*/true, "/var/lib/mesos",
//                                                               &options));
//   std::unique_ptr<store::Store> store = ...;      // open_store.h
//
// Errors name the flag and the value.

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "master/core/master_core.h"

namespace mesos::master {

enum class RegistryBackend { kMemory, kFile, kZooKeeper };

struct RegistryConfig {
  RegistryBackend backend = RegistryBackend::kMemory;
  std::string path;  // of kFile
  absl::Duration fetch_timeout;
  absl::Duration store_timeout;
};

// Fills in what the core has to know of it, too.
absl::StatusOr<RegistryConfig> ReadRegistryFlags(bool elected, const std::string& work_directory,
                                                 MasterOptions* options);

}  // namespace mesos::master
