#include "common/leader/master_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesos::leader {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(MasterAddressTest, TakesHostAndPort) {
  EXPECT_EQ(ParseMasterAddress("10.0.0.1:5050")->target, "10.0.0.1:5050");
  EXPECT_EQ(ParseMasterAddress("master.example:1")->target, "master.example:1");
  EXPECT_EQ(ParseMasterAddress("[::1]:5050")->target, "[::1]:5050");
  EXPECT_EQ(ParseMasterAddress("master@10.0.0.1:5050")->target, "10.0.0.1:5050");
}

TEST(MasterAddressTest, TakesZookeeper) {
  const absl::StatusOr<MasterAddress> address = ParseMasterAddress("zk://u:p@one,two/mesos");
  ASSERT_TRUE(address.ok()) << address.status();
  ASSERT_TRUE(address->zookeeper);
  EXPECT_EQ(address->ToString(), "zk://one:2181,two:2181/mesos");
}

TEST(MasterAddressTest, RefusesTheRestAndSaysWhatToGive) {
  for (const char* text :
       {"", "host", "host:", "host:x", "host:0", "host:65536", ":5050", "::1:5050", "[::1:5050",
        "a b:5050", "http://host:5050", "zk://", "zk://secret@h/"}) {
    const absl::Status status = ParseMasterAddress(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(status.message(), HasSubstr("zk://")) << text;
    EXPECT_THAT(status.message(), Not(HasSubstr("secret"))) << text;
  }
  EXPECT_EQ(ParseMasterAddress("file:///etc/mesos/zk").status().code(),
            absl::StatusCode::kUnimplemented);
}

// What Mesos 1.x masters write, an IPv6 one, and one from before there was `address`.
TEST(MasterAddressTest, ReadsTheLeadersNode) {
  EXPECT_EQ(
      *TargetOfLeader(
          R"({"address":{"hostname":"m1","ip":"10.1.2.3","port":5055},"capabilities":[],)"
          R"("hostname":"m1","id":"x","ip":50462986,"pid":"master@10.1.2.3:5055","port":5055})"),
      "10.1.2.3:5055");
  EXPECT_EQ(*TargetOfLeader(R"({"address":{"ip":"::1","port":5050},"id":"x","ip":0,"port":5050})"),
            "[::1]:5050");
  EXPECT_EQ(*TargetOfLeader(R"({"hostname":"m1","id":"x","ip":50462986,"port":5050})"),
            "10.1.2.3:5050");
  for (const char* text : {"", "garbage", "{}", R"({"id":"x","ip":0,"port":0})",
                           R"({"id":"x","ip":1,"port":5050,"address":{"ip":"a b","port":1}})"}) {
    EXPECT_EQ(TargetOfLeader(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace mesos::leader
