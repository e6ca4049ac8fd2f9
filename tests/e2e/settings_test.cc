// Settings of real daemons: what is refused by name, what becomes of addresses, names and logs.

#include <signal.h>
#include <sys/stat.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/cluster.h"

namespace mesos::e2e {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

using Environment = std::map<std::string, std::string>;

std::string Curl(const std::string& address, const std::string& path) {
  return RunToEnd({"curl", "-s", absl::StrCat("http://", address, path)}).output;
}

// A master that stands alone, with nothing on disk, on any free port.
std::vector<std::string> LoneMaster(std::vector<std::string> flags) {
  std::vector<std::string> argv = {Binary("mesos-master"), "--port=0", "--registry=in_memory"};
  argv.insert(argv.end(), flags.begin(), flags.end());
  return argv;
}

std::vector<std::string> LoneAgent(const TemporaryDirectory& directory,
                                   std::vector<std::string> flags) {
  std::vector<std::string> argv = {Binary("mesos-agent"), "--port=0",
                                   "--work_dir=" + directory.path(),
                                   "--runtime_dir=" + directory.path() + "/run"};
  argv.insert(argv.end(), flags.begin(), flags.end());
  return argv;
}

void ExpectRefusal(std::vector<std::string> argv, Environment environment,
                   const std::string& text) {
  const Finished done = RunToEnd(std::move(argv), std::move(environment));
  EXPECT_EQ(done.status, 1) << done.output;
  EXPECT_THAT(done.output, HasSubstr(text));
}

TEST(SettingsTest, WhatTheEnvironmentAsksForIsRefusedByName) {
  TemporaryDirectory directory;
  ExpectRefusal(LoneMaster({}), {{"MESOS_ACLS", "{}"}},
                "flag 'acls' from environment variable 'MESOS_ACLS': '{}': this version has no "
                "authorization");
  ExpectRefusal(LoneMaster({}), {{"LIBPROCESS_SSL_ENABLED", "1"}},
                "'LIBPROCESS_SSL_ENABLED=1': this version has no TLS");
  ExpectRefusal(LoneMaster({"--authenticate_slaves"}), {}, "flag 'authenticate_agents': 'true'");
  ExpectRefusal(LoneAgent(directory, {"--master=127.0.0.1:1"}),
                {{"MESOS_EFFECTIVE_CAPABILITIES", "{}"}}, "'MESOS_EFFECTIVE_CAPABILITIES'");
  ExpectRefusal(LoneAgent(directory, {"--master=127.0.0.1:1"}),
                {{"MESOS_ISOLATION", "cgroups/cpu"}}, "'MESOS_ISOLATION'");
}

TEST(SettingsTest, WhatIsNoFileIsRefusedAtOnce) {
  TemporaryDirectory directory;
  const std::string fifo = directory.path() + "/fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  ExpectRefusal(LoneMaster({"--zk=file:///dev/zero"}), {},
                "flag 'zk': cannot read '/dev/zero': it is a device");
  ExpectRefusal(LoneMaster({"--zk=file://" + fifo}), {}, "it is a FIFO");
  ExpectRefusal(LoneAgent(directory, {"--master=file:///dev/zero"}), {}, "flag 'master': ");
  ExpectRefusal(LoneAgent(directory, {"--master=file://" + fifo}), {}, "it is a FIFO");
  ExpectRefusal({Binary("mesos-execute"), "--master=file://" + fifo, "--name=x", "--command=true"},
                {}, "it is a FIFO");
}

TEST(SettingsTest, TooFewDescriptorsAreToldAtOnce) {
  TemporaryDirectory directory;
  const auto with_few = [](const std::vector<std::string>& argv) {
    std::vector<std::string> limited = {"/bin/sh", "-c", "ulimit -n 16; exec \"$0\" \"$@\""};
    limited.insert(limited.end(), argv.begin(), argv.end());
    return limited;
  };
  ExpectRefusal(with_few(LoneMaster({})), {}, "the limit of open files is 16, and at least 64");
  ExpectRefusal(with_few(LoneAgent(directory, {"--master=127.0.0.1:1"})), {},
                "the limit of open files is 16, and at least 64");
}

TEST(SettingsTest, AMasterThatStandsAloneIsReachedFromThisMachineOnly) {
  Process alone(LoneMaster({}));
  const std::string port =
      alone.AwaitOutput("Master listening on 127\\.0\\.0\\.1:([0-9]+) hostname=");
  alone.AwaitOutput("Only this machine reaches 127\\.0\\.0\\.1:" + port + ".*--ip=0\\.0\\.0\\.0");
  EXPECT_THAT(alone.Output(), Not(HasSubstr("nobody is authenticated")));
  Process open(LoneMaster({"--ip=0.0.0.0", "--advertise_ip=127.0.0.1", "--no-hostname_lookup"}));
  open.AwaitOutput("Master listening on 0\\.0\\.0\\.0:[0-9]+ hostname=127\\.0\\.0\\.1 ");
  open.AwaitOutput("W.*Whoever reaches 0\\.0\\.0\\.0:[0-9]+.*nobody is authenticated");
}

