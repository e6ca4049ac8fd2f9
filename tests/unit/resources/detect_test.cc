#include "agent/resources/detect.h"

#include <string>

#include "gtest/gtest.h"

namespace mesos::agent {
namespace {

constexpr uint64_t kGigabyte = uint64_t{1} << 30;

std::string Detected(absl::string_view text, const MachineFacts& facts,
                     absl::string_view role = "*") {
  const auto total = DetectResources(text, role, facts);
  return total.ok() ? total->ToString() : absl::StrCat("error: ", total.status().message());
}

TEST(DetectTest, LeavesTheOperatingSystemItsShare) {
  EXPECT_EQ(Detected("", {.cpus = 4, .memory_bytes = 8 * kGigabyte, .disk_bytes = 100 * kGigabyte}),
            "cpus:4; mem:7168; disk:97280; ports:[31000-32000]");
  EXPECT_EQ(Detected("", {.cpus = 1, .memory_bytes = 2 * kGigabyte, .disk_bytes = 10 * kGigabyte}),
            "cpus:1; mem:1024; disk:5120; ports:[31000-32000]");
  EXPECT_EQ(
      Detected("",
               {.cpus = 1, .memory_bytes = 2 * kGigabyte - 1, .disk_bytes = 10 * kGigabyte - 1}),
      "cpus:1; mem:1023; disk:5119; ports:[31000-32000]");
}

TEST(DetectTest, FallsBackWhereFactsAreMissing) {
  EXPECT_EQ(Detected("", {}), "cpus:1; mem:1024; disk:10240; ports:[31000-32000]");
}

TEST(DetectTest, WhatIsNamedReplacesWhatIsDetected) {
  const MachineFacts facts = {.cpus = 4, .memory_bytes = 8 * kGigabyte};
  EXPECT_EQ(Detected("cpus:2;ports:[1-5];bugs:{a}", facts),
            "cpus:2; mem:7168; disk:10240; ports:[1-5]; bugs:{a}");
  EXPECT_EQ(Detected("cpus:0;ports:[];disk(db):5", facts),
            "mem:7168; disk(reservations: [(STATIC,db)]):5");
  EXPECT_EQ(Detected(R"([{"name":"mem","type":"SCALAR","scalar":{"value":64}}])", facts),
            "cpus:4; mem:64; disk:10240; ports:[31000-32000]");
  // A name that only begins like one of ours is another resource.
  EXPECT_EQ(Detected("cpusx:1", facts),
            "cpus:4; mem:7168; disk:10240; ports:[31000-32000]; cpusx:1");
}

TEST(DetectTest, WhatIsDetectedGoesToTheDefaultRole) {
  EXPECT_EQ(Detected("cpus(*):2;disk:0;ports:[]", {.memory_bytes = 4 * kGigabyte}, "web"),
            "cpus:2; mem(reservations: [(STATIC,web)]):3072");
}

TEST(DetectTest, RefusesABadFlag) {
  EXPECT_EQ(Detected("cpus", {}), "error: Bad value for resources, missing or extra ':' in cpus");
  EXPECT_EQ(Detected("", {}, "a b").substr(0, 6), "error:");
}

TEST(DetectTest, ReadsThisMachine) {
  const MachineFacts facts = ReadMachineFacts(testing::TempDir());
  EXPECT_GE(facts.cpus.value_or(0), 1);
  EXPECT_GT(facts.memory_bytes.value_or(0), 1u << 20);
  EXPECT_GT(facts.disk_bytes.value_or(0), 0u);
  EXPECT_FALSE(ReadMachineFacts("/no/such/directory").disk_bytes.has_value());
}

}  // namespace
}  // namespace mesos::agent
