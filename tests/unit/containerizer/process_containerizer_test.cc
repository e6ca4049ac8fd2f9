// The containerizer and the launcher together, with real processes.

#include "agent/containerizer/process_containerizer.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/containerizer/container_harness.h"

namespace mesos::agent {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class ProcessContainerizerTest : public ::testing::Test {
 protected:
  std::string Output(const ContainerSpec& spec) {
    return ContainerHarness::ReadFile(spec.sandbox + "/stdout");
  }

  // Makes a named pipe beside the sandboxes, by which a command says how far it is.
  std::string Pipe(const std::string& name) {
    const std::string path = harness_.directory() + "/" + name;
    EXPECT_EQ(mkfifo(path.c_str(), 0666), 0);
    return path;
  }

  // The process ids that a command wrote into a named pipe; blocks until it did.
  static pid_t AwaitPid(const std::string& pipe) {
    int pid = 0;
    EXPECT_TRUE(absl::SimpleAtoi(ContainerHarness::ReadFile(pipe), &pid));
    return pid;
  }

  static bool Lives(pid_t pid) { return kill(pid, 0) == 0; }

  ContainerHarness harness_;
};

TEST_F(ProcessContainerizerTest, TellsTheExitCode) {
  const ContainerSpec spec = harness_.Shell("exit 3");
  const std::optional<int32_t> status = harness_.Run(spec);
  ASSERT_TRUE(status.has_value());
  EXPECT_TRUE(WIFEXITED(*status));
  EXPECT_EQ(WEXITSTATUS(*status), 3);
  EXPECT_GT(harness_.AwaitStart(spec.container_id).pid, 1);
  EXPECT_EQ(harness_.Count<ContainerStarted>(spec.container_id), 1);
  EXPECT_EQ(harness_.Count<ContainerExited>(spec.container_id), 1);
}

TEST_F(ProcessContainerizerTest, TellsTheSignal) {
  const std::optional<int32_t> status = harness_.Run(harness_.Shell("kill -SEGV $$"));
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(WTERMSIG(*status), SIGSEGV);
}

TEST_F(ProcessContainerizerTest, GivesExactlyTheEnvironment) {
  ContainerSpec spec = harness_.Program({"env"});
  spec.environment = {{"PATH", "/usr/bin:/bin"}, {"ODD", "a=b\nc d"}};
  EXPECT_EQ(harness_.Run(spec), 0);
  EXPECT_EQ(Output(spec), "ODD=a=b\nc d\nPATH=/usr/bin:/bin\n");
}

TEST_F(ProcessContainerizerTest, PassesArgumentsAsTheyAre) {
  const ContainerSpec spec = harness_.Program({"printf", "%s|", "a b", "$HOME", "", "*"});
  EXPECT_EQ(harness_.Run(spec), 0);
  EXPECT_EQ(Output(spec), "a b|$HOME||*|");
}

TEST_F(ProcessContainerizerTest, RunsInTheWorkingDirectoryWithOutputsInTheSandbox) {
  ContainerSpec spec = harness_.Shell("pwd; echo oops >&2; cat");
  spec.working_directory = "/usr";
  spec.sandbox_links = {harness_.directory() + "/links/latest"};
  EXPECT_EQ(harness_.Run(spec), 0);  // cat ends at once: stdin is empty
  EXPECT_EQ(Output(spec), "/usr\n");
  EXPECT_EQ(ContainerHarness::ReadFile(spec.sandbox + "/stderr"), "oops\n");
  EXPECT_EQ(std::filesystem::read_symlink(spec.sandbox_links[0]), spec.sandbox);
}

TEST_F(ProcessContainerizerTest, ReplacesTheLatestLink) {
  ContainerSpec first = harness_.Shell("true");
  ContainerSpec second = harness_.Shell("true");
  first.sandbox_links = second.sandbox_links = {harness_.directory() + "/latest"};
  EXPECT_EQ(harness_.Run(first), 0);
  EXPECT_EQ(harness_.Run(second), 0);
  EXPECT_EQ(std::filesystem::read_symlink(first.sandbox_links[0]), second.sandbox);
}

TEST_F(ProcessContainerizerTest, LeaksNoDescriptorIntoTheCommand) {
  const ContainerSpec spec = harness_.Shell("ls /proc/self/fd | tr '\\n' ' '");
  EXPECT_EQ(harness_.Run(spec), 0);
  EXPECT_EQ(Output(spec), "0 1 2 3 ");  // 3 is the directory that ls reads
}

TEST_F(ProcessContainerizerTest, AMissingBinaryIsTheTasksOwnFailure) {
  const ContainerSpec spec = harness_.Program({"/no/such/binary"});
  EXPECT_EQ(harness_.Run(spec), 1 << 8);
  EXPECT_EQ(harness_.Count<ContainerStarted>(spec.container_id), 1);
  EXPECT_THAT(ContainerHarness::ReadFile(spec.sandbox + "/stderr"),
              AllOf(HasSubstr("/no/such/binary"), HasSubstr("No such file")));
}

TEST_F(ProcessContainerizerTest, RefusesAnUnknownUser) {
  ContainerSpec spec = harness_.Shell("true");
  spec.user = "no-such-user";
  harness_.Launch(spec);
  const ContainerExited exited = harness_.AwaitExit(spec.container_id);
  EXPECT_TRUE(exited.launch_failed);
  EXPECT_TRUE(exited.sandbox_failed);
  EXPECT_FALSE(exited.status.has_value());
  EXPECT_EQ(exited.message, "Failed to create executor directory '" + spec.sandbox +
                                "': Failed to chown directory to 'no-such-user': No such user "
                                "'no-such-user'");
  EXPECT_EQ(harness_.Count<ContainerStarted>(spec.container_id), 0);
}

TEST_F(ProcessContainerizerTest, RunsAsTheUser) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  ContainerSpec spec = harness_.Shell("id -un; id -gn; touch made; cat stdout >/dev/null");
  spec.user = "nobody";
  EXPECT_EQ(harness_.Run(spec), 0);
  EXPECT_EQ(Output(spec), "nobody\nnogroup\n");
  struct stat status;
  ASSERT_EQ(stat(spec.sandbox.c_str(), &status), 0);
  EXPECT_NE(status.st_uid, 0u);
}

