// Checks as they are: real commands under real launchers, and real connections.

#include "agent/checks/check_runner.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>

#include "absl/strings/str_cat.h"
#include "common/base/mutex.h"
#include "common/disk/posix_descriptor.h"
#include "common/runtime/asio_executor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos::agent {
namespace {

using testing::HasSubstr;

constexpr double kPatienceSeconds = 30;

class CheckRunnerTest : public testing::Test {
 protected:
  CheckRunnerTest() {
    std::string pattern = testing::TempDir() + "/checks-XXXXXX";
    directory_ = std::filesystem::canonical(mkdtemp(pattern.data()));
    runner_ = std::make_unique<CheckRunner>(CheckRunner::Deps{
        executor_, {MESOS_LAUNCHER_PATH, directory_}, [this](CheckFinished finished) {
          MutexLock lock(mutex_);
          finished_.emplace(finished.token, std::move(finished));
          arrived_.notify_all();
        }});
  }

  ~CheckRunnerTest() override {
    runner_.reset();
    executor_.Stop();
    std::filesystem::remove_all(directory_);
  }

  ProcessProbe Shell(const std::string& command) {
    ProcessProbe probe;
    probe.spec.container_id = "c";
    probe.spec.sandbox = directory_;
    probe.spec.working_directory = directory_;
    probe.spec.command = command;
    probe.spec.environment = {{"PATH", "/usr/bin:/bin"}, {"GREETING", "hello"}};
    return probe;
  }

  CheckToken Start(std::variant<ProcessProbe, ConnectionProbe> probe) {
    const CheckToken token{++last_token_};
    runner_->Run({token, std::move(probe)});
    return token;
  }

  CheckFinished Await(CheckToken token) {
    MutexLock lock(mutex_);
    const bool came =
        lock.WaitFor(arrived_, kPatienceSeconds, [&] { return finished_.count(token) > 0; });
    EXPECT_TRUE(came);
    return came ? finished_.at(token) : CheckFinished{token, absl::UnknownError("none came"), ""};
  }

  CheckFinished Run(std::variant<ProcessProbe, ConnectionProbe> probe) {
    return Await(Start(std::move(probe)));
  }

  std::string ReadFile(const std::string& name) {
    std::ifstream file(directory_ + "/" + name);
    return std::string((std::istreambuf_iterator<char>(file)), {});
  }

  // A pipe of this name in the sandbox; opening it to read waits for who writes.
  void MakePipe(const std::string& name) {
    ASSERT_EQ(mkfifo((directory_ + "/" + name).c_str(), 0666), 0);
  }

