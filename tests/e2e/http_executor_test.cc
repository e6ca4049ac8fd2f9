// An executor in Python, on Mesos' v1 executor API over HTTP, under a real agent.

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/cluster.h"
#include "tests/unit/net/raw_client.h"

namespace mesos::e2e {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// What Mesos tells an executor by its environment, and nothing beyond it.
constexpr char kEnvironment[] =
    "\"environment\": [\"LIBPROCESS_IP\", \"MESOS_AGENT_ENDPOINT\", \"MESOS_ALLOCATION_ROLE\", "
    "\"MESOS_CHECKPOINT\", "
    "\"MESOS_DIRECTORY\", \"MESOS_EXECUTOR_AUTHENTICATION_TOKEN\", \"MESOS_EXECUTOR_ID\", "
    "\"MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD\", "
    "\"MESOS_FRAMEWORK_ID\", \"MESOS_HTTP_COMMAND_EXECUTOR\", \"MESOS_RECOVERY_TIMEOUT\", "
    "\"MESOS_SANDBOX\", \"MESOS_SLAVE_ID\", \"MESOS_SLAVE_PID\", "
    "\"MESOS_SUBSCRIPTION_BACKOFF_MAX\"]";

class HttpExecutorTest : public ::testing::Test {
 protected:
  void Start(std::vector<std::string> agent_flags = {}) {
    cluster_.StartMaster();
    agent_ = &cluster_.AddAgent(std::move(agent_flags));
  }

  static std::string Executor() { return absl::StrCat(MESOS_E2E_SCRIPTS, "/http_executor.py"); }

  // The only sandbox of the only agent.
  std::string Sandbox() {
    return OnlyMatch(agent_->directory() + "/slaves/*/frameworks/*/executors/*/runs/latest");
  }

  // What the executor saw, in order; only lines that tell of `what`.
  std::vector<std::string> Saw(const std::string& what) {
    std::vector<std::string> lines;
    for (absl::string_view line : absl::StrSplit(ReadFile(Sandbox() + "/saw.jsonl"), '\n')) {
      if (absl::StrContains(line, absl::StrCat("\"", what, "\":"))) lines.emplace_back(line);
    }
    return lines;
  }

