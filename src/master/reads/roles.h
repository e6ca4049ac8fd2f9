#pragma once

// What a read tells of each role: a role stands as long as a framework is in it, or has something
// in it, or an operator gave it a weight. Pure.

#include <map>
#include <set>
#include <string>

#include "common/resources/resource_set.h"
#include "master/core/views/snapshot.h"

namespace mesos::master {

struct RoleTotals {
  std::set<std::string> frameworks;  // ids
  ResourceSet allocated;             // to its tasks and executors
  ResourceSet offered;
};

std::map<std::string, RoleTotals> RolesOf(const Snapshot& snapshot);

}  // namespace mesos::master