  // A process that a check has started, whose id it wrote into the pipe `up`.
  PosixDescriptor StartedProcess() {
    pid_t pid = 0;
    std::ifstream(directory_ + "/up") >> pid;
    EXPECT_GT(pid, 0);
    return PosixDescriptor(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  }

  static bool EndsSoon(const PosixDescriptor& process) {
    pollfd ended = {process.value(), POLLIN, 0};
    return poll(&ended, 1, static_cast<int>(kPatienceSeconds * 1000)) == 1;
  }

  std::string directory_;
  AsioExecutor executor_{"test"};
  uint64_t last_token_ = 0;

  Mutex mutex_;
  std::condition_variable arrived_;
  std::map<CheckToken, CheckFinished> finished_ GUARDED_BY(mutex_);

  std::unique_ptr<CheckRunner> runner_;
};

TEST_F(CheckRunnerTest, TellsTheWaitStatusOfTheCommand) {
  EXPECT_EQ(*Run(Shell("true")).status, 0);
  EXPECT_EQ(*Run(Shell("exit 7")).status, 7 << 8);
  EXPECT_EQ(*Run(Shell("kill -SEGV $$")).status & 0x7f, SIGSEGV);
  ProcessProbe missing = Shell("/no/such/program");
  missing.spec.shell = false;
  missing.spec.arguments = {"program"};
  EXPECT_NE(*Run(missing).status, 0);
}

TEST_F(CheckRunnerTest, RunsInTheSandboxAndPrintsIntoItsStderr) {
  EXPECT_EQ(*Run(Shell("echo $GREETING; pwd; cat; echo err >&2")).status, 0);
  EXPECT_EQ(ReadFile("stderr"), absl::StrCat("hello\n", directory_, "\nerr\n"));
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/stdout"));
}

// Opening a FIFO that nobody reads would block the launcher for ever.
TEST_F(CheckRunnerTest, WorksWithoutAStderrThatIsAFile) {
  MakePipe("stderr");
  EXPECT_EQ(*Run(Shell("echo to nobody")).status, 0);
  EXPECT_EQ(*Run(Shell("exit 3")).status, 3 << 8);
}

TEST_F(CheckRunnerTest, NothingOutlivesALauncherThatWasKilled) {
  MakePipe("up");
  MakePipe("go");
  const CheckToken token = Start(
      Shell("env -i sh -c 'echo $$ > up; exec sleep 1000' & read x < go; kill -9 $PPID; wait"));
  const PosixDescriptor process = StartedProcess();
  std::ofstream(directory_ + "/go") << "now\n";
  EXPECT_THAT(Await(token).status.status().message(), HasSubstr("without a word"));
  EXPECT_TRUE(EndsSoon(process));
}

TEST_F(CheckRunnerTest, KillsACancelledCheckWhoseLauncherIsStopped) {
  MakePipe("up");
  runner_ = std::make_unique<CheckRunner>(CheckRunner::Deps{executor_,
                                                            {MESOS_LAUNCHER_PATH, directory_},
                                                            [](const CheckFinished&) {},
                                                            absl::Milliseconds(10)});
  const CheckToken token = Start(Shell("kill -STOP $PPID; echo $$ > up; exec sleep 1000"));
  const PosixDescriptor process = StartedProcess();
  runner_->Cancel({token});
  EXPECT_TRUE(EndsSoon(process));
}

TEST_F(CheckRunnerTest, TakesTheOutputWhereItIsAskedFor) {
  ProcessProbe probe = Shell("printf 200; echo err >&2");
  probe.take_output = true;
  const CheckFinished finished = Run(probe);
  EXPECT_EQ(*finished.status, 0);
  EXPECT_EQ(finished.output, "200");
  EXPECT_EQ(ReadFile("stderr"), "err\n");
}

TEST_F(CheckRunnerTest, ErrorWhereNothingCouldRun) {
  ProcessProbe probe = Shell("true");
  probe.spec.user = "no-such-user";
  EXPECT_THAT(Run(probe).status.status().message(), HasSubstr("No such user 'no-such-user'"));
  probe = Shell("true");
  probe.spec.sandbox = directory_ + "/none";
  EXPECT_THAT(Run(probe).status.status().message(), HasSubstr("/none/stderr"));
  probe = Shell("true");
  probe.spec.working_directory = directory_ + "/none";
  EXPECT_THAT(Run(probe).status.status().message(), HasSubstr("working directory"));
}

TEST_F(CheckRunnerTest, CancelKillsAllThatTheCheckStarted) {
  MakePipe("up");
  const CheckToken token = Start(Shell("(trap '' TERM; setsid sh -c 'echo $$ > up; read x < up')"));
  const PosixDescriptor child = StartedProcess();
  runner_->Cancel({token});
  EXPECT_TRUE(EndsSoon(child));
  // It was not answered: the next one's answer would have come after.
  Run(Shell("true"));
  MutexLock lock(mutex_);
  EXPECT_EQ(finished_.count(token), 0u);
}

TEST_F(CheckRunnerTest, WhatRunsEndsWithTheRunner) {
  MakePipe("up");
  Start(Shell("echo $$ > up; read x < up"));
  const PosixDescriptor child = StartedProcess();
  runner_.reset();
  EXPECT_TRUE(EndsSoon(child));
}

TEST_F(CheckRunnerTest, ConnectsToAPort) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address;
  std::memset(&address, 0, sizeof(address));
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  socklen_t length = sizeof(address);
  ASSERT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length), 0);
  const ConnectionProbe probe{"127.0.0.1", ntohs(address.sin_port)};
  // Bound, but nobody listens yet.
  EXPECT_NE(*Run(probe).status, 0);
  ASSERT_EQ(listen(listener, 1), 0);
  EXPECT_EQ(*Run(probe).status, 0);
  close(listener);
  EXPECT_FALSE(Run(ConnectionProbe{"localhost", 1}).status.ok());
}

TEST_F(CheckRunnerTest, ManyAtOnce) {
  std::vector<CheckToken> tokens;
  for (int i = 0; i < 50; ++i) tokens.push_back(Start(Shell(absl::StrCat("exit ", i))));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(*Await(tokens[i]).status, i << 8);
}

}  // namespace
}  // namespace mesos::agent
