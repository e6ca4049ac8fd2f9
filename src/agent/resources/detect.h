#pragma once

// The resources that an agent offers: those of --resources, and those of the machine that it does
// not name.
//
//   ASSIGN_OR_RETURN(ResourceSet total,
//                    DetectResources(flags.resources, flags.default_role,
//                    ReadMachineFacts(work_dir)));
//
// cpus: the online ones. mem: all but 1 GB of 2 GB or more, else half. disk: all but 5 GB of 10 GB
// or more, else half. ports: 31000-32000. Where a fact is missing: 1 cpu, 1 GB, 10 GB. Pure.

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "agent/resources/machine.h"
#include "common/resources/resource_set.h"

namespace mesos::agent {

// `text` is what ParseResources reads, and may be empty; "cpus:0" names cpus, so that none are
// offered. What is detected belongs to `default_role` as well. InvalidArgument as ParseResources
// gives it.
absl::StatusOr<ResourceSet> DetectResources(absl::string_view text, absl::string_view default_role,
                                            const MachineFacts& facts);

}  // namespace mesos::agent
