#pragma once

// Mesos' log form of a resource as it came, valid or not: what messages to clients quote.
//
//   ToString(resource);     // "cpus(allocated: probe):-1"
//
// Pure functions. ResourceSet::ToString is this over the set's entries.

#include <string>

namespace mesos::v1 {
class Resource;
}  // namespace mesos::v1

namespace mesos {

// Everything before the colon: "cpus(allocated: web)(reservations: [(STATIC,web)])".
std::string IdentityToString(const v1::Resource& resource);

std::string ToString(const v1::Resource& resource);

}  // namespace mesos
