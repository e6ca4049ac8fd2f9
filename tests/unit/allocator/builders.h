#pragma once

// Short ways to write resources in the allocator's tests.
//
//   ResourceSet agent = Cpus(4) + Mem(1024) + Of({.name = "cpus", .value = 2, .roles = {"eng"}});

#include <string>
#include <vector>

#include "common/resources/resource_set.h"
#include "glog/logging.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::master {

struct ResourceSpec {
  std::string name = "cpus";
  double value = 1;
  std::vector<std::string> roles = {};  // the reservation stack
  bool revocable = false;
  std::string shared_volume = {};  // a shared persistent volume of this id, where not empty
};

inline ResourceSet Of(const ResourceSpec& spec) {
  google::protobuf::RepeatedPtrField<v1::Resource> resources;
  v1::Resource* resource = resources.Add();
  resource->set_name(spec.name);
  resource->set_type(v1::Value::SCALAR);
  resource->mutable_scalar()->set_value(spec.value);
  for (size_t i = 0; i < spec.roles.size(); ++i) {
    v1::Resource::ReservationInfo* reservation = resource->add_reservations();
    reservation->set_role(spec.roles[i]);
    bool is_static = i == 0 && spec.shared_volume.empty();
    reservation->set_type(is_static ? v1::Resource::ReservationInfo::STATIC
                                    : v1::Resource::ReservationInfo::DYNAMIC);
  }
  if (spec.revocable) resource->mutable_revocable();
  if (!spec.shared_volume.empty()) {
    resource->mutable_disk()->mutable_persistence()->set_id(spec.shared_volume);
    resource->mutable_disk()->mutable_volume()->set_container_path("data");
    resource->mutable_disk()->mutable_volume()->set_mode(v1::Volume::RW);
    resource->mutable_shared();
  }
  absl::StatusOr<ResourceSet> set = ResourceSet::FromProto(resources);
  CHECK(set.ok()) << set.status();
  return *set;
}

inline ResourceSet Cpus(double value) { return Of({.name = "cpus", .value = value}); }
inline ResourceSet Mem(double value) { return Of({.name = "mem", .value = value}); }
inline ResourceSet Gpus(double value) { return Of({.name = "gpus", .value = value}); }
inline ResourceSet Machine(double cpus, double mem) { return Cpus(cpus) + Mem(mem); }

inline ResourceSet Ports(uint64_t first, uint64_t last) {
  google::protobuf::RepeatedPtrField<v1::Resource> resources;
  v1::Resource* resource = resources.Add();
  resource->set_name("ports");
  resource->set_type(v1::Value::RANGES);
  v1::Value::Range* range = resource->mutable_ranges()->add_range();
  range->set_begin(first);
  range->set_end(last);
  absl::StatusOr<ResourceSet> set = ResourceSet::FromProto(resources);
  CHECK(set.ok()) << set.status();
  return *set;
}

}  // namespace mesos::master
