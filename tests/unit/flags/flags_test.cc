#include "common/flags/flags.h"

#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>

#include "common/base/limits.h"
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
DEFINE_fixed_flag(wait, "1mins", "other wait");
DEFINE_fixed_flag(least, "cpus:0.01|mem:32", "other bound");
DEFINE_idle_flag(cache_size, "2GB", "cache", mesos::flags::CheckBytes);
DEFINE_idle_switch(kill_orphans, true, "containers");
DEFINE_idle_flag(registry_config, "", "images", mesos::flags::CheckAnything);
DEFINE_refused_flag(acls, "authorization");
DEFINE_refused_secret(credential, "authentication");
DEFINE_string(ip, "", "An address.");
DEFINE_string(ip_discovery_command, "", "A command.");
DEFINE_port(port, 5051, "A port.");
DEFINE_string(advertise_ip, "", "An address.");
DEFINE_port(advertise_port, 0, "A port.");
DEFINE_string(resources, "", "Resources.");
MARK_flag(resources, kPathOrValue);
DEFINE_deprecated_name(tally, count);
DEFINE_deprecated_name(authenticate_slaves, authenticate);
DEFINE_string(ensemble, "", "Where ZooKeeper is.");
DEFINE_checked_string(leader, "", "The master.", mesos::flags::CheckHostPort);

namespace mesos::flags {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class FlagsTest : public ::testing::Test {
 protected:
  std::string Error(const std::vector<std::string>& arguments,
                    const std::vector<std::string>& environment = {}) {
    notes_.clear();
    absl::Status status = ParseFlags(program_, arguments, environment, &notes_);
    return status.ok() ? "OK" : std::string(status.message());
  }

  // Of a file with that content.
  std::string File(const std::string& content) {
    const std::string path = ::testing::TempDir() + "/flags_test_value";
    std::ofstream(path) << content;
    return path;
  }

  Program program_{.name = "mesos-test", .summary = "Tests flags.", .required = {}};
  std::vector<std::string> notes_;
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
  const std::string path = File("cpus:2;mem:64\n");
  EXPECT_EQ(Error({"--plain=file://" + path}), "OK");
  EXPECT_EQ(FLAGS_plain, "cpus:2;mem:64");
  EXPECT_THAT(Error({"--plain=file:///no/such"}),
              AllOf(HasSubstr("'plain'"), HasSubstr("/no/such")));
  EXPECT_EQ(Error({"--resources=" + path, "--plain=" + path}), "OK");
  EXPECT_EQ(FLAGS_resources, "cpus:2;mem:64");
  EXPECT_EQ(FLAGS_plain, path) << "of which a path is a value";
}

TEST_F(FlagsTest, ReadsEveryKindOfValueFromAFile) {
  EXPECT_EQ(Error({"--count=file://" + File("7\n")}), "OK");
  EXPECT_EQ(FLAGS_count, 7);
  EXPECT_EQ(Error({"--checkpointed=file://" + File("false\n")}), "OK");
  EXPECT_FALSE(FLAGS_checkpointed);
  EXPECT_EQ(Error({"--patience=file://" + File("3secs\n")}), "OK");
  EXPECT_EQ(DurationFlag(FLAGS_patience), absl::Seconds(3));
  EXPECT_EQ(Error({"--cache_size=file://" + File("64MB\n"), "--patience=1secs"}), "OK");
  EXPECT_EQ(Error({}, {"MESOS_COUNT=file://" + File("9")}), "OK");
  EXPECT_EQ(FLAGS_count, 9);
  EXPECT_THAT(Error({"--count=file://" + File("x")}), HasSubstr("'x' is not a number"));
}

TEST_F(FlagsTest, ReadsNoMoreOfAFileThanAValueHas) {
  const std::string fifo = ::testing::TempDir() + "/flags_test_fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_THAT(Error({"--ensemble=file:///dev/zero"}),
              AllOf(HasSubstr("'ensemble'"), HasSubstr("/dev/zero"), HasSubstr("device")));
  EXPECT_THAT(Error({"--ensemble=file://" + fifo}), HasSubstr("FIFO"));
  EXPECT_THAT(Error({"--ensemble=file:///tmp"}), HasSubstr("folder"));
  EXPECT_THAT(Error({}, {"MESOS_ENSEMBLE=file:///dev/zero"}), HasSubstr("'MESOS_ENSEMBLE'"));
  const std::string full = File(std::string(limits::kMaxAddressFileBytes, 'x'));
  EXPECT_EQ(Error({"--ensemble=file://" + full}), "OK");
  EXPECT_EQ(FLAGS_ensemble.size(), limits::kMaxAddressFileBytes);
  const std::string over = File(std::string(limits::kMaxAddressFileBytes + 1, 'x'));
  EXPECT_THAT(Error({"--ensemble=file://" + over}), HasSubstr("more than 65536 bytes"));
  std::remove(fifo.c_str());
  std::remove(over.c_str());
}

