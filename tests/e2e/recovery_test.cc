// Crashes of real daemons: kill -9 loses nothing.

#include <signal.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/cluster.h"

namespace mesos::e2e {
namespace {

using ::testing::HasSubstr;

class RecoveryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    cluster_.StartMaster();
    agent_ = &cluster_.AddAgent();
  }

  // A command that runs until `Release` and then exits with `code`. It says in `started` that it
  // runs.
  std::string Held(int code) {
    return absl::StrCat("--command=touch ", cluster_.directory(), "/started; until [ -e ",
                        cluster_.directory(), "/release ]; do sleep 0.02; done; exit ", code);
  }
  void AwaitStarted() {
    ASSERT_TRUE(
        Eventually([&] { return std::filesystem::exists(cluster_.directory() + "/started"); }));
  }
  void Release() { WriteFile(cluster_.directory() + "/release", "now"); }

  // No launcher of the agent is left: every container has ended, watched or not.
  bool NothingRuns() {
    return RunToEnd({"pgrep", "-f", "mesos-launcher.*" + cluster_.directory()}).status == 1;
  }

  Cluster cluster_;
  Agent* agent_ = nullptr;
};

TEST_F(RecoveryTest, TaskRunsOnWhileItsAgentIsDeadAndEndsAfter) {
  auto execute = cluster_.StartExecute({Held(5)});
  execute->AwaitOutput("TASK_RUNNING");
  AwaitStarted();
  agent_->Kill();
  agent_->Start();
  Release();
  EXPECT_EQ(execute->AwaitExit(), 5) << execute->Output() << agent_->process().Output();
}

TEST_F(RecoveryTest, EndThatNobodySawIsToldAsItWas) {
  auto execute = cluster_.StartExecute({Held(6)});
  execute->AwaitOutput("TASK_RUNNING");
  AwaitStarted();
  agent_->Kill();
  Release();
  ASSERT_TRUE(Eventually([&] { return NothingRuns(); }));
  agent_->Start();
  EXPECT_EQ(execute->AwaitExit(), 6) << execute->Output() << agent_->process().Output();
}

TEST_F(RecoveryTest, MasterRestartLosesNoTask) {
  auto execute = cluster_.StartExecute({Held(4)});
  execute->AwaitOutput("TASK_RUNNING");
  AwaitStarted();
  cluster_.KillMaster();
  cluster_.StartMaster();
  agent_->process().AwaitOutput("[Rr]e-?registered");
  Release();
  EXPECT_EQ(execute->AwaitExit(), 4) << execute->Output() << cluster_.master().Output();
}

TEST_F(RecoveryTest, CleanupKillsWhatRunsAndEnds) {
  auto execute = cluster_.StartExecute({Held(0)});
  execute->AwaitOutput("TASK_RUNNING");
  AwaitStarted();
  agent_->Kill();
  agent_->flags().push_back("--recover=cleanup");
  EXPECT_EQ(agent_->Launch().AwaitExit(), 0) << agent_->process().Output();
  EXPECT_TRUE(Eventually([&] { return NothingRuns(); }));
}

TEST_F(RecoveryTest, OtherResourcesAreRefusedWithAdvice) {
  agent_->Kill();
  agent_->flags().push_back("--resources=cpus:8;mem:2048;disk:1024;ports:[31000-32000]");
  EXPECT_NE(agent_->Launch().AwaitExit(), 0);
  EXPECT_THAT(agent_->process().Output(), HasSubstr("resources"));
  EXPECT_THAT(agent_->process().Output(), HasSubstr("latest"));
}

TEST_F(RecoveryTest, TornUpdatesFileIsReadToItsLastWholeRecord) {
  auto execute = cluster_.StartExecute({Held(3)});
  execute->AwaitOutput("TASK_RUNNING");
  AwaitStarted();
  agent_->Kill();
  const std::string updates =
      OnlyMatch(agent_->directory() +
                "/meta/slaves/latest/frameworks/*/executors/*/runs/latest/tasks/*/task.updates");
  ASSERT_FALSE(updates.empty());
  WriteFile(updates, ReadFile(updates) + "torn");
  agent_->Start();
  Release();
  EXPECT_EQ(execute->AwaitExit(), 3) << execute->Output() << agent_->process().Output();
}

TEST_F(RecoveryTest, CorruptCheckpointIsRefusedByName) {
  auto execute = cluster_.StartExecute({Held(3)});
  execute->AwaitOutput("TASK_RUNNING");
  AwaitStarted();
  agent_->Kill();
  const std::string info =
      OnlyMatch(agent_->directory() + "/meta/slaves/latest/frameworks/*/framework.info");
  ASSERT_FALSE(info.empty());
  WriteFile(info, "not a checkpoint");
  EXPECT_NE(agent_->Launch().AwaitExit(), 0);
  EXPECT_THAT(agent_->process().Output(), HasSubstr("framework.info"));
}

}  // namespace
}  // namespace mesos::e2e
