// Checks and health checks through real daemons, of tasks that really run.

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/cluster.h"
#include "tests/e2e/one_task_framework.h"

namespace mesos::e2e {
namespace {

bool IsHealthy(const TaskStatus& status) { return status.has_healthy() && status.healthy(); }
bool IsUnhealthy(const TaskStatus& status) { return status.has_healthy() && !status.healthy(); }

// A port of this machine that answers every request with `status`.
class WebServer {
 public:
  WebServer() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address;
    std::memset(&address, 0, sizeof(address));
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), length), 0);
    EXPECT_EQ(listen(listener_, 16), 0);
    EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~WebServer() { Stop(); }

  int port() const { return port_; }
  void set_status(int status) { status_ = status; }

  void Stop() {
    if (!thread_.joinable()) return;
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }

 private:
  void Serve() {
    int connection;
    while ((connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0) {
      char request[4096];
      if (read(connection, request, sizeof(request)) > 0) {
        const std::string answer =
            absl::StrCat("HTTP/1.0 ", status_.load(), " Status\r\nContent-Length: 0\r\n\r\n");
        (void)!write(connection, answer.data(), answer.size());
      }
      close(connection);
    }
  }

  const int listener_;
  int port_ = 0;
  std::atomic<int> status_ = 200;
  std::thread thread_;
};

class ChecksTest : public ::testing::Test {
 protected:
  void SetUp() override {
    cluster_.StartMaster();
    agent_ = &cluster_.AddAgent();
  }

  static TaskInfo Task(v1::HealthCheck::Type type) {
    TaskInfo task;
    task.mutable_command()->set_value("touch well; exec tail -f /dev/null");
    v1::HealthCheck& check = *task.mutable_health_check();
    check.set_type(type);
    check.set_delay_seconds(0);
    check.set_interval_seconds(0.1);
    check.set_timeout_seconds(10);
    check.set_consecutive_failures(2);
    return task;
  }

  std::string Sandbox() {
    return OnlyMatch(agent_->directory() + "/slaves/*/frameworks/*/executors/*/runs/latest");
  }

  static void ExpectKilledForItsHealth(OneTaskFramework& framework) {
    const TaskStatus killed = framework.AwaitState(TASK_KILLED);
    EXPECT_TRUE(IsUnhealthy(killed)) << killed.DebugString();
    EXPECT_EQ(killed.message(), "Command terminated with signal Terminated");
  }

  Cluster cluster_;
  Agent* agent_ = nullptr;
};

TEST_F(ChecksTest, CommandTellsHealthAndKillsWhoFallsIll) {
  TaskInfo task = Task(v1::HealthCheck::COMMAND);
  task.mutable_health_check()->mutable_command()->set_value("test -e well");
  OneTaskFramework framework(cluster_.master_address(), task);
  const TaskStatus healthy = framework.Await(IsHealthy);
  EXPECT_EQ(healthy.state(), TASK_RUNNING);
  EXPECT_EQ(healthy.reason(), TaskStatus::REASON_TASK_HEALTH_CHECK_STATUS_UPDATED);
  std::filesystem::remove(Sandbox() + "/well");
  EXPECT_EQ(framework.Await(IsUnhealthy).state(), TASK_RUNNING);
  ExpectKilledForItsHealth(framework);
}

TEST_F(ChecksTest, HttpLooksAtTheStatus) {
  WebServer server;
  TaskInfo task = Task(v1::HealthCheck::HTTP);
  task.mutable_health_check()->mutable_http()->set_port(server.port());
  task.mutable_health_check()->mutable_http()->set_path("/health");
  OneTaskFramework framework(cluster_.master_address(), task);
  framework.Await(IsHealthy);
  server.set_status(500);
  framework.Await(IsUnhealthy);
  ExpectKilledForItsHealth(framework);
}

TEST_F(ChecksTest, TcpNeedsAConnection) {
  WebServer server;
  TaskInfo task = Task(v1::HealthCheck::TCP);
  task.mutable_health_check()->mutable_tcp()->set_port(server.port());
  OneTaskFramework framework(cluster_.master_address(), task);
  framework.Await(IsHealthy);
  server.Stop();
  framework.Await(IsUnhealthy);
  ExpectKilledForItsHealth(framework);
}

TEST_F(ChecksTest, GoOnUnderARestartedAgent) {
  TaskInfo task = Task(v1::HealthCheck::COMMAND);
  task.mutable_health_check()->mutable_command()->set_value("test -e well");
  OneTaskFramework framework(cluster_.master_address(), task);
  framework.Await(IsHealthy);
  const std::string sandbox = Sandbox();
  agent_->Kill();
  std::filesystem::remove(sandbox + "/well");
  agent_->Start();
  framework.Await(IsUnhealthy);
  ExpectKilledForItsHealth(framework);
}

TEST_F(ChecksTest, CheckTellsTheExitCode) {
  TaskInfo task = Task(v1::HealthCheck::COMMAND);
  task.clear_health_check();
  v1::CheckInfo& check = *task.mutable_check();
  check.set_type(v1::CheckInfo::COMMAND);
  check.mutable_command()->mutable_command()->set_value("test -e well && exit 42");
  check.set_delay_seconds(0);
  check.set_interval_seconds(0.1);
  OneTaskFramework framework(cluster_.master_address(), task);
  const TaskStatus told = framework.Await(
      [](const TaskStatus& status) { return status.check_status().command().exit_code() == 42; });
  EXPECT_EQ(told.state(), TASK_RUNNING);
  EXPECT_EQ(told.reason(), TaskStatus::REASON_TASK_CHECK_STATUS_UPDATED);
  EXPECT_FALSE(told.has_healthy());
}

}  // namespace
}  // namespace mesos::e2e
