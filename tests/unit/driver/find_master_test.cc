#include "scheduler_driver/find_master.h"

#include <map>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos::scheduler_driver {
namespace {

using ::testing::HasSubstr;

constexpr char kMaster[] = "zk://one:2181,two:2181/mesos";

class FindMasterTest : public ::testing::Test {
 protected:
  absl::StatusOr<leader::MasterAddress> Find(const std::string& master = kMaster) {
    return FindMaster(master, [this](const char* name) {
      const auto found = variables_.find(name);
      return found == variables_.end() ? nullptr : found->second.c_str();
    });
  }
  std::string Error() { return std::string(Find().status().message()); }

  std::map<std::string, std::string> variables_;
};

TEST_F(FindMasterTest, TakesTheTimeOfZookeepersSessionFromTheEnvironment) {
  EXPECT_EQ(Find()->session_timeout, absl::Seconds(10));
  variables_["MESOS_ZK_SESSION_TIMEOUT"] = "2500ms";
  EXPECT_EQ(Find()->session_timeout, absl::Milliseconds(2500));
  EXPECT_EQ(Find()->ToString(), kMaster);
  EXPECT_EQ(Find("10.0.0.1:5050")->target, "10.0.0.1:5050");
  for (const char* text : {"soon", "10", "0secs", "2hrs"}) {
    variables_["MESOS_ZK_SESSION_TIMEOUT"] = text;
    EXPECT_THAT(Error(), HasSubstr(std::string("MESOS_ZK_SESSION_TIMEOUT='") + text + "'"));
  }
}

TEST_F(FindMasterTest, DoesNotGoWithoutTheTlsThatIsAskedFor) {
  variables_["LIBPROCESS_SSL_ENABLED"] = "1";
  EXPECT_THAT(Error(), HasSubstr("'LIBPROCESS_SSL_ENABLED=1': this version has no TLS"));
  variables_["LIBPROCESS_SSL_ENABLED"] = "false";
  variables_["SSL_ENABLED"] = "true";
  EXPECT_TRUE(Find().ok()) << "the newer name counts";
}

TEST_F(FindMasterTest, RefusesABadAddress) {
  EXPECT_THAT(std::string(Find("nowhere").status().message()), HasSubstr("'nowhere'"));
}

}  // namespace
}  // namespace mesos::scheduler_driver
