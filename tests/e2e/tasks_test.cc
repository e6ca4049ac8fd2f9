// Tasks through real daemons: how they end, what they get, how they are killed.

#include <signal.h>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/cluster.h"

namespace mesos::e2e {
namespace {

using ::testing::HasSubstr;

class TasksTest : public ::testing::Test {
 protected:
  void SetUp() override {
    cluster_.StartMaster();
    agent_ = &cluster_.AddAgent();
  }

  // The only sandbox of the only agent.
  std::string Sandbox() {
    return OnlyMatch(agent_->directory() + "/slaves/*/frameworks/*/executors/*/runs/latest");
  }

  Cluster cluster_;
  Agent* agent_ = nullptr;
};

TEST_F(TasksTest, ExitStatusIsTheCommands) {
  EXPECT_EQ(cluster_.Execute({"--command=true"}).status, 0);
  EXPECT_EQ(cluster_.Execute({"--command=exit 7"}).status, 7);
  const Finished killed = cluster_.Execute({"--command=kill -KILL $$"});
  EXPECT_EQ(killed.status, 128 + SIGKILL) << killed.output;
}

TEST_F(TasksTest, PrintsEachState) {
  const std::string output = cluster_.Execute({"--command=true"}).output;
  EXPECT_THAT(output, HasSubstr("TASK_STARTING"));
  EXPECT_THAT(output, HasSubstr("TASK_RUNNING"));
  EXPECT_THAT(output, HasSubstr("TASK_FINISHED"));
}

TEST_F(TasksTest, SandboxHoldsOutputAndEnvironment) {
  const Finished done =
      cluster_.Execute({"--command=echo out $GREETING; echo err >&2; pwd", "--env=GREETING=hello"});
  ASSERT_EQ(done.status, 0) << done.output;
  EXPECT_THAT(ReadFile(Sandbox() + "/stdout"), HasSubstr("out hello"));
  EXPECT_THAT(ReadFile(Sandbox() + "/stdout"), HasSubstr("/runs/"));
  EXPECT_THAT(ReadFile(Sandbox() + "/stderr"), HasSubstr("err"));
}

TEST_F(TasksTest, ManyTasksOfACheckingFramework) {
  const Finished done = cluster_.RunFramework("self_check_framework", {"--tasks=100"});
  EXPECT_EQ(done.status, 0) << done.output;
}

TEST_F(TasksTest, CustomExecutorRunsAndTalks) {
  const Finished done = cluster_.RunFramework(
      "custom_executor_framework", {"--tasks=3", "--executor=" + Binary("example_executor")});
  EXPECT_EQ(done.status, 0) << done.output << agent_->process().Output();
}

TEST_F(TasksTest, InterruptKillsTheTaskWithItsWholeTree) {
  const std::string marker = agent_->directory() + "/tree";
  auto execute = cluster_.StartExecute({absl::StrCat("--command=(setsid sh -c 'echo $$ > ", marker,
                                                     "; exec tail -f /dev/null') & wait")});
  ASSERT_TRUE(Eventually([&] { return !ReadFile(marker).empty(); })) << execute->Output();
  const pid_t grandchild = std::stoi(ReadFile(marker));
  ASSERT_EQ(kill(grandchild, 0), 0);
  execute->Signal(SIGINT);
  EXPECT_NE(execute->AwaitExit(), 0);
  EXPECT_TRUE(Eventually([&] { return kill(grandchild, 0) != 0; }));
}

TEST_F(TasksTest, StubbornTaskIsKilledAfterItsGrace) {
  const std::string marker = agent_->directory() + "/up";
  auto execute = cluster_.StartExecute({absl::StrCat("--command=trap '' TERM; touch ", marker,
                                                     "; while :; do tail -f /dev/null; done"),
                                        "--kill_after=1secs"});
  execute->AwaitOutput("TASK_RUNNING");
  EXPECT_EQ(execute->AwaitExit(), 128 + SIGKILL) << execute->Output();
}

}  // namespace
}  // namespace mesos::e2e
