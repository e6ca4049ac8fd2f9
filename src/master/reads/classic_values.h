#pragma once

// Small values that the classic endpoints have in common. Pure.

#include <string>

#include "absl/time/time.h"
#include "common/json/json_writer.h"
#include "common/resources/quantities.h"
#include "common/resources/quantity.h"
#include "master/core/views/snapshot.h"

namespace mesos::master {

// Since the Unix epoch; 0 for a time that never was.
inline double Seconds(absl::Time time) {
  if (time == absl::InfinitePast()) return 0;
  return absl::ToDoubleSeconds(time - absl::UnixEpoch());
}

inline ResourceSet Sum(const ResourcesByRole& by_role) {
  ResourceSet sum;
  for (const auto& [role, resources] : by_role) sum += resources;
  return sum;
}

// {"cpus":0.3,"ports":1001.0}: what is there, each as a number.
inline void WriteQuantities(json::JsonWriter& json, const Quantities& quantities) {
  json.BeginObject();
  for (const auto& [name, thousandths] : quantities.entries()) {
    json.KeyOf(name).Double(FromThousandths(thousandths));
  }
  json.EndObject();
}

}  // namespace mesos::master
