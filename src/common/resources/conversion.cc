#include "common/resources/conversion.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/resources/invalid.h"
#include "common/resources/quantity.h"
#include "common/resources/validate.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos {
namespace {

using Operation = v1::Offer::Operation;
using Resources = google::protobuf::RepeatedPtrField<v1::Resource>;

Resources Normalized(Resources resources) {
  for (v1::Resource& resource : resources) NormalizeReservations(resource);
  return resources;
}

// `resources` (normalized) without the innermost reservation of each, which is dynamic.
absl::StatusOr<Resources> WithoutLastReservation(Resources resources) {
  for (v1::Resource& resource : resources) {
    const int count = resource.reservations_size();
    if (count == 0 ||
        resource.reservations(count - 1).type() != v1::Resource::ReservationInfo::DYNAMIC) {
      return Invalid("Resource '", resource.name(), "' has no dynamic reservation");
    }
    resource.mutable_reservations()->RemoveLast();
  }
  return resources;
}

// What a persistent volume is made of: the disk without what makes it a volume.
v1::Resource DiskBelow(v1::Resource volume) {
  volume.clear_shared();
  volume.mutable_disk()->clear_persistence();
  volume.mutable_disk()->clear_volume();
  if (!volume.disk().has_source()) volume.clear_disk();
  return volume;
}

absl::StatusOr<Resources> DisksBelow(const Resources& volumes) {
  Resources disks;
  for (const v1::Resource& volume : volumes) {
    if (!volume.disk().has_persistence()) {
      return Invalid("Resource '", volume.name(), "' is no persistent volume");
    }
    *disks.Add() = DiskBelow(volume);
  }
  return disks;
}

absl::StatusOr<Conversion> Between(const Resources& from, const Resources& to) {
  Conversion conversion;
  ASSIGN_OR_RETURN(conversion.from, ResourceSet::FromProto(from));
  ASSIGN_OR_RETURN(conversion.to, ResourceSet::FromProto(to));
  if (!(conversion.from.ToQuantities() == conversion.to.ToQuantities())) {
    return Invalid("The amounts differ: ", conversion.ToString());
  }
  return conversion;
}

absl::StatusOr<Conversion> Reserving(const Operation::Reserve& reserve) {
  RETURN_IF_ERROR(ValidateResources(reserve.resources()));
  RETURN_IF_ERROR(ValidateResources(reserve.source()));
  const Resources to = Normalized(reserve.resources());
  if (!reserve.source().empty()) return Between(reserve.source(), to);
  ASSIGN_OR_RETURN(const Resources from, WithoutLastReservation(to));
  return Between(from, to);
}

absl::StatusOr<Conversion> Unreserving(const Operation::Unreserve& unreserve) {
  RETURN_IF_ERROR(ValidateResources(unreserve.resources()));
  const Resources from = Normalized(unreserve.resources());
  ASSIGN_OR_RETURN(const Resources to, WithoutLastReservation(from));
  return Between(from, to);
}

absl::StatusOr<Conversion> Creating(const Resources& volumes) {
  RETURN_IF_ERROR(ValidateResources(volumes));
  ASSIGN_OR_RETURN(const Resources disks, DisksBelow(volumes));
  return Between(disks, volumes);
}

// `volume` with `size`, in thousandths, instead of its own.
v1::Resource Resized(v1::Resource volume, int64_t size) {
  volume.mutable_scalar()->set_value(FromThousandths(size));
  return volume;
}

// In thousandths; 0 where it is no amount.
int64_t SizeOf(const v1::Value::Scalar& scalar) {
  return ToThousandths(scalar.value()).value_or(0);
}

absl::StatusOr<Conversion> Growing(const Operation::GrowVolume& grow) {
  Resources from;
  *from.Add() = grow.volume();
  *from.Add() = grow.addition();
  RETURN_IF_ERROR(ValidateResources(from));
  if (!grow.volume().disk().has_persistence())
    return Invalid("There is no persistent volume to grow");
  Resources to;
  *to.Add() = Resized(grow.volume(), SaturatingAdd(SizeOf(grow.volume().scalar()),
                                                   SizeOf(grow.addition().scalar())));
  return Between(from, to);
}

absl::StatusOr<Conversion> Shrinking(const Operation::ShrinkVolume& shrink) {
  Resources from;
  *from.Add() = shrink.volume();
  RETURN_IF_ERROR(ValidateResources(from));
  if (!shrink.volume().disk().has_persistence()) {
    return Invalid("There is no persistent volume to shrink");
  }
  const int64_t size = SizeOf(shrink.volume().scalar());
  const int64_t less = SizeOf(shrink.subtract());
  if (less <= 0 || less >= size) {
    return Invalid("A volume of ", shrink.volume().scalar().value(), " cannot shrink by ",
                   shrink.subtract().value());
  }
  Resources to;
  *to.Add() = Resized(shrink.volume(), size - less);
  *to.Add() = Resized(DiskBelow(shrink.volume()), less);
  return Between(from, to);
}

}  // namespace

Conversion Conversion::AllocatedTo(absl::string_view role) const {
  return {from.AllocatedTo(role), to.AllocatedTo(role)};
}

Conversion Conversion::Unallocated() const { return {from.Unallocated(), to.Unallocated()}; }

std::string Conversion::ToString() const {
  return absl::StrCat(from.ToString(), " -> ", to.ToString());
}

absl::StatusOr<Conversion> ConversionOf(const Operation& operation) {
  switch (operation.type()) {
    case Operation::RESERVE:
      return Reserving(operation.reserve());
    case Operation::UNRESERVE:
      return Unreserving(operation.unreserve());
    case Operation::CREATE:
      return Creating(operation.create().volumes());
    case Operation::DESTROY: {
      ASSIGN_OR_RETURN(Conversion creating, Creating(operation.destroy().volumes()));
      std::swap(creating.from, creating.to);
      return creating;
    }
    case Operation::GROW_VOLUME:
      return Growing(operation.grow_volume());
    case Operation::SHRINK_VOLUME:
      return Shrinking(operation.shrink_volume());
    case Operation::UNKNOWN:
    case Operation::LAUNCH:
    case Operation::LAUNCH_GROUP:
    case Operation::CREATE_DISK:
    case Operation::DESTROY_DISK:
      break;
  }
  return absl::UnimplementedError(
      absl::StrCat(Operation::Type_Name(operation.type()), " converts no resources"));
}

absl::StatusOr<ResourceSet> Converted(const ResourceSet& resources, const Conversion& conversion) {
  if (!resources.Contains(conversion.from)) {
    return absl::FailedPreconditionError(
        absl::StrCat(resources.ToString(), " does not contain ", conversion.from.ToString()));
  }
  return resources - conversion.from + conversion.to;
}

}  // namespace mesos