  net::RawAnswer Get(const std::string& path) {
    int port = 0;
    EXPECT_TRUE(absl::SimpleAtoi(agent_->process().AwaitOutput("Agent listening on [^ ]*:([0-9]+)"),
                                 &port));
    net::RawClient client = net::RawClient::ToPort(port);
    client.Send(absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    return client.ReadAnswer();
  }

  void ExpectAConversation() {
    EXPECT_THAT(
        Saw("subscribe"),
        ElementsAre(AllOf(
            HasSubstr("\"subscribe\": 200"), HasSubstr("\"transfer-encoding\": \"chunked\""),
            HasSubstr("\"content-type\": \"application/json\""), Not(HasSubstr("stream-id")))));
    EXPECT_THAT(Saw("call"), Not(IsEmpty()));
    EXPECT_THAT(Saw("call"), Each(HasSubstr("\"body\": \"\"")));
    EXPECT_THAT(Saw("call"), Each(HasSubstr("\"status\": 202")));
    const std::vector<std::string> events = Saw("event");
    for (const char* kind : {"SUBSCRIBED", "LAUNCH", "MESSAGE", "KILL", "ACKNOWLEDGED"}) {
      EXPECT_THAT(events, Contains(HasSubstr(absl::StrCat("\"", kind, "\"")))) << kind;
    }
  }

  Cluster cluster_;
  Agent* agent_ = nullptr;
};

TEST_F(HttpExecutorTest, RunsTasksAndTalksOverTcp) {
  Start();
  const Finished done =
      cluster_.RunFramework("custom_executor_framework", {"--tasks=3", "--executor=" + Executor()});
  EXPECT_EQ(done.status, 0) << done.output << agent_->process().Output();
  ExpectAConversation();
  EXPECT_THAT(Saw("environment"), ElementsAre(HasSubstr(kEnvironment)));
}

TEST_F(HttpExecutorTest, RunsTasksAndTalksOverTheUnixSocket) {
  Start({"--http_executor_domain_sockets"});
  const Finished done =
      cluster_.RunFramework("custom_executor_framework", {"--tasks=3", "--executor=" + Executor()});
  EXPECT_EQ(done.status, 0) << done.output << agent_->process().Output();
  ExpectAConversation();
  EXPECT_THAT(Saw("environment"), ElementsAre(HasSubstr("\"MESOS_DOMAIN_SOCKET\"")));
}

// So that one may kill its whole process group on exit without hitting others.
TEST_F(HttpExecutorTest, LeadsAProcessGroupInASessionOfItsOwn) {
  Start();
  cluster_.RunFramework("custom_executor_framework", {"--tasks=1", "--executor=" + Executor()});
  EXPECT_THAT(Saw("leads_group"), ElementsAre(AllOf(HasSubstr("\"leads_group\": true"),
                                                    HasSubstr("\"session_of_launcher\": true"))));
}

TEST_F(HttpExecutorTest, OutlivesTheAgent) {
  Start({"--http_executor_domain_sockets"});
  Process framework({Binary("custom_executor_framework"), "--master=" + cluster_.master_address(),
                     "--tasks=2", "--hold=1", "--executor=" + Executor()});
  framework.AwaitOutput("custom-1 TASK_RUNNING");
  agent_->Kill();
  agent_->Start();
  EXPECT_EQ(framework.AwaitExit(), 0) << framework.Output() << agent_->process().Output();
  EXPECT_GE(Saw("subscribe").size(), 2u);
}

// Tools read the sandbox's path from /state, or build it themselves from what stands there.
TEST_F(HttpExecutorTest, ShowsInTheStateWhereItsSandboxIs) {
  Start();
  Process framework({Binary("custom_executor_framework"), "--master=" + cluster_.master_address(),
                     "--tasks=1", "--hold=60", "--executor=" + Executor()});
  framework.AwaitOutput("custom-0 TASK_RUNNING");
  const net::RawAnswer state = Get("/slave(1)/state");
  EXPECT_EQ(state.status, 200);
  EXPECT_THAT(state.body, HasSubstr("\"type\":\"CUSTOM\""));
  EXPECT_THAT(state.body, HasSubstr("\"pid\":\"slave(1)@127.0.0.1:"));
  EXPECT_THAT(state.body, HasSubstr("\"ports\":\"[31000-32000]\""));
  EXPECT_THAT(state.body, HasSubstr(absl::StrCat("\"work_dir\":\"", agent_->directory(), "\"")));
  const std::string run =
      OnlyMatch(agent_->directory() + "/slaves/*/frameworks/*/executors/example/runs/*-*");
  const std::string container = run.substr(run.rfind('/') + 1);
  EXPECT_THAT(state.body, HasSubstr(absl::StrCat("\"directory\":\"", run, "\"")));
  EXPECT_THAT(state.body, HasSubstr(absl::StrCat("\"container\":\"", container, "\"")));
  EXPECT_THAT(state.body, HasSubstr("\"container_status\":{"));
  EXPECT_THAT(state.body,
              HasSubstr(absl::StrCat("\"container_id\":{\"value\":\"", container, "\"}")));
  EXPECT_THAT(state.body, HasSubstr("\"ip_address\":\"127.0.0.1\""));
  EXPECT_THAT(Get(absl::StrCat("/files/browse?path=", run)).body, HasSubstr(run + "/saw.jsonl"));
  EXPECT_THAT(Get(absl::StrCat("/files/read?offset=0&path=", run, "/saw.jsonl")).body,
              HasSubstr("MESOS_SANDBOX"));
  EXPECT_EQ(Get(absl::StrCat("/files/browse?path=", agent_->directory(), "/meta")).status, 404);
  const std::string containers = Get("/containers").body;
  EXPECT_THAT(containers, HasSubstr(absl::StrCat("\"container_id\":\"", container, "\"")));
  EXPECT_THAT(containers, HasSubstr("\"mem_rss_bytes\":"));
}

}  // namespace
}  // namespace mesos::e2e
