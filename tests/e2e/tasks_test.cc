// Tasks through real daemons: how they end, what they get, how they are killed.

#include <signal.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

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

TEST_F(TasksTest, FollowPrintsWhatTheTaskWritesWhileItRunsAndExitsAsItDid) {
  const TemporaryDirectory directory;
  const std::string gate = directory.path() + "/gate";
  ASSERT_EQ(mkfifo(gate.c_str(), 0666), 0);
  chmod(gate.c_str(), 0666);
  const std::string out = directory.path() + "/out";
  const std::string err = directory.path() + "/err";
  Process execute({"/bin/sh", "-c",
                   absl::StrCat(Binary("mesos-execute"), " --master=", cluster_.master_address(),
                                " --follow --name=followed --command='echo first; echo wrong >&2; "
                                "read line < ",
                                gate, "; seq 1 30000; exit 7' > ", out, " 2> ", err)});
  EXPECT_TRUE(Eventually([&] { return ReadFile(out) == "first\n"; }));
  EXPECT_TRUE(Eventually([&] { return ReadFile(err).find("wrong\n") != std::string::npos; }));
  std::ofstream(gate) << "on" << std::endl;
  EXPECT_EQ(execute.AwaitExit(), 7) << ReadFile(err);
  // All of it, and nothing else.
  const std::string all = ReadFile(out);
  EXPECT_EQ(all.substr(0, 10), "first\n1\n2\n");
  EXPECT_EQ(all.size(), 6u + 168'894u);
  EXPECT_THAT(ReadFile(err), HasSubstr("TASK_RUNNING"));
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

TEST(SandboxTest, GoesAtOnceWhereTheDiskHasNoRoomForIt) {
  Cluster cluster;
  cluster.StartMaster();
  const Agent& agent = cluster.AddAgent({"--gc_disk_headroom=1", "--disk_watch_interval=50ms"});
  const Finished done = cluster.Execute({"--command=true"});
  ASSERT_EQ(done.status, 0) << done.output;
  const auto sandboxes = [&agent] {
    int count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(
             agent.directory() + "/slaves", std::filesystem::directory_options::none)) {
      if (entry.path().filename() == "stdout") ++count;
    }
    return count;
  };
  EXPECT_TRUE(Eventually([&] {
    try {
      return sandboxes() == 0;
    } catch (const std::filesystem::filesystem_error&) {
      return false;  // it went while it was looked at
    }
  }));
}

}  // namespace
}  // namespace mesos::e2e
