#include "common/flags/flags.h"

#include <cstdlib>
#include <fstream>
#include <map>
#include <string>

#include "common/flags/fixed_flag.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

DEFINE_string(plain, "as is", "A plain text.");
DEFINE_bool(checkpointed, true, "A switch.");
DEFINE_int32(count, 3, "A number.");
DEFINE_port(listen_port, 5051, "A port.");
DEFINE_duration(patience, "5secs",
                "How long to wait before giving up on something that takes long.");
DEFINE_fixed_switch(authenticate, false, "authentication");
DEFINE_fixed_flag(sorter, "drf", "other sorter");
DEFINE_fixed_flag(homes, "", "homes");
DEFINE_string(ensemble, "", "Where ZooKeeper is.");
DEFINE_checked_string(leader, "", "The master.", mesos::flags::CheckHostPort);

namespace mesos::flags {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class FlagsTest : public ::testing::Test {
 protected:
  std::string Error(const std::vector<std::string>& arguments,
                    const std::vector<std::string>& environment = {}) {
    absl::Status status = ParseFlags(program_, arguments, environment);
    return status.ok() ? "OK" : std::string(status.message());
  }

  Program program_{.name = "mesos-test", .summary = "Tests flags.", .required = {}};
  gflags::FlagSaver saver_;
};

TEST_F(FlagsTest, TakesEveryForm) {
  EXPECT_EQ(Error({"--plain=a=b", "--no-checkpointed", "--count=-4", "--listen-port=0",
                   "--patience=2mins", "--leader=[::1]:5050"}),
            "OK");
  EXPECT_EQ(FLAGS_plain, "a=b");
  EXPECT_FALSE(FLAGS_checkpointed);
  EXPECT_EQ(FLAGS_count, -4);
  EXPECT_EQ(FLAGS_listen_port, 0);
  EXPECT_EQ(DurationFlag(FLAGS_patience), absl::Minutes(2));
}

TEST_F(FlagsTest, EnvironmentYieldsToTheCommandLine) {
  EXPECT_EQ(Error({"--count=7"}, {"MESOS_COUNT=8", "MESOS_PLAIN=env", "MESOS_SANDBOX=/x",
                                  "PATH=/bin", "MESOS_CHECKPOINTED=false"}),
            "OK");
  EXPECT_EQ(FLAGS_count, 7);
  EXPECT_EQ(FLAGS_plain, "env");
  EXPECT_FALSE(FLAGS_checkpointed);
}

TEST_F(FlagsTest, NamesWhatIsWrong) {
  EXPECT_THAT(Error({"--unheard_of=1"}), HasSubstr("unknown flag 'unheard_of'"));
  EXPECT_THAT(Error({"stray"}), HasSubstr("Unexpected argument 'stray'"));
  EXPECT_THAT(Error({"--"}), HasSubstr("Unexpected argument '--'"));
  EXPECT_THAT(Error({"--plain"}), HasSubstr("flag 'plain': it needs a value"));
  EXPECT_THAT(Error({"--no-plain"}), HasSubstr("unknown flag 'no_plain'"));
  EXPECT_THAT(Error({"--count=many"}), AllOf(HasSubstr("'count'"), HasSubstr("'many'")));
  EXPECT_THAT(Error({"--count=1", "--count=2"}), HasSubstr("Duplicate flag 'count'"));
  EXPECT_THAT(Error({"--no-checkpointed=false"}), HasSubstr("takes no value"));
  EXPECT_THAT(Error({"--patience=5"}), AllOf(HasSubstr("'patience'"), HasSubstr("'5'")));
  EXPECT_THAT(Error({"--patience=1secs", "--listen_port=65536"}),
              HasSubstr("'65536' is not a port"));
  EXPECT_THAT(Error({"--listen_port=0"}, {"MESOS_COUNT=x"}), HasSubstr("variable 'MESOS_COUNT'"));
}

TEST_F(FlagsTest, HidesTheFlagsOfLibraries) {
  EXPECT_THAT(Error({"--flagfile=/etc/passwd"}), HasSubstr("unknown flag 'flagfile'"));
  EXPECT_THAT(Error({"--alsologtostderr"}), HasSubstr("unknown flag"));
  EXPECT_EQ(Error({"--v=1", "--log_dir=/tmp", "--quiet", "--logging_level=WARNING"}), "OK");
  EXPECT_THAT(Error({"--logging_level=LOUD"}), HasSubstr("'LOUD' is not a logging level"));
}

TEST_F(FlagsTest, RefusesAMissingRequiredFlag) {
  program_.required = {"leader"};
  EXPECT_THAT(Error({}), HasSubstr("Missing required flag '--leader'"));
  EXPECT_EQ(Error({"--leader=localhost:5050"}), "OK");
}

TEST_F(FlagsTest, ChecksHostAndPort) {
  for (const char* text :
       {"host", ":5050", "host:0", "host:99999", "host:port", "a:b:1", "zk://a:1/x"}) {
    EXPECT_THAT(std::string(CheckHostPort(text).message()), HasSubstr(text));
  }
  EXPECT_TRUE(CheckHostPort("10.0.0.1:5050").ok());
}

TEST_F(FlagsTest, ReadsAValueFromAFile) {
  const std::string path = ::testing::TempDir() + "/flags_test_value";
  std::ofstream(path) << "cpus:2;mem:64";
  EXPECT_EQ(Error({"--plain=file://" + path}), "OK");
  EXPECT_EQ(FLAGS_plain, "cpus:2;mem:64");
  EXPECT_THAT(Error({"--plain=file:///no/such"}),
              AllOf(HasSubstr("'plain'"), HasSubstr("/no/such")));
}

TEST_F(FlagsTest, TakesAFlagOfAMissingFeatureWithItsOneValue) {
  EXPECT_EQ(Error({"--no-authenticate", "--sorter=drf", "--homes="}), "OK");
  EXPECT_EQ(Error({"--authenticate"}),
            "Failed to load flag 'authenticate': 'true': this version has no authentication; only "
            "'false' is taken");
  EXPECT_THAT(Error({"--no-authenticate", "--sorter=random"}), HasSubstr("'random'"));
}

TEST_F(FlagsTest, ListsValuesWithoutTheSecretsOfZookeeper) {
  ASSERT_EQ(Error({"--ensemble=zk://me:secret@one,two/mesos"}), "OK");
  std::map<std::string, std::string> flags;
  for (const auto& [name, value] : CurrentFlags()) flags[name] = value;
  EXPECT_EQ(flags["ensemble"], "zk://***@one,two/mesos");
  EXPECT_EQ(WithoutSecrets(" zk://me:secret@one/mesos\n"), "zk://***@one/mesos");
  EXPECT_EQ(WithoutSecrets("zk://one/a@b"), "zk://one/a@b");
  EXPECT_EQ(WithoutSecrets(" me@home "), " me@home ");
  EXPECT_EQ(flags["homes"], "") << "shown, as it says that there is no such feature";
  EXPECT_EQ(flags.count("homes"), 1u);
  EXPECT_EQ(flags.count("leader"), 0u) << "not given";
  EXPECT_EQ(flags["help"], "false");
}

TEST_F(FlagsTest, HelpShowsEveryFlagOnce) {
  program_.required = {"leader"};
  const std::string help = HelpText(program_);
  EXPECT_THAT(help, AllOf(HasSubstr("--[no-]checkpointed"), HasSubstr("--patience=VALUE\n"),
                          HasSubstr("(default: 5secs)"), HasSubstr("--leader=VALUE  (required)"),
                          HasSubstr("--log_dir"), Not(HasSubstr("flagfile"))));
  EXPECT_EQ(help.find("--[no-]version"), help.rfind("--[no-]version"));
}

}  // namespace
}  // namespace mesos::flags