TEST_F(FlagsTest, TakesFormerNamesWithAWarning) {
  EXPECT_EQ(Error({"--tally=8"}), "OK");
  EXPECT_EQ(FLAGS_count, 8);
  EXPECT_THAT(notes_, ElementsAre("the flag 'tally' is deprecated: it is called 'count'"));
  EXPECT_EQ(Error({}, {"MESOS_TALLY=9"}), "OK");
  EXPECT_EQ(FLAGS_count, 9);
  EXPECT_THAT(notes_, ElementsAre(HasSubstr("'tally' is deprecated")));
  EXPECT_EQ(Error({"--no-authenticate_slaves"}), "OK");
  EXPECT_THAT(Error({"--authenticate_slaves"}), HasSubstr("flag 'authenticate': 'true'"));
  EXPECT_THAT(Error({"--tally=1", "--count=2", "--no-authenticate"}),
              HasSubstr("Duplicate flag 'count'"));
  EXPECT_THAT(Error({}, {"MESOS_TALLY=1", "MESOS_COUNT=2"}),
              AllOf(HasSubstr("'MESOS_COUNT'"), HasSubstr("'MESOS_TALLY'")));
  EXPECT_EQ(Error({"--tally=1", "--no-authenticate"}, {"MESOS_COUNT=2"}), "OK");
  EXPECT_EQ(FLAGS_count, 1);
}

TEST_F(FlagsTest, ADaemonPassesOverWhatIsNoFlagWithAWarning) {
  program_.daemon = true;
  EXPECT_EQ(Error({"word", "--count=4", "-x", "--", "--unheard_of"},
                  {"MESOS_UNHEARD_OF=1", "MESOS_ZK=zk://a/b", "MESOS_NATIVE_JAVA_LIBRARY=/x",
                   "MESOS_VERSION=1.11.0", "MESOS_SANDBOX=/y", "PATH=/bin"}),
            "OK");
  EXPECT_EQ(FLAGS_count, 4);
  EXPECT_THAT(notes_, ElementsAre("ignored on the command line, as it is no flag: 'word'",
                                  "ignored on the command line, as it is no flag: '-x'",
                                  "ignored in the environment, as mesos-test has no such flags: "
                                  "MESOS_UNHEARD_OF, MESOS_ZK"));
  EXPECT_THAT(Error({"--unheard_of=1"}), HasSubstr("unknown flag 'unheard_of'"));
}

TEST_F(FlagsTest, TakesLibprocessVariablesAfterItsOwn) {
  EXPECT_EQ(Error({}, {"LIBPROCESS_IP=10.0.0.1", "LIBPROCESS_PORT=6000",
                       "LIBPROCESS_ADVERTISE_IP=10.0.0.9", "LIBPROCESS_ADVERTISE_PORT=7000",
                       "LIBPROCESS_NUM_WORKER_THREADS=8"}),
            "OK");
  EXPECT_EQ(FLAGS_ip, "10.0.0.1");
  EXPECT_EQ(FLAGS_port, 6000);
  EXPECT_EQ(FLAGS_advertise_ip, "10.0.0.9");
  EXPECT_EQ(FLAGS_advertise_port, 7000);
  EXPECT_EQ(
      Error({"--port=1"}, {"MESOS_IP=10.0.0.2", "LIBPROCESS_IP=10.0.0.1", "LIBPROCESS_PORT=6000"}),
      "OK");
  EXPECT_EQ(FLAGS_ip, "10.0.0.2");
  EXPECT_EQ(FLAGS_port, 1);
  EXPECT_THAT(Error({}, {"LIBPROCESS_PORT=many"}),
              AllOf(HasSubstr("'LIBPROCESS_PORT'"), HasSubstr("'many'")));
  EXPECT_THAT(Error({}, {"LIBPROCESS_PORT=70000"}), HasSubstr("'LIBPROCESS_PORT'"));
}

