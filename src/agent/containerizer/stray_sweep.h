#pragma once

// Ends what a former agent on the same work directory started and this one does not take up: its
// tasks are told as lost, and their resources are offered again, so they must not run on.
//
//   ASSIGN_OR_RETURN(SweptStrays swept, EndStrays({.work_directory = "/var/lib/mesos",
//                                                  .keep = containers_of_the_checkpoint}));
//
// Blocks until nothing of it is left, however long that takes: first SIGTERM, after a grace period
// SIGKILL, and where that does not help an error in the log each few seconds. Any thread; call
// before the agent registers, and while it has its directory for itself.

#include <cstdint>
#include <functional>
#include <set>
#include <string>

#include "absl/status/statusor.h"

namespace mesos::agent {

struct StraySweep {
  std::string work_directory;  // as launchers know it
  std::set<std::string> keep;  // ids of containers whose launchers, where they live, are wanted
  std::function<bool()> give_up = nullptr;  // asked a few times a second
};

struct SweptStrays {
  uint64_t containers = 0;
  uint64_t processes = 0;
};

// Cancelled where `give_up` said so.
absl::StatusOr<SweptStrays> EndStrays(const StraySweep& sweep);

}  // namespace mesos::agent
