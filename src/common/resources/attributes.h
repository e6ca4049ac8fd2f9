#pragma once

// Attributes of an agent: what it tells frameworks about itself, beside its resources.
//
//   ParseAttributes("rack:abc;zone:west;level:10;keys:[1000-1500]");
//
// A value is a finite number, ranges, or else text; sets are refused, as in Mesos. The first colon
// ends the name, so that text may hold more of them. Pure functions; every failure is
// InvalidArgument.

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/repeated_field.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos {

using Attributes = google::protobuf::RepeatedPtrField<v1::Attribute>;

absl::StatusOr<Attributes> ParseAttributes(absl::string_view text);

// Whether each has a name, and the value that its type says.
absl::Status ValidateAttributes(const Attributes& attributes);

// "rack:abc;level:10": the form that ParseAttributes reads.
std::string ToString(const Attributes& attributes);

}  // namespace mesos