TEST_F(FlagsTest, ACommandForTheAddressComesBeforeLibprocessVariable) {
  EXPECT_EQ(Error({"--ip_discovery_command=mine"}, {"LIBPROCESS_IP=10.0.0.1"}), "OK");
  EXPECT_EQ(FLAGS_ip, "");
}

TEST_F(FlagsTest, RefusesToGoWithoutTheTlsThatIsAskedFor) {
  for (const char* variable :
       {"LIBPROCESS_SSL_ENABLED=1", "LIBPROCESS_SSL_ENABLED=true", "SSL_ENABLED=1"}) {
    EXPECT_THAT(Error({}, {variable}), AllOf(HasSubstr(variable), HasSubstr("has no TLS")));
  }
  EXPECT_EQ(
      Error({}, {"LIBPROCESS_SSL_ENABLED=false", "SSL_ENABLED=1", "LIBPROCESS_SSL_CERT_FILE=/x"}),
      "OK");
  EXPECT_EQ(Error({}, {"LIBPROCESS_SSL_ENABLED=0"}), "OK");
}

TEST_F(FlagsTest, ComparesValuesByWhatTheyMean) {
  EXPECT_EQ(Error({"--wait=60secs", "--least=mem:32|cpus:0.010", "--authenticate=0"}), "OK");
  EXPECT_THAT(Error({"--wait=61secs"}), HasSubstr("'61secs'"));
  EXPECT_THAT(Error({"--wait=1mins", "--least=cpus:0.01;mem:32"}), HasSubstr("'least'"));
  EXPECT_TRUE(SameValue("2GB", "2048MB"));
  EXPECT_TRUE(SameValue("0.8", "0.80"));
  EXPECT_TRUE(SameValue("0ns", "0secs"));
  EXPECT_FALSE(SameValue("1secs", "1ms"));
  EXPECT_FALSE(SameValue("1secs", "1"));
  EXPECT_FALSE(SameValue("drf", "random"));
}

TEST_F(FlagsTest, TakesWhatHasNoEffectWithAWarning) {
  EXPECT_EQ(Error({"--cache_size=64KB", "--no-kill_orphans", "--registry_config={\"auth\": 1}"}),
            "OK");
  EXPECT_THAT(notes_, ElementsAre("flag 'cache_size' has no effect in this version",
                                  "flag 'kill_orphans' has no effect in this version",
                                  "flag 'registry_config' has no effect in this version"));
  std::map<std::string, std::string> flags;
  for (const auto& [name, value] : CurrentFlags()) flags[name] = value;
  EXPECT_EQ(flags["cache_size"], "64KB");
  EXPECT_EQ(flags.count("registry_config"), 0u) << "may be secret";
  EXPECT_EQ(Error({"--cache_size=2GB"}), "OK");
  EXPECT_THAT(notes_, IsEmpty()) << "as it is anyway";
  EXPECT_THAT(Error({"--cache_size=large"}),
              AllOf(HasSubstr("'cache_size'"), HasSubstr("'large'")));
}

TEST_F(FlagsTest, RefusesWhatIsNotThereByName) {
  EXPECT_EQ(Error({"--acls={}"}),
            "Failed to load flag 'acls': '{}': this version has no authorization; leave the flag "
            "away");
  EXPECT_EQ(Error({"--acls="}, {"MESOS_CREDENTIAL="}), "OK");
  EXPECT_EQ(Error({}, {"MESOS_ACLS=file:///no/such"}),
            "Failed to load flag 'acls' from environment variable 'MESOS_ACLS': "
            "'file:///no/such': this version has no authorization; leave the flag away");
  EXPECT_THAT(Error({"--acls=", "--credential=me:secret"}),
              AllOf(HasSubstr("'credential'"), Not(HasSubstr("secret"))));
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
  EXPECT_THAT(help, AllOf(HasSubstr("--count=VALUE  (formerly --tally)\n"),
                          HasSubstr("have no effect in this version:\n      cache_size, "),
                          HasSubstr("lacks what they ask for:\n      acls, credential\n")));
}

}  // namespace
}  // namespace mesos::flags
