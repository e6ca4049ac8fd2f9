#pragma once

// Resources as an operator writes them: Mesos' text form, or a JSON array of Resource.
//
//   ParseResources("cpus:8;mem:4096;ports:[31000-32000];disks(db):{a,b}");
//   ParseResources(R"([{"name": "cpus", "type": "SCALAR", "scalar": {"value": 8}}])", "web");
//
// What begins with `[` is JSON. Values in text lose their spaces, ranges may overlap and are
// joined. Pure functions; every failure is InvalidArgument and names the piece that is wrong.

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/resources/resource_set.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos {

// A value in text form: `[1-2, 5-9]` is ranges, `{a, b}` a set, a finite number a scalar, the rest
// text.
absl::StatusOr<v1::Value> ParseValue(absl::string_view text);

// The resources as they stand in `text`, zero ones too, in their order, each valid and with
// `reservations` only. What names no role is reserved to `default_role` ("*": not reserved).
absl::StatusOr<std::vector<v1::Resource>> ParseResourceList(absl::string_view text,
                                                            absl::string_view default_role = "*");

// The same as a set. As in Mesos, no persistent volume, revocable resource or dynamic reservation
// may stand in a flag, nor one name with two types.
absl::StatusOr<ResourceSet> ParseResources(absl::string_view text,
                                           absl::string_view default_role = "*");

}  // namespace mesos
