#include "master/validation/resource_rules.h"

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/resources/resource_set.h"
#include "master/validation/id.h"

namespace mesos::master {
namespace {

using v1::Resource;

// Both forms that the wire knows: a stack of reservations, and the older `role` with `reservation`.
std::string ReservationRole(const Resource& resource) {
  const int size = resource.reservations_size();
  return size > 0 ? resource.reservations(size - 1).role() : resource.role();
}

bool IsReserved(const Resource& resource) { return ReservationRole(resource) != "*"; }

bool IsDynamicallyReserved(const Resource& resource) {
  const int size = resource.reservations_size();
  if (size == 0) return resource.has_reservation();
  return resource.reservations(size - 1).type() == Resource::ReservationInfo::DYNAMIC;
}

std::string ToString(const Resource& resource) {
  ResourceProtos one;
  *one.Add() = resource;
  absl::StatusOr<ResourceSet> set = ResourceSet::FromProto(one);
  return set.ok() ? set->ToString() : resource.name();
}

absl::Status ValidateGpus(const ResourceProtos& resources) {
  double gpus = 0;
  for (const Resource& resource : resources) {
    if (resource.name() == "gpus") gpus += resource.scalar().value();
  }
  const double thousandths = std::round(gpus * 1000);
  if (std::fmod(thousandths, 1000) == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "Invalid 'gpus' resource: The 'gpus' resource must be an unsigned integer");
}

absl::Status ValidatePersistence(const Resource& resource) {
  if (resource.has_revocable()) {
    return absl::InvalidArgumentError(
        "Persistent volumes cannot be created from revocable resources");
  }
  if (!IsReserved(resource)) {
    return absl::InvalidArgumentError(
        "Persistent volumes cannot be created from unreserved resources");
  }
  if (!resource.disk().has_volume()) {
    return absl::InvalidArgumentError("Expecting 'volume' to be set for persistent volume");
  }
  if (resource.disk().volume().has_host_path()) {
    return absl::InvalidArgumentError("Expecting 'host_path' to be unset for persistent volume");
  }
  const std::string& id = resource.disk().persistence().id();
  if (absl::Status status = ValidateId("Persistence ID", id); !status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("Invalid persistence ID for persistent volume: ", status.message()));
  }
  return absl::OkStatus();
}

absl::Status ValidateDisk(const Resource& resource) {
  if (!resource.has_disk()) return absl::OkStatus();
  if (resource.disk().has_persistence()) return ValidatePersistence(resource);
  if (resource.disk().has_volume()) {
    return absl::InvalidArgumentError("Non-persistent volume not supported");
  }
  if (!resource.disk().has_source()) {
    return absl::InvalidArgumentError("DiskInfo is set but empty");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateResourceForms(const ResourceProtos& resources) {
  RETURN_IF_ERROR(ValidateGpus(resources));
  for (const Resource& resource : resources) {
    if (absl::Status status = ValidateDisk(resource); !status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("Invalid DiskInfo: ", status.message()));
    }
  }
  for (const Resource& resource : resources) {
    if (!IsDynamicallyReserved(resource) || !resource.has_revocable()) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("Invalid ReservationInfo: Dynamically reserved resource ", ToString(resource),
                     " cannot be created from revocable resources"));
  }
  return absl::OkStatus();
}

absl::Status ValidateUniquePersistenceIds(const ResourceProtos& resources) {
  std::set<std::pair<std::string, std::string>> seen;
  for (const Resource& resource : resources) {
    if (!resource.disk().has_persistence()) continue;
    const std::string& id = resource.disk().persistence().id();
    if (!seen.emplace(ReservationRole(resource), id).second) {
      return absl::InvalidArgumentError(absl::StrCat("Persistence ID '", id, "' is not unique"));
    }
  }
  return absl::OkStatus();
}

absl::Status ValidateOneAllocationRole(const ResourceProtos& resources) {
  const std::string* first = nullptr;
  for (const Resource& resource : resources) {
    if (!resource.allocation_info().has_role()) {
      return absl::InvalidArgumentError("The resources are not allocated to a role");
    }
    const std::string& role = resource.allocation_info().role();
    if (first == nullptr) first = &role;
    if (role != *first) {
      return absl::InvalidArgumentError(
          absl::StrCat("The resources have multiple allocation roles ('", role, "' and '", *first,
                       "') but only one allocation role is allowed"));
    }
  }
  return absl::OkStatus();
}

absl::Status ValidateRevocableUnmixed(const ResourceProtos& resources) {
  std::map<std::string, bool> revocable;
  for (const Resource& resource : resources) {
    auto [entry, added] = revocable.emplace(resource.name(), resource.has_revocable());
    if (!added && entry->second != resource.has_revocable()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "Cannot use both revocable and non-revocable '", resource.name(), "' at the same time"));
    }
  }
  return absl::OkStatus();
}

}  // namespace mesos::master
