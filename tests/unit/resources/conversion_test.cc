// What operations make of resources: each way and back, and what is refused.

#include "common/resources/conversion.h"

#include <string>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "mesos/v1/mesos.pb.h"
#include "tests/unit/resources/builders.h"

namespace mesos {
namespace {

using testing::HasSubstr;

constexpr char kReserved[] = "reservations { type: DYNAMIC role: 'web' principal: 'ops' } ";
constexpr char kRefined[] =
    "reservations { type: DYNAMIC role: 'web' } reservations { type: DYNAMIC role: 'web/front' } ";
constexpr char kVolume[] =
    "disk { persistence { id: 'v1' principal: 'ops' } volume { container_path: 'data' mode: RW } "
    "} ";

std::string Scalar(const std::string& name, double value, const std::string& more = "") {
  return "{ name: '" + name + "' type: SCALAR scalar { value: " + std::to_string(value) + " } " +
         more + "} ";
}

v1::Offer::Operation Parse(const std::string& text) {
  v1::Offer::Operation operation;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &operation)) << text;
  return operation;
}

ResourceSet Set(const std::string& resource) { return FromText("resources " + resource); }

// `operation` makes `to` of `from`, and leaves the rest of what is there as it is.
void ExpectConverts(const std::string& operation, const ResourceSet& from, const ResourceSet& to) {
  const absl::StatusOr<Conversion> conversion = ConversionOf(Parse(operation));
  ASSERT_TRUE(conversion.ok()) << conversion.status();
  EXPECT_TRUE(conversion->from == from) << conversion->from.ToString();
  EXPECT_TRUE(conversion->to == to) << conversion->to.ToString();
  const ResourceSet others = Set(Scalar("gpus", 2));
  const absl::StatusOr<ResourceSet> converted = Converted(others + from, *conversion);
  ASSERT_TRUE(converted.ok()) << converted.status();
  EXPECT_TRUE(*converted == others + to) << converted->ToString();
  EXPECT_TRUE(converted->ToQuantities() == (others + from).ToQuantities());
}

TEST(ConversionTest, ReservesAndUnreserves) {
  const std::string reserved = Scalar("cpus", 2, kReserved);
  ExpectConverts("type: RESERVE reserve { resources " + reserved + "}", Set(Scalar("cpus", 2)),
                 Set(reserved));
  ExpectConverts("type: UNRESERVE unreserve { resources " + reserved + "}", Set(reserved),
                 Set(Scalar("cpus", 2)));
}

TEST(ConversionTest, RefinesAReservationAndMovesOneToAnotherRole) {
  const std::string refined = Scalar("cpus", 2, kRefined);
  const std::string outer = Scalar("cpus", 2, "reservations { type: DYNAMIC role: 'web' }");
  const std::string other = Scalar("cpus", 2, "reservations { type: DYNAMIC role: 'batch' }");
  ExpectConverts("type: RESERVE reserve { resources " + refined + "}", Set(outer), Set(refined));
  ExpectConverts("type: UNRESERVE unreserve { resources " + refined + "}", Set(refined),
                 Set(outer));
  ExpectConverts("type: RESERVE reserve { source " + outer + " resources " + other + "}",
                 Set(outer), Set(other));
}

TEST(ConversionTest, CreatesAndDestroysVolumes) {
  const std::string disk = Scalar("disk", 64, kReserved);
  const std::string volume = Scalar("disk", 64, std::string(kReserved) + kVolume);
  ExpectConverts("type: CREATE create { volumes " + volume + "}", Set(disk), Set(volume));
  ExpectConverts("type: DESTROY destroy { volumes " + volume + "}", Set(volume), Set(disk));
}

TEST(ConversionTest, AVolumeOnAMountKeepsItsSource) {
  const std::string source = "source { type: MOUNT mount { root: '/mnt/1' } } ";
  const std::string disk = Scalar("disk", 64, std::string(kReserved) + "disk { " + source + "}");
  const std::string volume =
      Scalar("disk", 64,
             std::string(kReserved) + "disk { " + source +
                 "persistence { id: 'v1' } volume { container_path: 'data' mode: RW } } ");
  ExpectConverts("type: CREATE create { volumes " + volume + "}", Set(disk), Set(volume));
}

