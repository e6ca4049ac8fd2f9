#include "common/resources/validate.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/limits.h"
#include "common/base/status_macros.h"
#include "common/resources/invalid.h"
#include "common/resources/print.h"
#include "common/resources/quantity.h"
#include "common/resources/ranges.h"
#include "common/resources/roles.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos {
namespace {

using ReservationInfo = v1::Resource::ReservationInfo;
using DiskSourceInfo = v1::Resource::DiskInfo::Source;

absl::Status ValidateScalar(const v1::Resource& resource) {
  if (!resource.has_scalar() || resource.has_ranges() || resource.has_set()) {
    return Invalid("Invalid scalar resource");
  }
  const double value = resource.scalar().value();
  if (value == 0) return absl::OkStatus();
  if (std::isnan(value)) return Invalid("Invalid scalar resource: value is not a number");
  if (value < 0) return Invalid("Invalid scalar resource: value <= 0");
  const std::optional<int64_t> thousandths = ToThousandths(value);
  if (!thousandths) {
    return Invalid("Invalid scalar resource: value > ", static_cast<int64_t>(limits::kMaxScalar));
  }
  // What is not zero must not come to be zero by rounding.
  if (*thousandths == 0) return Invalid("Invalid scalar resource: value <= 0");
  return absl::OkStatus();
}

absl::Status ValidateRanges(const v1::Resource& resource) {
  if (resource.has_scalar() || !resource.has_ranges() || resource.has_set()) {
    return Invalid("Invalid ranges resource");
  }
  const auto& ranges = resource.ranges().range();
  if (static_cast<size_t>(ranges.size()) > limits::kMaxRangesPerResource) {
    return Invalid("Invalid ranges resource: more than ", limits::kMaxRangesPerResource, " ranges");
  }
  std::vector<Range> sorted;
  sorted.reserve(ranges.size());
  for (const v1::Value::Range& range : ranges) {
    if (range.begin() > range.end()) return Invalid("Invalid ranges resource: begin > end");
    sorted.push_back({range.begin(), range.end()});
  }
  std::sort(sorted.begin(), sorted.end());
  for (size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i].begin <= sorted[i - 1].end) {
      return Invalid("Invalid ranges resource: overlapping ranges");
    }
  }
  return absl::OkStatus();
}

absl::Status ValidateSet(const v1::Resource& resource) {
  if (resource.has_scalar() || resource.has_ranges() || !resource.has_set()) {
    return Invalid("Invalid set resource");
  }
  const auto& items = resource.set().item();
  if (static_cast<size_t>(items.size()) > limits::kMaxSetItemsPerResource) {
    return Invalid("Invalid set resource: more than ", limits::kMaxSetItemsPerResource,
                   " elements");
  }
  std::vector<absl::string_view> sorted(items.begin(), items.end());
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
    return Invalid("Invalid set resource: duplicated elements");
  }
  return absl::OkStatus();
}

absl::Status ValidateValue(const v1::Resource& resource) {
  switch (resource.type()) {
    case v1::Value::SCALAR:
      return ValidateScalar(resource);
    case v1::Value::RANGES:
      return ValidateRanges(resource);
    case v1::Value::SET:
      return ValidateSet(resource);
    case v1::Value::TEXT:
      return Invalid("Unsupported resource type");
  }
  return Invalid("Invalid resource type");
}

absl::Status ValidateDisk(const v1::Resource& resource) {
  if (!resource.has_disk()) return absl::OkStatus();
  if (resource.name() != "disk") {
    return Invalid("DiskInfo should not be set for ", resource.name(), " resource");
  }
  if (!resource.disk().has_source()) return absl::OkStatus();
  const DiskSourceInfo& source = resource.disk().source();
  switch (source.type()) {
    case DiskSourceInfo::PATH:
    case DiskSourceInfo::MOUNT:
      return absl::OkStatus();
    case DiskSourceInfo::BLOCK:
    case DiskSourceInfo::RAW:
      if (source.has_mount()) {
        return Invalid("Mount should not be set for ", DiskSourceInfo::Type_Name(source.type()),
                       " disk source");
      }
      if (source.has_path()) {
        return Invalid("Path should not be set for ", DiskSourceInfo::Type_Name(source.type()),
                       " disk source");
      }
      return absl::OkStatus();
    case DiskSourceInfo::UNKNOWN:
      break;
  }
  return Invalid("Unsupported 'DiskInfo.Source.Type' in 'UNKNOWN'");
}

// `role` and `reservation`.
absl::Status ValidateUnrefined(const v1::Resource& resource) {
  RETURN_IF_ERROR(ValidateRole(resource.role()));
  if (!resource.has_reservation()) return absl::OkStatus();
  if (resource.reservation().has_type()) {
    return Invalid(
        "'Resource.ReservationInfo.type' must not be set for the 'Resource.reservation' field");
  }
  if (resource.reservation().has_role()) {
    return Invalid(
        "'Resource.ReservationInfo.role' must not be set for the 'Resource.reservation' field");
  }
  if (resource.role() == "*") {
    return Invalid("Invalid reservation: role \"*\" cannot be dynamically reserved");
  }
  return absl::OkStatus();
}