TEST(SettingsTest, AnAgentBesideItsMasterIsReachedFromThisMachineOnly) {
  TemporaryDirectory directory;
  Process master(LoneMaster({}));
  const std::string port = master.AwaitOutput("listening on [^ ]*:([0-9]+)");
  Process agent(LoneAgent(directory, {"--master=localhost:" + port}));
  agent.AwaitOutput("Agent listening on 127\\.0\\.0\\.1:");
  agent.AwaitOutput("Only this machine reaches 127\\.0\\.0\\.1:");
  agent.AwaitOutput("[Rr]egistered");
}

TEST(SettingsTest, FormerNamesAndLibprocessVariablesWork) {
  Process master({Binary("mesos-master"), "--registry=in_memory", "word"},
                 {{"LIBPROCESS_IP", "127.0.0.1"},
                  {"LIBPROCESS_PORT", "0"},
                  {"MESOS_SLAVE_PING_TIMEOUT", "20secs"},
                  {"MESOS_AUTHENTICATE", "false"},
                  {"MESOS_NOT_A_FLAG", "1"}});
  const std::string port = master.AwaitOutput("listening on 127\\.0\\.0\\.1:([0-9]+)");
  EXPECT_NE(port, "5050");
  EXPECT_THAT(master.Output(),
              AllOf(HasSubstr("'slave_ping_timeout' is deprecated: it is called "
                              "'agent_ping_timeout'"),
                    HasSubstr("it is no flag: 'word'"), HasSubstr("MESOS_NOT_A_FLAG")));
  EXPECT_THAT(Curl("127.0.0.1:" + port, "/flags"),
              AllOf(HasSubstr("\"agent_ping_timeout\":\"20secs\""),
                    HasSubstr("\"ip\":\"127.0.0.1\""), Not(HasSubstr("\"acls\""))));
}

TEST(SettingsTest, LogsReachTheirFilesAtOnce) {
  TemporaryDirectory directory;
  Process master(LoneMaster({"--log_dir=" + directory.path()}));
  master.AwaitOutput("Only this machine reaches");
  master.Signal(SIGKILL);
  master.AwaitExit();
  EXPECT_THAT(ReadFile(directory.path() + "/mesos-master.INFO"),
              AllOf(HasSubstr("Master listening on "), HasSubstr("Only this machine reaches")));
}

TEST(SettingsTest, ALogOfAnotherProgramIsServed) {
  TemporaryDirectory directory;
  const std::string log = directory.path() + "/journal";
  WriteFile(log, "what another program wrote");
  Process master(LoneMaster({"--external_log_file=" + log}));
  const std::string port = master.AwaitOutput("listening on [^ ]*:([0-9]+)");
  EXPECT_THAT(Curl("127.0.0.1:" + port, "/files/read?path=/master/log&offset=0"),
              HasSubstr("what another program wrote"));
}

TEST(SettingsTest, ARestartedAgentAddsResourcesWhereItMay) {
  Cluster cluster;
  cluster.StartMaster();
  Agent& agent = cluster.AddAgent({"--resources=cpus:2;mem:512", "--attributes=rack:r1"});
  agent.Kill();
  agent.flags() = {"--resources=cpus:4;mem:512", "--attributes=rack:r1"};
  EXPECT_NE(agent.Launch().AwaitExit(), 0);
  EXPECT_THAT(agent.process().Output(), HasSubstr("--reconfiguration_policy=additive"));
  agent.flags() = {"--resources=cpus:4;mem:512;gadgets:1", "--attributes=rack:r1;level:3",
                   "--reconfiguration_policy=additive"};
  agent.Start();
  cluster.master().AwaitOutput("Resources of agent_id=[^ ]* change from .*cpus:2.* to .*cpus:4");
  EXPECT_THAT(Curl(cluster.master_address(), "/slaves"),
              AllOf(HasSubstr("\"gadgets\":1"), HasSubstr("\"level\":3")));
  // What it was started with last counts the next time.
  agent.Kill();
  agent.flags().pop_back();
  agent.Start();
  agent.Kill();
  agent.flags() = {"--resources=cpus:2;mem:512", "--attributes=rack:r1",
                   "--reconfiguration_policy=additive"};
  EXPECT_NE(agent.Launch().AwaitExit(), 0);
}

}  // namespace
}  // namespace mesos::e2e
