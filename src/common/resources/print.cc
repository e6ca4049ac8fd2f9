#include "common/resources/print.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos {
namespace {

std::string LabelsToString(const v1::Labels& labels) {
  return absl::StrCat("{",
                      absl::StrJoin(labels.labels(), ", ",
                                    [](std::string* out, const v1::Label& label) {
                                      absl::StrAppend(out, label.key());
                                      if (label.has_value()) {
                                        absl::StrAppend(out, ": ", label.value());
                                      }
                                    }),
                      "}");
}

std::string SourceToString(const v1::Resource::DiskInfo::Source& source) {
  std::string text = v1::Resource::DiskInfo::Source::Type_Name(source.type());
  if (source.has_id() || source.has_profile()) {
    absl::StrAppend(&text, "(", source.vendor(), ",", source.id(), ",", source.profile(), ")");
  } else if (source.mount().has_root()) {
    absl::StrAppend(&text, ":", source.mount().root());
  } else if (source.path().has_root()) {
    absl::StrAppend(&text, ":", source.path().root());
  }
  return text;
}

std::string DiskToString(const v1::Resource::DiskInfo& disk) {
  std::string text;
  if (disk.has_source()) text = SourceToString(disk.source());
  if (disk.has_persistence()) {
    absl::StrAppend(&text, disk.has_source() ? "," : "", disk.persistence().id());
  }
  if (disk.has_volume()) {
    const v1::Volume& volume = disk.volume();
    absl::StrAppend(&text, ":");
    if (volume.has_host_path()) absl::StrAppend(&text, volume.host_path(), ":");
    absl::StrAppend(&text, volume.container_path());
    if (volume.has_host_path() && volume.has_mode()) {
      absl::StrAppend(&text, volume.mode() == v1::Volume::RW ? ":rw" : ":ro");
    }
  }
  return text;
}

std::string ReservationToString(const v1::Resource::ReservationInfo& reservation) {
  std::string text = absl::StrCat("(", v1::Resource::ReservationInfo::Type_Name(reservation.type()),
                                  ",", reservation.role());
  if (reservation.has_principal()) absl::StrAppend(&text, ",", reservation.principal());
  if (reservation.has_labels()) absl::StrAppend(&text, ",", LabelsToString(reservation.labels()));
  return text + ")";
}

std::string ValueToString(const v1::Resource& resource) {
  switch (resource.type()) {
    case v1::Value::SCALAR:
      return absl::StrFormat("%.15g", resource.scalar().value());
    case v1::Value::RANGES:
      return absl::StrCat("[",
                          absl::StrJoin(resource.ranges().range(), ", ",
                                        [](std::string* out, const v1::Value::Range& range) {
                                          absl::StrAppend(out, range.begin(), "-", range.end());
                                        }),
                          "]");
    case v1::Value::SET:
      return absl::StrCat("{", absl::StrJoin(resource.set().item(), ", "), "}");
    case v1::Value::TEXT:
      return "(a text)";
  }
  return "";
}

}  // namespace

std::string IdentityToString(const v1::Resource& resource) {
  std::string text = resource.name();
  if (resource.has_allocation_info()) {
    absl::StrAppend(&text, "(allocated: ", resource.allocation_info().role(), ")");
  }
  if (resource.reservations_size() > 0) {
    absl::StrAppend(&text, "(reservations: [",
                    absl::StrJoin(resource.reservations(), ",",
                                  [](std::string* out, const auto& reservation) {
                                    absl::StrAppend(out, ReservationToString(reservation));
                                  }),
                    "])");
  }
  if (resource.has_disk()) absl::StrAppend(&text, "[", DiskToString(resource.disk()), "]");
  if (resource.has_revocable()) absl::StrAppend(&text, "{REV}");
  if (resource.has_shared()) absl::StrAppend(&text, "<SHARED>");
  return text;
}

std::string ToString(const v1::Resource& resource) {
  return absl::StrCat(IdentityToString(resource), ":", ValueToString(resource));
}

}  // namespace mesos