absl::Status ValidateStack(const v1::Resource& resource) {
  for (const ReservationInfo& reservation : resource.reservations()) {
    if (!reservation.has_type()) {
      return Invalid("Invalid reservation: 'Resource.ReservationInfo.type' field must be set.");
    }
    if (!reservation.has_role()) {
      return Invalid("Invalid reservation: 'Resource.ReservationInfo.role' field must be set.");
    }
    RETURN_IF_ERROR(ValidateRole(reservation.role()));
    if (reservation.role() == "*") {
      return Invalid("Invalid reservation: role \"*\" cannot be reserved");
    }
    if (reservation.type() == ReservationInfo::UNKNOWN) {
      return Invalid("Unsupported 'Resource.ReservationInfo.Type'");
    }
  }
  for (int i = 1; i < resource.reservations_size(); ++i) {
    const ReservationInfo& reservation = resource.reservations(i);
    const std::string& ancestor = resource.reservations(i - 1).role();
    if (reservation.type() == ReservationInfo::STATIC) {
      return Invalid("Invalid refined reservation: A refined reservation cannot be STATIC");
    }
    if (!IsStrictSubroleOf(reservation.role(), ancestor)) {
      return Invalid("Invalid refined reservation: role '", reservation.role(),
                     "' is not a refinement of '", ancestor, "'");
    }
  }
  return absl::OkStatus();
}

// Labels compare as a multiset.
std::map<std::pair<std::string, std::optional<std::string>>, int> LabelCounts(
    const v1::Labels& labels) {
  std::map<std::pair<std::string, std::optional<std::string>>, int> counts;
  for (const v1::Label& label : labels.labels()) {
    std::optional<std::string> value;
    if (label.has_value()) value = label.value();
    ++counts[{label.key(), std::move(value)}];
  }
  return counts;
}

// A resource may say both forms at once where they agree, as the classic endpoints print it.
absl::Status ValidateBothForms(const v1::Resource& resource) {
  const absl::string_view format = "Invalid resource format: ";
  if (resource.reservations_size() > 1) {
    for (auto [is_set, field] :
         {std::pair(resource.has_role(), "role"), {resource.has_reservation(), "reservation"}}) {
      if (is_set) {
        return Invalid(format, "'Resource.", field, "' must not be set if there is more than one ",
                       "reservation in 'Resource.reservations'");
      }
    }
    return absl::OkStatus();
  }
  const ReservationInfo& only = resource.reservations(0);
  if (resource.has_role() && resource.role() != only.role()) {
    return Invalid(format, "'Resource.role' field with '", resource.role(),
                   "' does not match the role '", only.role(), "' in 'Resource.reservations'");
  }
  if (only.type() == ReservationInfo::STATIC) {
    if (!resource.has_reservation()) return absl::OkStatus();
    return Invalid(format, "'Resource.reservation' must not be set if the single reservation in ",
                   "'Resource.reservations' is STATIC");
  }
  if (resource.has_role() != resource.has_reservation()) {
    return Invalid(format, "'Resource.role' and 'Resource.reservation' must either be both set or ",
                   "both not set if the single reservation in 'Resource.reservations' is DYNAMIC");
  }
  if (!resource.has_reservation()) return absl::OkStatus();
  if (resource.reservation().principal() != only.principal()) {
    return Invalid(format, "'Resource.reservation.principal' field with '",
                   resource.reservation().principal(), "' does not match the principal '",
                   only.principal(), "' in 'Resource.reservations'");
  }
  if (LabelCounts(resource.reservation().labels()) != LabelCounts(only.labels())) {
    return Invalid(format, "'Resource.reservation.labels' field does not match the labels in ",
                   "'Resource.reservations'");
  }
  return absl::OkStatus();
}

absl::Status ValidateShared(const v1::Resource& resource) {
  if (!resource.has_shared()) return absl::OkStatus();
  if (resource.name() != "disk") {
    return Invalid("Resource ", resource.name(), " cannot be shared");
  }
  if (!resource.has_disk() || !resource.disk().has_persistence()) {
    return Invalid("Only persistent volumes can be shared");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateResource(const v1::Resource& resource) {
  if (resource.name().empty()) return Invalid("Empty resource name");
  RETURN_IF_ERROR(ValidateValue(resource));
  RETURN_IF_ERROR(ValidateDisk(resource));
  if (resource.reservations_size() == 0) {
    RETURN_IF_ERROR(ValidateUnrefined(resource));
  } else {
    RETURN_IF_ERROR(ValidateStack(resource));
    RETURN_IF_ERROR(ValidateBothForms(resource));
  }
  return ValidateShared(resource);
}

absl::Status ValidateResources(const google::protobuf::RepeatedPtrField<v1::Resource>& resources) {
  for (const v1::Resource& resource : resources) {
    absl::Status status = ValidateResource(resource);
    if (!status.ok()) {
      return Invalid("Resource '", ToString(resource), "' is invalid: ", status.message());
    }
  }
  return absl::OkStatus();
}

void NormalizeReservations(v1::Resource& resource) {
  if (resource.reservations_size() == 0 && resource.role() != "*") {
    ReservationInfo* reservation = resource.add_reservations();
    if (resource.has_reservation()) *reservation = resource.reservation();
    reservation->set_type(resource.has_reservation() ? ReservationInfo::DYNAMIC
                                                     : ReservationInfo::STATIC);
    reservation->set_role(resource.role());
  }
  resource.clear_role();
  resource.clear_reservation();
}

}  // namespace mesos
