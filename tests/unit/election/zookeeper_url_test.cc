#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/zookeeper/url.h"

namespace mesos::zookeeper {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ZookeeperUrlTest, ReadsServersAndPath) {
  const absl::StatusOr<Url> url = ParseUrl("zk://one:2181,two:2182/mesos/a");
  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_EQ(url->servers, "one:2181,two:2182");
  EXPECT_EQ(url->path, "/mesos/a");
  EXPECT_EQ(url->credentials, "");
}

TEST(ZookeeperUrlTest, TakesThePortFromZookeepersDefault) {
  EXPECT_EQ(ParseUrl("zk://one,[::1]/mesos")->servers, "one:2181,[::1]:2181");
}

TEST(ZookeeperUrlTest, NeedsAPathAsMesosDoes) {
  for (const char* text : {"zk://one", "zk://one/", "zk://one//", "zk://u:p@one:2181"}) {
    EXPECT_THAT(ParseUrl(text).status().message(), HasSubstr("no path")) << text;
  }
  EXPECT_EQ(ParseUrl("zk://one/mesos/")->path, "/mesos");
}

TEST(ZookeeperUrlTest, TakesWhatAFileMayHold) {
  EXPECT_TRUE(IsUrl(" zk://one/mesos"));
  EXPECT_EQ(ParseUrl(" zk://one/mesos\r\n")->path, "/mesos");
}

TEST(ZookeeperUrlTest, TakesOddCharactersInPathAndPassword) {
  EXPECT_EQ(ParseUrl("zk://one/a@b:c/\u00e9 x")->path, "/a@b:c/\u00e9 x");
  EXPECT_EQ(ParseUrl("zk://one/a@b:c")->credentials, "");
  EXPECT_EQ(ParseUrl("zk://u:p@:,#?@one/a@b")->credentials, "u:p@:,#?");
}

TEST(ZookeeperUrlTest, KeepsCredentialsOutOfWhatIsPrinted) {
  const absl::StatusOr<Url> url = ParseUrl("zk://user:p@ss:word@one/mesos");
  ASSERT_TRUE(url.ok()) << url.status();
  EXPECT_EQ(url->credentials, "user:p@ss:word");
  EXPECT_EQ(url->ToString(), "zk://one:2181/mesos");
}

TEST(ZookeeperUrlTest, RefusesWhatIsMalformedWithoutRepeatingTheSecret) {
  for (const char* text :
       {"", "one:2181", "zk://", "zk:///mesos", "zk://one:x/mesos", "zk://one:0/",
        "zk://one:70000/", "zk://one,,two/", "zk://:2181/", "zk://one//a", "zk://one/a/../b",
        "zk://::1/a", "zk://secret@one/a", "zk://u:@one/a", "zk://:secret@one/a",
        "zk://u:secret@one:x/a", "zk://u:secret/more@one/a", "zk://one/a\tb"}) {
    const absl::StatusOr<Url> url = ParseUrl(text);
    ASSERT_FALSE(url.ok()) << text;
    EXPECT_EQ(url.status().code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(url.status().message(), HasSubstr("zk://[user:password@]host:port")) << text;
    EXPECT_THAT(url.status().message(), Not(HasSubstr("secret"))) << text;
  }
}

}  // namespace
}  // namespace mesos::zookeeper
