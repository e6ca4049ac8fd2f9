// Launchers that are killed, hang, or are looked for where their files are lost: real processes.

#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "agent/containerizer/process_scan.h"
#include "agent/containerizer/stray_sweep.h"
#include "agent/launcher/container_files.h"
#include "common/disk/posix_descriptor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/containerizer/container_harness.h"

namespace mesos::agent {
namespace {

using testing::Contains;
using testing::Key;
using testing::Not;

// Lower than what is open already: nothing can be opened while it lives.
class NoDescriptors {
 public:
  NoDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit none = before_;
    none.rlim_cur = 3;
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  }
  ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_;
};

class LostContainersTest : public testing::Test {
 protected:
  // With a sandbox that is in its environment and shows whose it is, as the agent's core has it.
  ContainerSpec Task(ContainerHarness& harness, const std::string& command) {
    ContainerSpec spec = harness.Shell(command);
    spec.sandbox = absl::StrCat(harness.directory(), "/slaves/a/frameworks/f/executors/e/runs/",
                                spec.container_id);
    spec.working_directory = spec.sandbox;
    spec.environment["MESOS_SANDBOX"] = spec.sandbox;
    return spec;
  }
  ContainerSpec Task(const std::string& command) { return Task(harness_, command); }

  std::string Pipe(const std::string& name) {
    const std::string path = harness_.directory() + "/" + name;
    EXPECT_EQ(mkfifo(path.c_str(), 0666), 0);
    return path;
  }

