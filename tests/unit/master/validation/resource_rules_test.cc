#include "master/validation/resource_rules.h"

#include "common/resources/resource_set.h"
#include "tests/unit/master/validation/builders.h"

namespace mesos::master {
namespace {

// The resources of a task in text form; each is well-formed by itself.
ResourceProtos List(const std::string& text) {
  ResourceProtos resources = Parse<v1::TaskInfo>(text).resources();
  EXPECT_EQ(ErrorOf(ResourceSet::FromProto(resources).status()), "");
  return resources;
}

std::string Scalar(const std::string& name, double value, const std::string& rest = "") {
  return "resources { name: '" + name + "' type: SCALAR scalar { value: " + std::to_string(value) +
         " } " + rest + " } ";
}

std::string Disk(const std::string& disk, const std::string& rest = "") {
  return Scalar("disk", 10, "disk { " + disk + " } " + rest);
}

constexpr char kReserved[] = "reservations { type: DYNAMIC role: 'web' } ";
constexpr char kVolume[] = "volume { container_path: 'd' mode: RW } ";

std::string FormError(const std::string& text) {
  return ErrorOf(ValidateResourceForms(List(text)));
}

TEST(ResourceRulesTest, GpusAreWhole) {
  EXPECT_EQ(FormError(Scalar("gpus", 2)), "");
  EXPECT_EQ(FormError(Scalar("gpus", 0)), "");
  EXPECT_EQ(FormError(Scalar("gpus", 1.5)),
            "Invalid 'gpus' resource: The 'gpus' resource must be an unsigned integer");
}

TEST(ResourceRulesTest, PersistentVolumesAreReservedAndMounted) {
  const std::string persistence = "persistence { id: 'v' } ";
  EXPECT_EQ(FormError(Disk(persistence + kVolume, kReserved)), "");
  EXPECT_EQ(FormError(Disk(persistence + kVolume)),
            "Invalid DiskInfo: Persistent volumes cannot be created from unreserved resources");
  EXPECT_EQ(FormError(Disk(persistence, kReserved)),
            "Invalid DiskInfo: Expecting 'volume' to be set for persistent volume");
  EXPECT_EQ(FormError(Disk(persistence + "volume { container_path: 'd' mode: RW host_path: '/h' }",
                           kReserved)),
            "Invalid DiskInfo: Expecting 'host_path' to be unset for persistent volume");
  EXPECT_EQ(FormError(Disk(std::string("persistence { id: 'a/b' } ") + kVolume, kReserved)),
            "Invalid DiskInfo: Invalid persistence ID for persistent volume: 'a/b' contains "
            "invalid characters");
}

TEST(ResourceRulesTest, RevocableResourcesHoldNothingLasting) {
  ResourceProtos resources =
      Parse<v1::TaskInfo>(Disk(std::string("persistence { id: 'v' } ") + kVolume,
                               std::string(kReserved) + "revocable {}"))
          .resources();
  EXPECT_EQ(ErrorOf(ValidateResourceForms(resources)),
            "Invalid DiskInfo: Persistent volumes cannot be created from revocable resources");
  EXPECT_EQ(FormError(Scalar("cpus", 1, std::string(kReserved) + "revocable {}")),
            "Invalid ReservationInfo: Dynamically reserved resource cpus(reservations: "
            "[(DYNAMIC,web)]){REV}:1 cannot be created from revocable resources");
}

TEST(ResourceRulesTest, DiskInfoMeansSomething) {
  EXPECT_EQ(FormError(Disk("source { type: PATH path { root: '/p' } }")), "");
  EXPECT_EQ(FormError(Disk(kVolume)), "Invalid DiskInfo: Non-persistent volume not supported");
  EXPECT_EQ(FormError(Disk("")), "Invalid DiskInfo: DiskInfo is set but empty");
}

TEST(ResourceRulesTest, PersistenceIdsStandOnceInARole) {
  const auto volume = [](const std::string& id, const std::string& role) {
    return Disk("persistence { id: '" + id + "' } " + kVolume,
                "reservations { type: DYNAMIC role: '" + role + "' }");
  };
  EXPECT_EQ(ErrorOf(ValidateUniquePersistenceIds(
                List(volume("v", "web") + volume("w", "web") + volume("v", "batch")))),
            "");
  EXPECT_EQ(ErrorOf(ValidateUniquePersistenceIds(List(volume("v", "web") + volume("v", "web")))),
            "Persistence ID 'v' is not unique");
}

TEST(ResourceRulesTest, AllResourcesAreAllocatedToOneRole) {
  const std::string web = "allocation_info { role: 'web' }";
  EXPECT_EQ(
      ErrorOf(ValidateOneAllocationRole(List(Scalar("cpus", 1, web) + Scalar("mem", 1, web)))), "");
  EXPECT_EQ(ErrorOf(ValidateOneAllocationRole(List(Scalar("cpus", 1, web) + Scalar("mem", 1)))),
            "The resources are not allocated to a role");
  EXPECT_EQ(ErrorOf(ValidateOneAllocationRole(List(
                Scalar("cpus", 1, web) + Scalar("mem", 1, "allocation_info { role: 'batch' }")))),
            "The resources have multiple allocation roles ('batch' and 'web') but only one "
            "allocation role is allowed");
}

TEST(ResourceRulesTest, ANameIsRevocableThroughoutOrNotAtAll) {
  EXPECT_EQ(
      ErrorOf(ValidateRevocableUnmixed(List(Scalar("cpus", 1, "revocable {}") + Scalar("mem", 1)))),
      "");
  EXPECT_EQ(ErrorOf(ValidateRevocableUnmixed(
                List(Scalar("cpus", 1, "revocable {}") + Scalar("cpus", 1)))),
            "Cannot use both revocable and non-revocable 'cpus' at the same time");
}

}  // namespace
}  // namespace mesos::master
