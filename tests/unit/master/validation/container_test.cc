#include "master/validation/container.h"

#include "tests/unit/master/validation/builders.h"

namespace mesos::master {
namespace {

std::string Error(const std::string& text) {
  return ErrorOf(ValidateContainer(Parse<v1::ContainerInfo>(text)));
}

std::string VolumeError(const std::string& text) {
  return Error("type: MESOS volumes { container_path: '/c' mode: RW " + text + " }");
}

TEST(ContainerTest, TakesWholeContainers) {
  EXPECT_EQ(Error("type: MESOS"), "");
  EXPECT_EQ(Error("type: DOCKER docker { image: 'alpine' }"), "");
  EXPECT_EQ(VolumeError("host_path: '/h'"), "");
  EXPECT_EQ(VolumeError("source { type: SANDBOX_PATH sandbox_path { path: 'p' } }"), "");
}

TEST(ContainerTest, DockerNeedsItsPartAndNamesItself) {
  EXPECT_EQ(Error("type: DOCKER"), "DockerInfo 'docker' is not set for DOCKER typed ContainerInfo");
  EXPECT_EQ(Error("type: DOCKER docker { image: 'i' parameters { key: 'name' value: 'x' } }"),
            "Parameter in DockerInfo must not be 'name'");
}

TEST(ContainerTest, VolumesHaveOneOrigin) {
  const std::string error =
      "Invalid volume: Only one of them should be set: 'host_path', 'image' and 'source'";
  EXPECT_EQ(VolumeError(""), error);
  EXPECT_EQ(VolumeError("host_path: '/h' image { type: APPC }"), error);
}

TEST(ContainerTest, VolumeSourcesHaveTheirPart) {
  EXPECT_EQ(VolumeError("source {}"), "Invalid volume: 'source.type' is unknown");
  EXPECT_EQ(VolumeError("source { type: UNKNOWN }"), "Invalid volume: 'source.type' is unknown");
  EXPECT_EQ(VolumeError("source { type: DOCKER_VOLUME }"),
            "Invalid volume: 'source.docker_volume' is not set for DOCKER_VOLUME volume");
  EXPECT_EQ(VolumeError("source { type: HOST_PATH }"),
            "Invalid volume: 'source.host_path' is not set for HOST_PATH volume");
  EXPECT_EQ(VolumeError("source { type: SANDBOX_PATH }"),
            "Invalid volume: 'source.sandbox_path' is not set for SANDBOX_PATH volume");
  EXPECT_EQ(VolumeError("source { type: SECRET }"),
            "Invalid volume: 'source.secret' is not set for SECRET volume");
  EXPECT_EQ(VolumeError("source { type: CSI_VOLUME }"),
            "Invalid volume: 'source.csi_volume' is not set for CSI volume");
  EXPECT_EQ(VolumeError("source { type: CSI_VOLUME csi_volume {} }"),
            "Invalid volume: 'source.csi_volume.static_provisioning' is not set for CSI volume");
}

}  // namespace
}  // namespace mesos::master
