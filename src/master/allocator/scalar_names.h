#pragma once

// Gives each scalar resource name a small index, so that fairness counts in dense vectors.
//
//   Scalars amount = names.Of(set, ScalarNames::Shared::kOnce);
//
// Core-thread-only. Names are never forgotten: they come from agents' resources and are few.

#include <string>

#include "absl/container/flat_hash_map.h"
#include "common/resources/resource_set.h"
#include "master/allocator/share_tree.h"

namespace mesos::master {

class ScalarNames {
 public:
  // Whether a shared resource counts (once, however often it stands in the set) or not.
  enum class Shared { kOnce, kNot };

  // Totals per name of the scalars of `resources`.
  Scalars Of(const ResourceSet& resources, Shared shared);

  // What one entry comes to; a shared one counts once.
  Scalars Of(const ResourceSet::Entry& entry);

 private:
  size_t IndexOf(const std::string& name);
  void AddEntry(const ResourceSet::Entry& entry, Scalars& to);

  absl::flat_hash_map<std::string, size_t> indices_{{"cpus", 0}, {"mem", 1}, {"disk", 2}};
};

}  // namespace mesos::master