  // The process that writes its id into the pipe, which this waits for.
  static PosixDescriptor Started(const std::string& pipe) {
    const pid_t pid = std::stoi(ContainerHarness::ReadFile(pipe));
    return PosixDescriptor(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  }
  static bool HasEnded(const PosixDescriptor& process, int milliseconds = 0) {
    pollfd ended = {process.value(), POLLIN, 0};
    return poll(&ended, 1, milliseconds) == 1;
  }
  static bool Ends(const PosixDescriptor& process) {
    return HasEnded(process, static_cast<int>(kPatienceSeconds * 1000));
  }

  ContainerHarness harness_;
};

TEST_F(LostContainersTest, WhatAKilledLauncherLeavesIsGoneBeforeItsEndIsTold) {
  const std::string command = Pipe("command");
  const std::string child = Pipe("child");
  const std::string session = Pipe("session");
  const std::string bare = Pipe("bare");
  const ContainerSpec spec = Task(absl::StrCat(
      "sh -c 'trap \"\" TERM; echo $$ > ", child, "; sleep 1000; true' & setsid sh -c 'echo $$ > ",
      session, "; exec sleep 1000' & env -i sh -c 'echo $$ > ", bare,
      "; exec sleep 1000' & echo $$ > ", command, "; wait"));
  harness_.Launch(spec);
  PosixDescriptor processes[] = {Started(child), Started(session), Started(bare), Started(command)};
  kill(harness_.AwaitStart(spec.container_id).pid, SIGKILL);
  EXPECT_FALSE(harness_.AwaitExit(spec.container_id).status.has_value());
  for (const PosixDescriptor& process : processes) EXPECT_TRUE(HasEnded(process));
}

TEST_F(LostContainersTest, WhatAKilledLauncherLeftIsEndedWhenItsAgentIsBack) {
  const std::string session = Pipe("session");
  const ContainerSpec spec =
      Task(absl::StrCat("setsid sh -c 'echo $$ > ", session, "; exec sleep 1000' & wait"));
  harness_.Launch(spec);
  const PosixDescriptor process = Started(session);
  const pid_t launcher = harness_.AwaitStart(spec.container_id).pid;
  harness_.Restart();
  kill(launcher, SIGKILL);
  waitpid(launcher, nullptr, 0);
  EXPECT_FALSE(HasEnded(process));
  harness_.Reattach(spec);
  EXPECT_FALSE(harness_.AwaitExit(spec.container_id).status.has_value());
  EXPECT_TRUE(HasEnded(process));
}

TEST_F(LostContainersTest, ContainersAreFoundWithoutTheirFiles) {
  const std::string go = Pipe("go");
  const ContainerSpec spec = Task("cat " + go + "; exit 9");
  harness_.Launch(spec);
  harness_.AwaitStart(spec.container_id);
  harness_.Restart();
  std::filesystem::remove_all(harness_.directory() + "/run");
  ReattachContainer reattach{spec.container_id, harness_.directory() + "/elsewhere"};
  harness_.containerizer().Reattach(reattach);
  EXPECT_TRUE(harness_.AwaitCount<ContainerStarted>(spec.container_id, 2));
  std::ofstream(go) << "end\n";
  EXPECT_EQ(harness_.AwaitExit(spec.container_id).status, 9 << 8);
}

TEST_F(LostContainersTest, OnlyNotFoundMeansGone) {
  const std::string go = Pipe("go");
  const ContainerSpec spec = Task("cat " + go + "; exit 9");
  harness_.Launch(spec);
  harness_.AwaitStart(spec.container_id);
  harness_.Restart();
  const ContainerSpec marker = harness_.Shell("true");
  {
    NoDescriptors none;
    harness_.Reattach(spec);
    harness_.containerizer().Launch(marker);
    EXPECT_TRUE(harness_.AwaitExit(marker.container_id).launch_failed);
    EXPECT_EQ(harness_.Count<ContainerExited>(spec.container_id), 0);
  }
  std::ofstream(go) << "end\n";
  EXPECT_EQ(harness_.AwaitExit(spec.container_id).status, 9 << 8);
}

TEST_F(LostContainersTest, AKillIsNotLostWhileItsContainerIsLookedFor) {
  const ContainerSpec spec = Task("exec sleep 1000");
  harness_.Launch(spec);
  harness_.AwaitStart(spec.container_id);
  harness_.Restart();
  const ContainerSpec marker = harness_.Shell("true");
  {
    NoDescriptors none;
    harness_.Reattach(spec);
    harness_.containerizer().Kill(spec.container_id, absl::Minutes(5));
    harness_.containerizer().Launch(marker);
    harness_.AwaitExit(marker.container_id);
  }
  const std::optional<int32_t> status = harness_.AwaitExit(spec.container_id).status;
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(WTERMSIG(*status), SIGTERM);
}

TEST_F(LostContainersTest, AStoppedLauncherIsWoken) {
  const ContainerSpec spec = Task("exec sleep 1000");
  harness_.Launch(spec);
  kill(harness_.AwaitStart(spec.container_id).pid, SIGSTOP);
  harness_.containerizer().Kill(spec.container_id, absl::Minutes(5));
  const std::optional<int32_t> status = harness_.AwaitExit(spec.container_id).status;
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(WTERMSIG(*status), SIGTERM);
  EXPECT_EQ(harness_.launchers_killed(), 0u);
}

TEST_F(LostContainersTest, ALauncherThatHangsIsKilledWithAllBelowIt) {
  const std::string below = Pipe("below");
  const std::string script = harness_.directory() + "/launcher";
  std::ofstream(script) << "#!/bin/sh\n"
                        << "trap '' 34\n"  // SIGRTMIN, by which requests come
                        << "setsid sh -c 'echo $$ > " << below << "; exec sleep 1000' &\n"
                        << "echo prepared >&4; echo started >&4\n"
                        << "while :; do sleep 1000; done\n";
  std::filesystem::permissions(script, std::filesystem::perms(0755));
  harness_.set_launcher_path(script);
  harness_.set_patience(absl::Milliseconds(100));
  harness_.Restart();
  const ContainerSpec spec = Task("true");
  harness_.Launch(spec);
  const PosixDescriptor process = Started(below);
  harness_.AwaitStart(spec.container_id);
  harness_.containerizer().Kill(spec.container_id, absl::Milliseconds(10));
  const ContainerExited exited = harness_.AwaitExit(spec.container_id);
  EXPECT_FALSE(exited.status.has_value());
  EXPECT_THAT(exited.message, testing::HasSubstr("did not end it in time"));
  EXPECT_EQ(harness_.launchers_killed(), 1u);
  EXPECT_TRUE(Ends(process));
}

TEST_F(LostContainersTest, TheWholeTreeHasTheGracePeriod) {
  const std::string child = Pipe("child");
  const std::string shell = Pipe("shell");
  const std::string directory = harness_.directory();
  const ContainerSpec spec = Task(absl::StrCat(
      "sh -c 'trap \"until [ -e ", directory, "/go ]; do sleep 0.02; done; echo > ", directory,
      "/cleaned; exit\" TERM; echo $$ > ", child,
      "; while :; do sleep 0.02; done' & trap 'exit 7' TERM; echo $$ > ", shell, "; wait"));
  harness_.Launch(spec);
  const PosixDescriptor cleans = Started(child);
  const PosixDescriptor command = Started(shell);
  harness_.containerizer().Kill(spec.container_id, absl::Minutes(5));
  EXPECT_TRUE(Ends(command));
  EXPECT_EQ(harness_.Count<ContainerExited>(spec.container_id), 0);
  std::ofstream(directory + "/go") << "go";
  EXPECT_EQ(harness_.AwaitExit(spec.container_id).status, 7 << 8);
  EXPECT_TRUE(std::filesystem::exists(directory + "/cleaned"));
}

TEST_F(LostContainersTest, TheDescriptorLimitIsNotTheAgents) {
  harness_.set_descriptor_limit(123);
  harness_.Restart();
  const ContainerSpec spec = Task("ulimit -Sn");
  EXPECT_EQ(harness_.Run(spec), 0);
  EXPECT_EQ(ContainerHarness::ReadFile(spec.sandbox + "/stdout"), "123\n");
}

TEST_F(LostContainersTest, SweepEndsWhatIsNotWantedAndNothingElse) {
  const std::string stubborn = Pipe("stubborn");
  ContainerHarness neighbour;
  const ContainerSpec wanted = Task("exec sleep 1000");
  const ContainerSpec stray = Task("trap '' TERM; echo $$ > " + stubborn + "; exec sleep 1000");
  const ContainerSpec other = Task(neighbour, "exec sleep 1000");
  harness_.Launch(wanted);
  harness_.Launch(stray);
  neighbour.Launch(other);
  const PosixDescriptor process = Started(stubborn);
  harness_.AwaitStart(wanted.container_id);
  neighbour.AwaitStart(other.container_id);
  const auto before = ProcessScan::Read(harness_.directory());
  ASSERT_TRUE(before.ok()) << before.status();
  EXPECT_THAT(before->containers(), Contains(Key(wanted.container_id)));
  EXPECT_THAT(before->containers(), Contains(Key(stray.container_id)));
  EXPECT_EQ(before->containers().size(), 2u);

  const auto swept =
      EndStrays({.work_directory = harness_.directory(), .keep = {wanted.container_id}});
  ASSERT_TRUE(swept.ok()) << swept.status();
  EXPECT_EQ(swept->containers, 1u);
  EXPECT_TRUE(HasEnded(process));
  harness_.AwaitExit(stray.container_id);
  EXPECT_EQ(harness_.Count<ContainerExited>(wanted.container_id), 0);
  EXPECT_EQ(neighbour.Count<ContainerExited>(other.container_id), 0);
  EXPECT_THAT(ProcessScan::Read(harness_.directory())->containers(),
              Not(Contains(Key(stray.container_id))));
}

TEST_F(LostContainersTest, SweepGivesUpWhereItIsAsked) {
  const ContainerSpec stray = Task("exec sleep 1000");
  harness_.Launch(stray);
  harness_.AwaitStart(stray.container_id);
  const auto swept = EndStrays(
      {.work_directory = harness_.directory(), .keep = {}, .give_up = [] { return true; }});
  EXPECT_TRUE(absl::IsCancelled(swept.status()));
}

}  // namespace
}  // namespace mesos::agent
