#include "agent/daemon/agent_flags.h"

#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "common/disk/directory_lock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos::agent {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

std::string Message(const absl::Status& status) { return std::string(status.message()); }

TEST(AgentFlagsTest, TakesAMasterByHostAndPortOrZookeeper) {
  EXPECT_TRUE(CheckMaster("10.0.0.1:5050").ok());
  EXPECT_TRUE(CheckMaster("master@10.0.0.1:5050").ok());
  EXPECT_TRUE(CheckMaster("zk://a:2181/mesos").ok());
  EXPECT_THAT(Message(CheckMaster("zk://a:x/mesos")),
              AllOf(HasSubstr("ZooKeeper"), HasSubstr("host:port")));
  EXPECT_THAT(Message(CheckMaster("10.0.0.1")), HasSubstr("'10.0.0.1'"));
}

TEST(AgentFlagsTest, ReadsTheEnvironmentOfExecutors) {
  EXPECT_THAT(*ParseEnvironmentFlag(""), IsEmpty());
  EXPECT_THAT(*ParseEnvironmentFlag(R"({"PATH": "/bin", "B": "x=y"})"),
              ElementsAre(Pair("B", "x=y"), Pair("PATH", "/bin")));
  for (const char* text :
       {"[]", "{", R"({"A": 1})", R"({"A": {}})", R"({"": "x"})", R"({"A=B": "x"})"}) {
    EXPECT_THAT(Message(ParseEnvironmentFlag(text).status()), HasSubstr(text));
  }
}

TEST(DirectoryLockTest, LetsOneInAtATime) {
  std::string pattern = ::testing::TempDir() + "/lock-XXXXXX";
  const std::string directory = mkdtemp(pattern.data());
  {
    const auto first = DirectoryLock::Take(directory, "agent");
    ASSERT_TRUE(first.ok()) << first.status();
    EXPECT_THAT(Message(DirectoryLock::Take(directory, "agent").status()),
                AllOf(HasSubstr(absl::StrCat("process ", getpid())), HasSubstr(directory)));
  }
  EXPECT_TRUE(DirectoryLock::Take(directory, "agent").ok());
  EXPECT_THAT(Message(DirectoryLock::Take(directory + "/none", "agent").status()),
              AllOf(HasSubstr(directory + "/none"), HasSubstr("No such file")));
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace mesos::agent