TEST_F(ProcessContainerizerTest, NamesASandboxThatCannotBeMade) {
  ContainerSpec spec = harness_.Shell("true");
  std::ofstream(harness_.directory() + "/file") << "x";
  spec.sandbox = harness_.directory() + "/file/sandbox";
  harness_.Launch(spec);
  const ContainerExited exited = harness_.AwaitExit(spec.container_id);
  EXPECT_TRUE(exited.launch_failed);
  EXPECT_TRUE(exited.sandbox_failed);
  EXPECT_THAT(exited.message,
              AllOf(HasSubstr("Failed to create executor directory '" + spec.sandbox + "': "),
                    HasSubstr("Not a directory")));
  EXPECT_FALSE(std::filesystem::exists(spec.runtime_directory));
}

TEST_F(ProcessContainerizerTest, NamesAWorkingDirectoryThatIsNotThere) {
  ContainerSpec spec = harness_.Shell("true");
  spec.working_directory = "/no/such/place";
  harness_.Launch(spec);
  const ContainerExited exited = harness_.AwaitExit(spec.container_id);
  EXPECT_TRUE(exited.launch_failed);
  EXPECT_THAT(exited.message, AllOf(HasSubstr("/no/such/place"), HasSubstr("No such file")));
}

TEST_F(ProcessContainerizerTest, NamesALauncherThatIsNotThere) {
  harness_.set_launcher_path("/no/such/mesos-launcher");
  harness_.Restart();
  const ContainerSpec spec = harness_.Shell("true");
  harness_.Launch(spec);
  const ContainerExited exited = harness_.AwaitExit(spec.container_id);
  EXPECT_TRUE(exited.launch_failed);
  EXPECT_THAT(exited.message, HasSubstr("/no/such/mesos-launcher"));
}

