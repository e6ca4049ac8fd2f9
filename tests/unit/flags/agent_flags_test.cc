#include "agent/daemon/agent_flags.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "common/disk/directory_lock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/flags/flag_fates.h"

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

const flags::Program kAgent = {
    .name = "mesos-agent", .summary = "", .required = {}, .daemon = true};

TEST(AgentFlagsTest, EveryFlagOfMesosWorksIsIdleOrIsRefusedByName) {
  gflags::FlagSaver saver;
  gflags::SetCommandLineOption("master", "127.0.0.1:5050");
  flags::TryFates(kAgent, "agent_flags.txt");
}

TEST(AgentFlagsTest, ReadsFilesByTheirPathWhereMesosDoes) {
  gflags::FlagSaver saver;
  const std::string path = ::testing::TempDir() + "/agent_flags_test";
  std::ofstream(path) << R"([{"name": "cpus", "type": "SCALAR", "scalar": {"value": 2}}])";
  ASSERT_TRUE(flags::ParseFlags(kAgent, {"--resources=" + path}, {}).ok());
  std::string value;
  gflags::GetCommandLineOption("resources", &value);
  EXPECT_THAT(value, HasSubstr("SCALAR"));
  std::ofstream(path) << R"({"A": 1})";
  EXPECT_THAT(
      Message(flags::ParseFlags(kAgent, {}, {"MESOS_EXECUTOR_ENVIRONMENT_VARIABLES=" + path})),
      AllOf(HasSubstr("'MESOS_EXECUTOR_ENVIRONMENT_VARIABLES'"), HasSubstr("'A'")));
  std::filesystem::remove(path);
}

class AgentAddressesTest : public ::testing::Test {
 protected:
  AgentAddressesTest() {
    std::string pattern = ::testing::TempDir() + "/agent-XXXXXX";
    directory_ = mkdtemp(pattern.data());
    std::ofstream(directory_ + "/mesos-launcher");
    std::filesystem::permissions(directory_ + "/mesos-launcher", std::filesystem::perms(0755));
  }
  ~AgentAddressesTest() override { std::filesystem::remove_all(directory_); }

  AgentConfig Read(std::vector<std::string> arguments) {
    gflags::FlagSaver saver;
    for (const char* flag : {"--work_dir=", "--runtime_dir=", "--launcher_dir="}) {
      arguments.push_back(flag + directory_);
    }
    const absl::Status parsed = flags::ParseFlags(kAgent, arguments, {});
    EXPECT_TRUE(parsed.ok()) << parsed;
    const absl::StatusOr<AgentConfig> config = ReadAgentFlags();
    EXPECT_TRUE(config.ok()) << config.status();
    return config.value_or(AgentConfig());
  }

  std::string directory_;
};

TEST_F(AgentAddressesTest, ListensOnLoopbackBesideItsMaster) {
  for (const char* master : {"--master=127.0.0.1:5050", "--master=localhost:5050",
                             "--master=[::1]:5050", "--master=master@127.0.0.1:5050"}) {
    const AgentConfig config = Read({master});
    EXPECT_EQ(config.addresses.listen_ip, "127.0.0.1") << master;
    EXPECT_EQ(config.options.ip, "127.0.0.1");
  }
  for (const char* master : {"--master=192.0.2.1:5050", "--master=zk://127.0.0.1:2181/mesos"}) {
    const AgentConfig config = Read({master, "--hostname=127.0.0.2"});
    EXPECT_EQ(config.addresses.listen_ip, "0.0.0.0") << master;
    EXPECT_EQ(config.options.info.hostname(), "127.0.0.2");
  }
  EXPECT_EQ(Read({"--master=127.0.0.1:5050", "--advertise_ip=192.0.2.2"}).addresses.listen_ip,
            "0.0.0.0");
}

TEST_F(AgentAddressesTest, ReadsWhatMayChangeAndWhereRelativePathsBegin) {
  const AgentConfig config =
      Read({"--master=127.0.0.1:5050", "--reconfiguration_policy=additive",
            "--frameworks_home=/home/frameworks", "--external_log_file=/var/log/mesos.log"});
  EXPECT_EQ(config.reconfiguration_policy, ReconfigurationPolicy::kAdditive);
  EXPECT_EQ(config.options.frameworks_home, "/home/frameworks");
  EXPECT_EQ(config.external_log_file, "/var/log/mesos.log");
  EXPECT_EQ(Read({"--master=127.0.0.1:5050"}).reconfiguration_policy,
            ReconfigurationPolicy::kEqual);
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
