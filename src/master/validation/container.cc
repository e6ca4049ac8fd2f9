#include "master/validation/container.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace mesos::master {
namespace {

absl::Status Unset(absl::string_view field, absl::string_view kind) {
  return absl::InvalidArgumentError(
      absl::StrCat("'source.", field, "' is not set for ", kind, " volume"));
}

absl::Status ValidateVolumeSource(const v1::Volume::Source& source) {
  if (!source.has_type()) return absl::InvalidArgumentError("'source.type' is unknown");
  switch (source.type()) {
    case v1::Volume::Source::DOCKER_VOLUME:
      return source.has_docker_volume() ? absl::OkStatus()
                                        : Unset("docker_volume", "DOCKER_VOLUME");
    case v1::Volume::Source::HOST_PATH:
      return source.has_host_path() ? absl::OkStatus() : Unset("host_path", "HOST_PATH");
    case v1::Volume::Source::SANDBOX_PATH:
      return source.has_sandbox_path() ? absl::OkStatus() : Unset("sandbox_path", "SANDBOX_PATH");
    case v1::Volume::Source::SECRET:
      return source.has_secret() ? absl::OkStatus() : Unset("secret", "SECRET");
    case v1::Volume::Source::CSI_VOLUME:
      if (!source.has_csi_volume()) return Unset("csi_volume", "CSI");
      if (!source.csi_volume().has_static_provisioning()) {
        return Unset("csi_volume.static_provisioning", "CSI");
      }
      return absl::OkStatus();
    case v1::Volume::Source::UNKNOWN:
      return absl::InvalidArgumentError("'source.type' is unknown");
  }
  return absl::OkStatus();
}

absl::Status ValidateVolume(const v1::Volume& volume) {
  const int kinds = (volume.has_host_path() ? 1 : 0) + (volume.has_image() ? 1 : 0) +
                    (volume.has_source() ? 1 : 0);
  if (kinds != 1) {
    return absl::InvalidArgumentError(
        "Only one of them should be set: 'host_path', 'image' and 'source'");
  }
  if (volume.has_source()) return ValidateVolumeSource(volume.source());
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateContainer(const v1::ContainerInfo& container) {
  for (const v1::Volume& volume : container.volumes()) {
    if (absl::Status status = ValidateVolume(volume); !status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("Invalid volume: ", status.message()));
    }
  }
  if (container.type() != v1::ContainerInfo::DOCKER) return absl::OkStatus();
  if (!container.has_docker()) {
    return absl::InvalidArgumentError(
        "DockerInfo 'docker' is not set for DOCKER typed ContainerInfo");
  }
  // The agent names the containers itself, and finds them again by that name.
  for (const v1::Parameter& parameter : container.docker().parameters()) {
    if (parameter.key() == "name") {
      return absl::InvalidArgumentError("Parameter in DockerInfo must not be 'name'");
    }
  }
  return absl::OkStatus();
}

}  // namespace mesos::master