TEST_F(ProcessContainerizerTest, RefusesANulInTheCommand) {
  ContainerSpec spec = harness_.Shell(std::string("echo a\0b", 8));
  harness_.Launch(spec);
  EXPECT_TRUE(harness_.AwaitExit(spec.container_id).launch_failed);
}

TEST_F(ProcessContainerizerTest, KillsPolitelyFirst) {
  const std::string ready = Pipe("ready");
  const ContainerSpec spec =
      harness_.Shell("trap 'exit 7' TERM; echo $$ > " + ready + "; while :; do sleep 1; done");
  harness_.Launch(spec);
  AwaitPid(ready);
  harness_.containerizer().Kill(spec.container_id, absl::Minutes(5));
  const std::optional<int32_t> status = harness_.AwaitExit(spec.container_id).status;
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(WEXITSTATUS(*status), 7);
}

TEST_F(ProcessContainerizerTest, KillsAfterTheGracePeriodWhatIgnoresTerm) {
  const std::string ready = Pipe("ready");
  const ContainerSpec spec =
      harness_.Shell("trap '' TERM; echo $$ > " + ready + "; while :; do sleep 1; done");
  harness_.Launch(spec);
  AwaitPid(ready);
  const absl::Time begin = absl::Now();
  harness_.containerizer().Kill(spec.container_id, absl::Milliseconds(300));
  const std::optional<int32_t> status = harness_.AwaitExit(spec.container_id).status;
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(WTERMSIG(*status), SIGKILL);
  EXPECT_GE(absl::Now() - begin, absl::Milliseconds(300));
}

TEST_F(ProcessContainerizerTest, ALaterKillShortensTheGracePeriod) {
  const std::string ready = Pipe("ready");
  const ContainerSpec spec =
      harness_.Shell("trap '' TERM; echo $$ > " + ready + "; while :; do sleep 1; done");
  harness_.Launch(spec);
  AwaitPid(ready);
  harness_.containerizer().Kill(spec.container_id, absl::Hours(1));
  harness_.containerizer().Kill(spec.container_id, absl::Milliseconds(10));
  const std::optional<int32_t> status = harness_.AwaitExit(spec.container_id).status;
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(WTERMSIG(*status), SIGKILL);
}

TEST_F(ProcessContainerizerTest, AKillRightAfterLaunchIsNotLost) {
  const ContainerSpec spec = harness_.Shell("sleep 1000");
  harness_.Launch(spec);
  harness_.containerizer().Kill(spec.container_id, absl::Minutes(5));
  const std::optional<int32_t> status = harness_.AwaitExit(spec.container_id).status;
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(WTERMSIG(*status), SIGTERM);
}

TEST_F(ProcessContainerizerTest, DestroyKillsAtOnce) {
  const ContainerSpec spec = harness_.Shell("trap '' TERM; while :; do sleep 1; done");
  harness_.Launch(spec);
  harness_.containerizer().Destroy(spec.container_id);
  const std::optional<int32_t> status = harness_.AwaitExit(spec.container_id).status;
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(WTERMSIG(*status), SIGKILL);
}

