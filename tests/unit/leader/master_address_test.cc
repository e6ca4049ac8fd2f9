#include "common/leader/master_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>
#include <fstream>
#include <string>

namespace mesos::leader {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string MakeFifo(const std::string& path) {
  const std::string fifo = path + ".fifo";
  std::remove(fifo.c_str());
  EXPECT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  return fifo;
}

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
        "a b:5050", "http://host:5050", "zk://", "zk://secret@h/", "zk:/u:secret@h:1/mesos"}) {
    const absl::Status status = ParseMasterAddress(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(status.message(), HasSubstr("zk://")) << text;
    EXPECT_THAT(status.message(), Not(HasSubstr("secret"))) << text;
  }
}

TEST(MasterAddressTest, TakesWhatAFileHolds) {
  const std::string path = testing::TempDir() + "/master_address";
  const auto parse = [&](const std::string& content) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
    return ParseMasterAddress("file://" + path);
  };
  EXPECT_EQ(parse("zk://u:p@one/mesos\n")->zookeeper->credentials, "u:p");
  EXPECT_EQ(parse(" 10.0.0.1:5050\n")->target, "10.0.0.1:5050");
  for (const std::string& content :
       {std::string(), std::string("\n"), std::string("zk://u:secret@one"),
        std::string("u:secret@one"), "file://" + path, std::string(1 << 20, 'x')}) {
    const absl::Status status = parse(content).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(status.message(), HasSubstr(path));
    EXPECT_THAT(status.message(), Not(HasSubstr("secret")));
    EXPECT_LT(status.message().size(), 1'000u);
  }
  std::remove(path.c_str());
  for (const std::string& missing :
       {path, testing::TempDir(), std::string("/dev/zero"), MakeFifo(path)}) {
    EXPECT_THAT(ParseMasterAddress("file://" + missing).status().message(), HasSubstr(missing));
  }
}

TEST(MasterAddressTest, ReadsWhatOldMastersSerialized) {
  v1::MasterInfo info;
  info.set_id("x");
  info.set_ip(50462986);
  info.set_port(5050);
  EXPECT_EQ(*TargetOfLeader(info.SerializeAsString()), "10.1.2.3:5050");
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
