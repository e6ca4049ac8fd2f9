// The protobuf side of ResourceSet.

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/limits.h"
#include "common/base/status_macros.h"
#include "common/resources/print.h"
#include "common/resources/quantity.h"
#include "common/resources/resource_set.h"
#include "common/resources/validate.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos {
namespace {

// The value of a resource that is valid.
ResourceValue ReadValue(const v1::Resource& resource) {
  switch (resource.type()) {
    case v1::Value::RANGES: {
      std::vector<Range> ranges;
      ranges.reserve(resource.ranges().range_size());
      for (const auto& range : resource.ranges().range()) {
        ranges.push_back({range.begin(), range.end()});
      }
      return ResourceValue::OfRanges(Ranges(std::move(ranges)));
    }
    case v1::Value::SET:
      return ResourceValue::OfSet({resource.set().item().begin(), resource.set().item().end()});
    case v1::Value::SCALAR:
    case v1::Value::TEXT:
      break;
  }
  return ResourceValue::Scalar(ToThousandths(resource.scalar().value()).value_or(0));
}

void WriteValue(const ResourceValue& value, v1::Resource& resource) {
  switch (value.type()) {
    case ResourceValue::Type::kScalar:
      resource.mutable_scalar()->set_value(FromThousandths(value.scalar()));
      return;
    case ResourceValue::Type::kRanges:
      for (const Range& range : value.ranges().list()) {
        v1::Value::Range* out = resource.mutable_ranges()->add_range();
        out->set_begin(range.begin);
        out->set_end(range.end);
      }
      return;
    case ResourceValue::Type::kSet:
      for (const std::string& item : value.items()) resource.mutable_set()->add_item(item);
      return;
  }
}

// One by one each was within bounds; together they have to be too.
absl::Status CheckBounds(const ResourceSet::Entry& entry) {
  const ResourceValue& value = entry.value;
  size_t most = 0;
  size_t size = 0;
  switch (value.type()) {
    case ResourceValue::Type::kScalar: {
      if (FromThousandths(value.scalar()) <= limits::kMaxScalar) return absl::OkStatus();
      return absl::InvalidArgumentError(absl::StrCat("Resources '", entry.identity->ToString(),
                                                     "' are invalid: their sum is > ",
                                                     static_cast<int64_t>(limits::kMaxScalar)));
    }
    case ResourceValue::Type::kRanges:
      most = limits::kMaxRangesPerResource;
      size = value.ranges().list().size();
      break;
    case ResourceValue::Type::kSet:
      most = limits::kMaxSetItemsPerResource;
      size = value.items().size();
      break;
  }
  if (size <= most) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("Resources '", entry.identity->ToString(),
                                                 "' are invalid: together more than ", most,
                                                 " ranges or elements"));
}

void WriteReservations(const IdentityTraits& traits, ResourceSet::WireForm form,
                       v1::Resource& resource) {
  if (form == ResourceSet::WireForm::kPostRefinement || traits.reservations.size() > 1) return;
  if (traits.reservations.empty()) {
    resource.set_role("*");
    return;
  }
  const v1::Resource::ReservationInfo& source = traits.prototype->reservations(0);
  resource.set_role(source.role());
  if (source.type() == v1::Resource::ReservationInfo::DYNAMIC) {
    v1::Resource::ReservationInfo* target = resource.mutable_reservation();
    if (source.has_principal()) target->set_principal(source.principal());
    if (source.has_labels()) *target->mutable_labels() = source.labels();
  }
  if (form == ResourceSet::WireForm::kPreRefinement) resource.clear_reservations();
}

}  // namespace

absl::StatusOr<ResourceSet> ResourceSet::FromProto(
    const google::protobuf::RepeatedPtrField<v1::Resource>& resources) {
  RETURN_IF_ERROR(ValidateResources(resources));
  std::vector<Entry> entries;
  entries.reserve(resources.size());
  for (const v1::Resource& resource : resources) {
    Entry entry;
    entry.value = ReadValue(resource);
    if (entry.value.empty()) continue;
    if (resource.role() != "*" || resource.has_reservation()) {
      v1::Resource normalized = resource;
      NormalizeReservations(normalized);
      entry.identity = InternIdentity(normalized);
    } else {
      entry.identity = InternIdentity(resource);
    }
    entries.push_back(std::move(entry));
  }
  // Sorted first, because a hostile message may hold very many.
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.Order(b) < 0; });
  ResourceSet result;
  for (size_t i = 0; i < entries.size(); ++i) {
    const IdentityRef identity = entries[i].identity;
    result.Add(std::move(entries[i]));
    if (!identity->whole()) RETURN_IF_ERROR(CheckBounds(result.entries_.back()));
  }
  return result;
}

void ResourceSet::ToProto(google::protobuf::RepeatedPtrField<v1::Resource>* out,
                          WireForm form) const {
  for (const Entry& entry : entries_) {
    for (int32_t i = 0; i < entry.count; ++i) {
      v1::Resource* resource = out->Add();
      *resource = *entry.identity->traits().prototype;
      WriteReservations(entry.identity->traits(), form, *resource);
      if (entry.identity->allocated()) {
        resource->mutable_allocation_info()->set_role(entry.identity->allocation_role());
      }
      WriteValue(entry.value, *resource);
    }
  }
}

}  // namespace mesos