// What is left of a tree dies with the container, wherever it went: orphans and new sessions too.
TEST_F(ProcessContainerizerTest, NothingOutlivesTheCommand) {
  const std::string child = Pipe("child");
  const std::string orphan = Pipe("orphan");
  const std::string session = Pipe("session");
  const std::string go = Pipe("go");
  const ContainerSpec spec = harness_.Shell(
      absl::StrCat("sh -c 'echo $$ > ", child, "; exec sleep 1000' & (sh -c 'echo $$ > ", orphan,
                   "; exec sleep 1000' &) & setsid sh -c 'echo $$ > ", session,
                   "; exec sleep 1000' & cat ", go, "; exit 0"));
  harness_.Launch(spec);
  const pid_t pids[] = {AwaitPid(child), AwaitPid(orphan), AwaitPid(session)};
  for (pid_t pid : pids) EXPECT_TRUE(Lives(pid));
  std::ofstream(go) << "end\n";
  EXPECT_EQ(harness_.AwaitExit(spec.container_id).status, 0);
  for (pid_t pid : pids) EXPECT_FALSE(Lives(pid));
}

TEST_F(ProcessContainerizerTest, KillReachesTheWholeTree) {
  const std::string termed = harness_.directory() + "/termed";
  const std::string ready = Pipe("ready");
  const ContainerSpec spec = harness_.Shell(
      absl::StrCat("setsid sh -c 'trap \"echo got > ", termed, "; exit\" TERM; echo $$ > ", ready,
                   "; while :; do sleep 0.1; done' & trap 'wait; exit 5' TERM; wait; wait"));
  harness_.Launch(spec);
  const pid_t pid = AwaitPid(ready);
  harness_.containerizer().Kill(spec.container_id, absl::Minutes(5));
  harness_.AwaitExit(spec.container_id);
  EXPECT_EQ(ContainerHarness::ReadFile(termed), "got\n");
  EXPECT_FALSE(Lives(pid));
}

TEST_F(ProcessContainerizerTest, AForkingTreeCannotEscapeDestroy) {
  const std::string ready = Pipe("ready");
  const ContainerSpec spec = harness_.Shell(absl::StrCat(
      "f() { while :; do (sleep 0.01 &); done; }; trap '' TERM; f & f & echo $$ > ", ready, "; f"));
  harness_.Launch(spec);
  const pid_t pid = AwaitPid(ready);
  harness_.containerizer().Destroy(spec.container_id);
  EXPECT_TRUE(harness_.AwaitExit(spec.container_id).status.has_value());
  EXPECT_FALSE(Lives(pid));
}

TEST_F(ProcessContainerizerTest, FindsARunningContainerAgain) {
  const std::string go = Pipe("go");
  const ContainerSpec spec = harness_.Shell("cat " + go + "; exit 9");
  harness_.Launch(spec);
  harness_.AwaitStart(spec.container_id);
  harness_.Restart();
  harness_.Reattach(spec);
  std::ofstream(go) << "end\n";
  EXPECT_EQ(harness_.AwaitExit(spec.container_id).status, 9 << 8);
  EXPECT_EQ(harness_.Count<ContainerStarted>(spec.container_id), 2);  // the new object tells it too
  EXPECT_EQ(harness_.Count<ContainerExited>(spec.container_id), 1);
}

TEST_F(ProcessContainerizerTest, KillsAContainerThatItFoundAgain) {
  const ContainerSpec spec = harness_.Shell("sleep 1000");
  harness_.Launch(spec);
  harness_.AwaitStart(spec.container_id);
  harness_.Restart();
  harness_.Reattach(spec);
  harness_.containerizer().Kill(spec.container_id, absl::Minutes(5));
  const std::optional<int32_t> status = harness_.AwaitExit(spec.container_id).status;
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(WTERMSIG(*status), SIGTERM);
}