TEST(ConversionTest, GrowsAndShrinksVolumes) {
  const std::string more = std::string(kReserved) + kVolume;
  const std::string small = Scalar("disk", 64, more);
  const std::string large = Scalar("disk", 96.5, more);
  const std::string disk = Scalar("disk", 32.5, kReserved);
  ExpectConverts("type: GROW_VOLUME grow_volume { volume " + small + " addition " + disk + "}",
                 Set(small) + Set(disk), Set(large));
  ExpectConverts(
      "type: SHRINK_VOLUME shrink_volume { volume " + large + " subtract { value: 32.5 } }",
      Set(large), Set(small) + Set(disk));
}

TEST(ConversionTest, FollowsTheAllocation) {
  const absl::StatusOr<Conversion> conversion = ConversionOf(
      Parse("type: RESERVE reserve { resources " + Scalar("cpus", 2, kReserved) + "}"));
  ASSERT_TRUE(conversion.ok());
  const ResourceSet offered = Set(Scalar("cpus", 4)).AllocatedTo("web");
  const absl::StatusOr<ResourceSet> converted = Converted(offered, conversion->AllocatedTo("web"));
  ASSERT_TRUE(converted.ok()) << converted.status();
  EXPECT_TRUE(*converted ==
              (Set(Scalar("cpus", 2)) + Set(Scalar("cpus", 2, kReserved))).AllocatedTo("web"))
      << converted->ToString();
}

void ExpectRefused(const std::string& operation, absl::StatusCode code, const std::string& why) {
  const absl::StatusOr<Conversion> conversion = ConversionOf(Parse(operation));
  ASSERT_FALSE(conversion.ok()) << conversion->ToString();
  EXPECT_EQ(conversion.status().code(), code);
  EXPECT_THAT(std::string(conversion.status().message()), HasSubstr(why));
}

TEST(ConversionTest, RefusesWhatIsNoConversion) {
  const absl::StatusCode invalid = absl::StatusCode::kInvalidArgument;
  ExpectRefused("type: LAUNCH launch {}", absl::StatusCode::kUnimplemented, "LAUNCH");
  ExpectRefused("type: UNRESERVE unreserve { resources " + Scalar("cpus", 1) + "}", invalid,
                "'cpus' has no dynamic reservation");
  ExpectRefused("type: CREATE create { volumes " + Scalar("disk", 1, kReserved) + "}", invalid,
                "'disk' is no persistent volume");
  ExpectRefused("type: RESERVE reserve { source " + Scalar("cpus", 1) + " resources " +
                    Scalar("cpus", 2, kReserved) + "}",
                invalid, "The amounts differ");
  const std::string volume = Scalar("disk", 64, std::string(kReserved) + kVolume);
  for (const char* less : {"0", "64", "-1", "1e300", "nan"}) {
    ExpectRefused("type: SHRINK_VOLUME shrink_volume { volume " + volume +
                      " subtract { value: " + less + " } }",
                  invalid, "A volume of 64 cannot shrink");
  }
  ExpectRefused("type: GROW_VOLUME grow_volume { volume " + volume + " addition " +
                    Scalar("cpus", 1, kReserved) + "}",
                invalid, "The amounts differ");
}

TEST(ConversionTest, NamesWhatIsMissing) {
  const absl::StatusOr<Conversion> conversion = ConversionOf(
      Parse("type: RESERVE reserve { resources " + Scalar("cpus", 2, kReserved) + "}"));
  ASSERT_TRUE(conversion.ok());
  const absl::StatusOr<ResourceSet> converted = Converted(Set(Scalar("cpus", 1)), *conversion);
  EXPECT_EQ(converted.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(converted.status().message(), "cpus:1 does not contain cpus:2");
}

}  // namespace
}  // namespace mesos
