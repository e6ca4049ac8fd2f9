#pragma once

// What of an offer a task takes.
//
//   std::optional<ResourceSet> part = FitToOffer(wanted, free, "web");
//
// A pure function, thread-safe.

#include <optional>

#include "absl/strings/string_view.h"
#include "common/resources/resource_set.h"

namespace mesos::cli {

// `wanted`, as far as it is unreserved first out of what is reserved to `role` and then out of what
// is unreserved, as Mesos' mesos-execute takes it; nullopt where `free` does not have it. Nothing
// of it is allocated.
std::optional<ResourceSet> FitToOffer(const ResourceSet& wanted, const ResourceSet& free,
                                      absl::string_view role);

}  // namespace mesos::cli
