// What an agent has lost, its successor does not leave running: real daemons, real tasks.

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/cluster.h"

namespace mesos::e2e {
namespace {

using ::testing::HasSubstr;

// A process, whatever becomes of its id.
class Watched {
 public:
  explicit Watched(pid_t pid) : pidfd_(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))) {
    EXPECT_GE(pidfd_, 0) << "process " << pid;
  }
  ~Watched() { close(pidfd_); }
  Watched(const Watched&) = delete;

  bool HasEnded() const { return Poll(0); }
  bool Ends() const { return Poll(static_cast<int>(absl::ToInt64Milliseconds(kPatience))); }

 private:
  bool Poll(int milliseconds) const {
    pollfd ended = {pidfd_, POLLIN, 0};
    return poll(&ended, 1, milliseconds) == 1;
  }

  const int pidfd_;
};

class StraysTest : public ::testing::Test {
 protected:
  void SetUp() override {
    cluster_.StartMaster();
    agent_ = &cluster_.AddAgent();
  }

  // Runs a task until `Release`; it then exits with 5. Its process id is in `pid_`.
  void StartTask() {
    const std::string started = cluster_.directory() + "/started";
    execute_ = cluster_.StartExecute({absl::StrCat(
        "--command=echo $$ > ", started, ".tmp; mv ", started, ".tmp ", started, "; until [ -e ",
        cluster_.directory(), "/release ]; do sleep 0.02; done; exit 5")});
    execute_->AwaitOutput("TASK_RUNNING");
    ASSERT_TRUE(Eventually([&] { return std::filesystem::exists(started); }));
    ASSERT_TRUE(absl::SimpleAtoi(ReadFile(started), &pid_));
  }
  void Release() { WriteFile(cluster_.directory() + "/release", "now"); }

  // That of the container whose command is pid_.
  pid_t Launcher() const {
    const std::string status = ReadFile(absl::StrCat("/proc/", pid_, "/status"));
    int parent = 0;
    EXPECT_TRUE(
        absl::SimpleAtoi(status.substr(status.find("PPid:") + 5,
                                       status.find("\nTracerPid") - status.find("PPid:") - 5),
                         &parent));
    return parent;
  }

  std::string AgentId(const std::string& directory) {
    return std::filesystem::read_symlink(directory + "/meta/slaves/latest").filename();
  }

  Cluster cluster_;
  Agent* agent_ = nullptr;
  std::unique_ptr<Process> execute_;
  pid_t pid_ = 0;
};

TEST_F(StraysTest, EndBeforeTheAgentThatForgotThemRegisters) {
  StartTask();
  const Watched task(pid_);
  const std::string id = AgentId(agent_->directory());
  agent_->Kill();
  std::filesystem::remove(agent_->directory() + "/meta/slaves/latest");
  agent_->Start();
  EXPECT_TRUE(task.HasEnded());
  EXPECT_NE(AgentId(agent_->directory()), id);
}

TEST_F(StraysTest, EndWhereTheWorkDirectoryWasRemoved) {
  StartTask();
  const Watched task(pid_);
  agent_->Kill();
  std::filesystem::remove_all(agent_->directory());  // the runtime directory is in it
  std::filesystem::create_directories(agent_->directory());
  agent_->Start();
  EXPECT_TRUE(task.HasEnded());
}

TEST_F(StraysTest, EndWhereTheirCheckpointIsSkipped) {
  StartTask();
  const Watched task(pid_);
  agent_->Kill();
  const std::string info =
      OnlyMatch(agent_->directory() +
                "/meta/slaves/latest/frameworks/*/executors/*/runs/latest/tasks/*/task.info");
  ASSERT_FALSE(info.empty());
  WriteFile(info, "not a checkpoint");
  agent_->flags().push_back("--no-strict");
  agent_->Start();
  EXPECT_TRUE(task.HasEnded());
}

TEST_F(StraysTest, TasksOutliveTheRuntimeDirectory) {
  StartTask();
  const Watched task(pid_);
  agent_->Kill();
  std::filesystem::remove_all(agent_->directory() + "/run");
  agent_->Start();
  EXPECT_FALSE(task.HasEnded());
  Release();
  EXPECT_EQ(execute_->AwaitExit(), 5) << execute_->Output() << agent_->process().Output();
}

TEST_F(StraysTest, ALauncherThatDiesTakesItsTaskAlong) {
  StartTask();
  const Watched task(pid_);
  kill(Launcher(), SIGKILL);
  execute_->AwaitOutput("TASK_FAILED");
  EXPECT_TRUE(task.HasEnded());
}

TEST_F(StraysTest, TasksOfAnAgentThatDoesNotComeBackEndThemselves) {
  agent_->Kill();
  agent_->flags().push_back("--recovery_timeout=500ms");
  agent_->Start();
  StartTask();
  const Watched task(pid_);
  agent_->Kill();
  EXPECT_TRUE(task.Ends());
  EXPECT_THAT(ReadFile(OnlyMatch(agent_->directory() +
                                 "/slaves/*/frameworks/*/executors/*/runs/latest/stderr")),
              HasSubstr("did not come back"));
}

TEST_F(StraysTest, TasksFollowTheAgentThatCameBack) {
  StartTask();
  const Watched task(pid_);
  agent_->Kill();
  agent_->Start();
  // The launcher holds a descriptor of the process that is its agent.
  const std::string wanted = absl::StrCat("Pid:\t", agent_->process().pid(), "\n");
  EXPECT_TRUE(Eventually([&] {
    for (const auto& entry :
         std::filesystem::directory_iterator(absl::StrCat("/proc/", Launcher(), "/fdinfo"))) {
      if (absl::StrContains(ReadFile(entry.path()), wanted)) return true;
    }
    return false;
  }));
  Release();
  EXPECT_EQ(execute_->AwaitExit(), 5);
}

TEST_F(StraysTest, ACopyTellsNothingOfTasksThatItDoesNotRun) {
  StartTask();
  const Watched task(pid_);
  const std::string id = AgentId(agent_->directory());
  const std::string copy = cluster_.directory() + "/copy";
  ASSERT_EQ(RunToEnd({"cp", "-a", agent_->directory(), copy}).status, 0);
  Agent clone(cluster_.master_address(), copy, {"--hostname=localhost"});
  clone.Start();
  EXPECT_NE(AgentId(copy), id);
  EXPECT_EQ(AgentId(agent_->directory()), id);
  EXPECT_FALSE(task.HasEnded());
  Release();
  EXPECT_EQ(execute_->AwaitExit(), 5) << execute_->Output() << clone.process().Output();
}

TEST_F(StraysTest, CheckpointsAreTheAgentsOwn) {
  StartTask();
  const std::string meta = agent_->directory() + "/meta";
  EXPECT_EQ(std::filesystem::status(meta).permissions(), std::filesystem::perms(0700));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(meta)) {
    if (entry.is_symlink()) continue;
    EXPECT_EQ(entry.status().permissions(),
              std::filesystem::perms(entry.is_directory() ? 0700 : 0600))
        << entry.path();
  }
  Release();
  EXPECT_EQ(execute_->AwaitExit(), 5);
}

TEST(DescriptorLimitTest, TasksHaveThatOfBeforeTheAgentRaisedIt) {
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit low = before;
  low.rlim_cur = 333;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  Cluster cluster;
  cluster.StartMaster();
  cluster.AddAgent();
  const Finished finished = cluster.Execute({"--command=test \"$(ulimit -Sn)\" = 333"});
  EXPECT_EQ(finished.status, 0) << finished.output;
  setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace mesos::e2e
