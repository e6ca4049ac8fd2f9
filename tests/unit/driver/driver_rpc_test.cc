// The drivers over real connections: a master and an agent of a few lines on the real gRPC server.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <mesos/executor.h>
#include <mesos/scheduler.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "executor_driver/environment.h"
#include "tests/unit/driver/rpc_peer.h"

namespace mesos {
namespace {

class Recorder : public Scheduler {
 public:
  explicit Recorder(RpcPeer& peer) : peer_(peer) {}
  void registered(SchedulerDriver*, const FrameworkID&, const MasterInfo&) override {
    peer_.Note("registered");
  }
  void reregistered(SchedulerDriver*, const MasterInfo&) override { peer_.Note("reregistered"); }
  void disconnected(SchedulerDriver*) override { peer_.Note("disconnected"); }
  void resourceOffers(SchedulerDriver*, const std::vector<Offer>&) override {}
  void statusUpdate(SchedulerDriver*, const TaskStatus& status) override {
    peer_.Note("update " + status.task_id().value());
  }
  void error(SchedulerDriver*, const std::string& message) override {
    peer_.Note("error " + message);
  }

 private:
  RpcPeer& peer_;
};

FrameworkInfo Framework() {
  FrameworkInfo framework;
  framework.set_user("root");
  framework.set_name("test");
  return framework;
}

TEST(DriverRpcTest, RegistersAcknowledgesAndTearsDown) {
  RpcPeer master;
  ASSERT_TRUE(master.ServeMaster("127.0.0.1:0").ok());
  Recorder recorder(master);
  MesosSchedulerDriver driver(&recorder, Framework(), "127.0.0.1:" + std::to_string(master.port()));
  driver.start();
  ASSERT_TRUE(master.AwaitNote("registered"));
  master.SendUpdate("t1", "uuid-1");
  ASSERT_TRUE(master.AwaitNote("ACKNOWLEDGE uuid-1"));
  driver.stop();
  EXPECT_EQ(driver.join(), DRIVER_STOPPED);
  EXPECT_TRUE(master.AwaitNote("TEARDOWN")) << "it is written before the stream ends";
}

TEST(DriverRpcTest, FindsARestartedMasterAndSendsWhatItKept) {
  auto first = std::make_unique<RpcPeer>();
  ASSERT_TRUE(first->ServeMaster("127.0.0.1:0").ok());
  const std::string address = "127.0.0.1:" + std::to_string(first->port());
  RpcPeer notes;
  Recorder recorder(notes);
  MesosSchedulerDriver driver(&recorder, Framework(), address, /*implicit_acknowledgements=*/false);
  driver.start();
  ASSERT_TRUE(notes.AwaitNote("registered"));
  first.reset();
  ASSERT_TRUE(notes.AwaitNote("disconnected"));
  TaskStatus status;
  status.mutable_task_id()->set_value("t1");
  status.mutable_agent_id()->set_value("A1");
  status.set_state(TASK_RUNNING);
  status.set_uuid("uuid-1");
  driver.acknowledgeStatusUpdate(status);
  RpcPeer second;
  ASSERT_TRUE(second.ServeMaster(address).ok());
  ASSERT_TRUE(notes.AwaitNote("reregistered"));
  EXPECT_TRUE(second.AwaitNote("ACKNOWLEDGE uuid-1"));
  EXPECT_TRUE(second.AwaitNote("SUBSCRIBE F1")) << "with the id of before";
  driver.stop();
  driver.join();
}

TEST(DriverRpcTest, GoesOnDialingWhereNobodyListens) {
  RpcPeer notes;
  Recorder recorder(notes);
  MesosSchedulerDriver driver(&recorder, Framework(), "127.0.0.1:1");
  driver.start();
  EXPECT_EQ(driver.stop(), DRIVER_STOPPED);
  EXPECT_EQ(driver.join(), DRIVER_STOPPED);
}

class EchoExecutor : public Executor {
 public:
  explicit EchoExecutor(RpcPeer& notes) : notes_(notes) {}
  void registered(ExecutorDriver*, const ExecutorInfo&, const FrameworkInfo&,
                  const AgentInfo&) override {
    notes_.Note("registered");
  }
  void reregistered(ExecutorDriver*, const AgentInfo&) override { notes_.Note("reregistered"); }
  void disconnected(ExecutorDriver*) override { notes_.Note("disconnected"); }
  void launchTask(ExecutorDriver* driver, const TaskInfo& task) override {
    TaskStatus status;
    *status.mutable_task_id() = task.task_id();
    status.set_state(TASK_RUNNING);
    driver->sendStatusUpdate(status);
  }
  void killTask(ExecutorDriver*, const TaskID&) override {}
  void frameworkMessage(ExecutorDriver* driver, const std::string& data) override {
    driver->sendFrameworkMessage("echo " + data);
  }
  void shutdown(ExecutorDriver* driver) override { driver->stop(); }
  void error(ExecutorDriver*, const std::string& message) override {
    notes_.Note("error " + message);
  }