TEST_F(ProcessContainerizerTest, TheGracePeriodRunsOnWithoutAnAgent) {
  const std::string ready = Pipe("ready");
  const std::string alive = Pipe("alive");
  // The reader of `alive` sees the end of file when the command dies.
  const ContainerSpec spec = harness_.Shell(absl::StrCat(
      "trap '' TERM; exec 5> ", alive, "; echo $$ > ", ready, "; while :; do sleep 1; done"));
  harness_.Launch(spec);
  harness_.AwaitStart(spec.container_id);
  std::ifstream death(alive);
  AwaitPid(ready);
  harness_.containerizer().Kill(spec.container_id, absl::Milliseconds(200));
  // Behind the kill in the queue: its failure tells that the kill was sent.
  ContainerSpec marker = harness_.Shell("true");
  marker.user = "no-such-user";
  harness_.Launch(marker);
  harness_.AwaitExit(marker.container_id);
  harness_.Restart();
  std::string rest;
  EXPECT_FALSE(std::getline(death, rest));
  harness_.Reattach(spec);
  const std::optional<int32_t> status = harness_.AwaitExit(spec.container_id).status;
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(WTERMSIG(*status), SIGKILL);
}

TEST_F(ProcessContainerizerTest, TellsOfAnEndThatNobodyWatched) {
  const std::string go = Pipe("go");
  const std::string alive = Pipe("alive");
  const ContainerSpec spec =
      harness_.Shell(absl::StrCat("exec 5> ", alive, "; cat ", go, "; exit 4"));
  harness_.Launch(spec);
  harness_.AwaitStart(spec.container_id);
  std::ifstream death(alive);
  harness_.Restart();
  std::ofstream(go) << "end\n";
  std::string rest;
  EXPECT_FALSE(std::getline(death, rest));
  harness_.Reattach(spec);
  EXPECT_EQ(harness_.AwaitExit(spec.container_id).status, 4 << 8);
}

TEST_F(ProcessContainerizerTest, SaysWhereAnEndIsNotKnown) {
  const ContainerSpec spec = harness_.Shell("true");
  harness_.Reattach(spec);
  const ContainerExited exited = harness_.AwaitExit(spec.container_id);
  EXPECT_FALSE(exited.status.has_value());
  EXPECT_FALSE(exited.launch_failed);
  EXPECT_THAT(exited.message, HasSubstr(spec.runtime_directory));
}

TEST_F(ProcessContainerizerTest, ABootEndsWhatLeftNoTermination) {
  const ContainerSpec spec = harness_.Shell("sleep 1000");
  harness_.Launch(spec);
  harness_.AwaitStart(spec.container_id);
  ContainerSpec ended = harness_.Shell("exit 2");
  EXPECT_EQ(harness_.Run(ended), 2 << 8);
  harness_.Restart();
  harness_.containerizer().Reattach({ended.container_id, ended.runtime_directory, true});
  harness_.containerizer().Reattach({"other", spec.runtime_directory, true});
  EXPECT_THAT(harness_.AwaitExit("other").message, HasSubstr("booted"));
  EXPECT_EQ(harness_.Count<ContainerExited>(ended.container_id), 2);
  harness_.Reattach(spec);  // so that it is destroyed in the end
}

TEST_F(ProcessContainerizerTest, NeverTakesAReusedPidForTheLauncher) {
  const ContainerSpec spec = harness_.Shell("true");
  std::filesystem::create_directories(spec.runtime_directory);
  // This process has that id, but started at another time.
  std::ofstream(spec.runtime_directory + "/pid") << getpid() << " 1\n";
  harness_.Reattach(spec);
  EXPECT_THAT(harness_.AwaitExit(spec.container_id).message, HasSubstr("is gone"));
}

TEST_F(ProcessContainerizerTest, TellsOfALauncherThatWasKilled) {
  const std::string ready = Pipe("ready");
  const ContainerSpec spec = harness_.Shell("echo $$ > " + ready + "; sleep 1000; true");
  harness_.Launch(spec);
  AwaitPid(ready);
  kill(harness_.AwaitStart(spec.container_id).pid, SIGKILL);
  const ContainerExited exited = harness_.AwaitExit(spec.container_id);
  EXPECT_FALSE(exited.status.has_value());
  EXPECT_THAT(exited.message, HasSubstr("ended without telling"));
}

}  // namespace
}  // namespace mesos::agent
