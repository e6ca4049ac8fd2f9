// What a master remembers through its own end, in real daemons with the registry in a file.

#include <signal.h>

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/cluster.h"

namespace mesos::e2e {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class DurabilityTest : public ::testing::Test {
 protected:
  std::string Curl(const std::string& path, std::vector<std::string> flags = {}) const {
    std::vector<std::string> argv = {"/usr/bin/curl", "-s", "-m", "10"};
    argv.insert(argv.end(), flags.begin(), flags.end());
    argv.push_back("http://" + cluster_.master_address() + path);
    return RunToEnd(argv).output;
  }
  std::string Call(const std::string& body) const {
    return Curl("/api/v1", {"-H", "Content-Type: application/json", "-d", body});
  }
  void RestartMaster(std::vector<std::string> flags = {}) {
    cluster_.KillMaster();
    cluster_.StartMaster(std::move(flags));
  }
  // Its id, as the agent's process logged it.
  static std::string IdOf(Agent& agent) {
    return agent.process().AwaitOutput("Registered with master .* agent=([^ \n]+)");
  }
  std::string file() const { return cluster_.master_directory() + "/registry.sqlite"; }
  // A master over what stands there now, run to its end.
  Finished TryMaster() const {
    return RunToEnd({Binary("mesos-master"), "--ip=127.0.0.1", "--port=0",
                     "--work_dir=" + cluster_.master_directory()});
  }

  Cluster cluster_;
};

TEST_F(DurabilityTest, ARestartedMasterKnowsItsAgentsAndWaitsForThem) {
  cluster_.StartMaster();
  Agent& agent = cluster_.AddAgent();
  const std::string id = IdOf(agent);
  agent.process().Signal(SIGSTOP);
  RestartMaster({"--agent_reregister_timeout=1hrs"});
  EXPECT_THAT(Curl("/slaves"),
              AllOf(HasSubstr("{\"slaves\":[],\"recovered_slaves\":[{\"id\":\""), HasSubstr(id)));
  EXPECT_THAT(Call("{\"type\":\"GET_AGENTS\"}"),
              AllOf(HasSubstr("recovered_agents"), HasSubstr(id)));
  agent.process().Signal(SIGCONT);
  cluster_.master().AwaitOutput("Re-registered agent_id=" + id);
  EXPECT_THAT(Curl("/slaves"), HasSubstr("\"recovered_slaves\":[]"));
}

TEST_F(DurabilityTest, AnAgentThatStaysAwayIsUnreachableAndTakenBackLater) {
  cluster_.StartMaster();
  Agent& agent = cluster_.AddAgent();
  const std::string id = IdOf(agent);
  agent.process().Signal(SIGSTOP);
  RestartMaster({"--agent_reregister_timeout=100ms"});
  cluster_.master().AwaitOutput("Marking unreachable agent_id=" + id);
  EXPECT_TRUE(Eventually([&] {
    return Curl("/metrics/snapshot").find("\"master/slaves_unreachable\":1") != std::string::npos;
  }));
  RestartMaster();
  EXPECT_THAT(Curl("/metrics/snapshot"), HasSubstr("\"master/slaves_unreachable\":1"));
  agent.process().Signal(SIGCONT);
  cluster_.master().AwaitOutput("Re-registered agent_id=" + id);
  EXPECT_THAT(Curl("/metrics/snapshot"), HasSubstr("\"master/slaves_unreachable\":0"));
}

TEST_F(DurabilityTest, AGoneAgentStaysGoneAndWeightsStay) {
  cluster_.StartMaster();
  Agent& agent = cluster_.AddAgent();
  const std::string id = IdOf(agent);
  agent.Kill();
  Call("{\"type\":\"MARK_AGENT_GONE\",\"mark_agent_gone\":{\"agent_id\":{\"value\":\"" + id +
       "\"}}}");
  Call(
      "{\"type\":\"UPDATE_WEIGHTS\",\"update_weights\":{\"weight_infos\":[{\"role\":\"web\","
      "\"weight\":2.5}]}}");
  RestartMaster();
  EXPECT_THAT(Curl("/weights"), AllOf(HasSubstr("web"), HasSubstr("2.5")));
  agent.Launch();
  cluster_.master().AwaitOutput("Shutting down agent_id=" + id + ": it was marked gone");
}

TEST_F(DurabilityTest, WithoutARegistryTheMasterForgets) {
  cluster_.StartMaster({"--registry=in_memory"});
  Agent& agent = cluster_.AddAgent();
  agent.process().Signal(SIGSTOP);
  RestartMaster({"--registry=in_memory"});
  EXPECT_THAT(Curl("/slaves"), HasSubstr("\"recovered_slaves\":[]"));
  EXPECT_FALSE(std::filesystem::exists(file()));
  agent.process().Signal(SIGCONT);
  cluster_.master().AwaitOutput("Re-registered agent_id=");
}

TEST_F(DurabilityTest, OneMasterAtATimeUsesADirectory) {
  cluster_.StartMaster();
  const Finished second = TryMaster();
  EXPECT_EQ(second.status, 1);
  EXPECT_THAT(second.output,
              AllOf(HasSubstr("Another master (process "), HasSubstr("--work_dir=")));
}

TEST_F(DurabilityTest, ADamagedFileIsRefusedByNameAndLeftAsItIs) {
  cluster_.StartMaster();
  cluster_.AddAgent();
  cluster_.KillMaster();
  const std::string garbage(20'000, 'x');
  // Without the log beside it, from which SQLite would mend the file.
  std::filesystem::remove(file() + "-wal");
  std::filesystem::remove(file() + "-shm");
  WriteFile(file(), garbage);
  const Finished done = TryMaster();
  EXPECT_EQ(done.status, 1);
  EXPECT_THAT(done.output, HasSubstr(file()));
  EXPECT_EQ(ReadFile(file()), garbage);
}

TEST_F(DurabilityTest, AFileThatHasLostItsTableIsRefused) {
  cluster_.StartMaster();
  cluster_.AddAgent();
  cluster_.KillMaster();
  const Finished drop = RunToEnd({"python3", "-c",
                                  "import sqlite3, sys\n"
                                  "with sqlite3.connect(sys.argv[1]) as file:\n"
                                  "  file.execute('DROP TABLE entries')\n",
                                  file()});
  ASSERT_EQ(drop.status, 0) << drop.output;
  const Finished done = TryMaster();
  EXPECT_EQ(done.status, 1);
  EXPECT_THAT(done.output,
              AllOf(HasSubstr(file() + " has lost its table 'entries'"), HasSubstr("restore")));
}

TEST_F(DurabilityTest, WrongFlagsAreNamed) {
  const auto refused = [](std::vector<std::string> flags, const std::string& text) {
    flags.insert(flags.begin(), Binary("mesos-master"));
    const Finished done = RunToEnd(flags);
    EXPECT_EQ(done.status, 1) << done.output;
    EXPECT_THAT(done.output, HasSubstr(text));
  };
  refused({"--registry=somewhere"}, "zookeeper, file, in_memory");
  refused({"--registry=zookeeper"}, "needs --zk");
  refused({"--registry=file", "--zk=zk://127.0.0.1:1/mesos"}, "--registry=file");
  refused({"--agent_removal_rate_limit=often"}, "NUMBER/DURATION");
  refused({"--recovery_agent_removal_limit=101%"}, "percentage");
  refused({"--work_dir=/proc/nowhere"}, "--registry=in_memory");
}

}  // namespace
}  // namespace mesos::e2e