 private:
  RpcPeer& notes_;
};

class ExecutorRpcTest : public testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/driver_rpc_test.XXXXXX";
    directory_ = mkdtemp(pattern);
    socket_ = directory_ + "/agent.sock";
    unsetenv("MESOS_DOMAIN_SOCKET");
    unsetenv("MESOS_AGENT_ENDPOINT");
    setenv("LIBMESOS_AGENT_SOCKET", socket_.c_str(), 1);
    setenv("MESOS_FRAMEWORK_ID", "F1", 1);
    setenv("MESOS_EXECUTOR_ID", "E1", 1);
    setenv("MESOS_SLAVE_ID", "A1", 1);
    setenv("MESOS_CHECKPOINT", "1", 1);
    setenv("MESOS_RECOVERY_TIMEOUT", "15mins", 1);
    setenv("MESOS_SUBSCRIPTION_BACKOFF_MAX", "100ms", 1);
  }
  void TearDown() override {
    unlink(socket_.c_str());
    rmdir(directory_.c_str());
  }

  std::string directory_;
  std::string socket_;
};

TEST_F(ExecutorRpcTest, RunsTasksAndTellsARestartedAgentWhatItMissed) {
  RpcPeer notes;
  EchoExecutor executor(notes);
  MesosExecutorDriver driver(&executor);
  auto first = std::make_unique<RpcPeer>();
  ASSERT_TRUE(first->ServeAgent("unix:" + socket_).ok());
  EXPECT_EQ(driver.start(), DRIVER_RUNNING);
  ASSERT_TRUE(notes.AwaitNote("registered"));
  first->SendLaunch("t1");
  ASSERT_TRUE(first->AwaitNote("UPDATE t1"));
  first->SendMessage("hello");
  ASSERT_TRUE(first->AwaitNote("MESSAGE echo hello"));
  first.reset();
  ASSERT_TRUE(notes.AwaitNote("disconnected"));
  RpcPeer second;
  ASSERT_TRUE(second.ServeAgent("unix:" + socket_).ok());
  ASSERT_TRUE(notes.AwaitNote("reregistered"));
  EXPECT_TRUE(second.AwaitNote("SUBSCRIBE tasks 1 updates 1"));
  second.SendShutdown();
  EXPECT_EQ(driver.join(), DRIVER_STOPPED);
}

TEST_F(ExecutorRpcTest, NamesAMissingOrMalformedVariable) {
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, const char*>>{{"MESOS_FRAMEWORK_ID", nullptr},
                                                        {"MESOS_EXECUTOR_ID", ""},
                                                        {"MESOS_RECOVERY_TIMEOUT", "soon"}}) {
    SetUp();
    value == nullptr ? unsetenv(name.c_str()) : setenv(name.c_str(), value, 1);
    RpcPeer notes;
    EchoExecutor executor(notes);
    MesosExecutorDriver driver(&executor);
    EXPECT_EQ(driver.run(), DRIVER_ABORTED);
    EXPECT_THAT(notes.notes().at(0), testing::HasSubstr(name));
    TearDown();
  }
}

TEST_F(ExecutorRpcTest, PrefersTheSocketToTheEndpoint) {
  std::map<std::string, std::string> variables = {
      {"MESOS_FRAMEWORK_ID", "F1"}, {"MESOS_EXECUTOR_ID", "E1"}, {"MESOS_SLAVE_ID", "A1"}};
  auto target = [&] {
    auto environment = executor_driver::ReadEnvironment([&](const char* name) {
      auto it = variables.find(name);
      return it == variables.end() ? nullptr : it->second.c_str();
    });
    return environment.ok() ? environment->target : environment.status().ToString();
  };
  EXPECT_THAT(target(), testing::HasSubstr("MESOS_AGENT_ENDPOINT is not set"));
  variables["MESOS_AGENT_ENDPOINT"] = "10.0.0.1:5051";
  EXPECT_EQ(target(), "10.0.0.1:5051");
  variables["LIBMESOS_AGENT_SOCKET"] = "/run/agent.sock";
  EXPECT_EQ(target(), "unix:/run/agent.sock");
  variables["MESOS_DOMAIN_SOCKET"] = "/run/told.sock";
  EXPECT_EQ(target(), "unix:/run/told.sock");
}

}  // namespace
}  // namespace mesos
