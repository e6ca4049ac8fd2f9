// Checks and health checks of command tasks, as the core decides them.

#include <csignal>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/agent/agent_harness.h"

namespace mesos::agent {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

v1::TaskInfo HealthyTask() {
  v1::TaskInfo task = CommandTask("t1", "serve");
  v1::HealthCheck& check = *task.mutable_health_check();
  check.set_type(v1::HealthCheck::COMMAND);
  check.mutable_command()->set_value("probe");
  check.set_delay_seconds(2);
  check.set_interval_seconds(1);
  check.set_timeout_seconds(5);
  check.set_grace_period_seconds(0);
  check.set_consecutive_failures(3);
  return task;
}

class ChecksTest : public testing::Test {
 protected:
  ChecksTest() {
    agent_.Register();
    agent_.TakeMessages();
  }

  // The updates that come, each acknowledged.
  std::vector<v1::TaskStatus> Updates() {
    std::vector<v1::TaskStatus> all;
    while (true) {
      std::vector<v1::TaskStatus> updates = agent_.TakeUpdates();
      if (updates.empty()) return all;
      for (v1::TaskStatus& status : updates) {
        agent_.Acknowledge(status);
        all.push_back(std::move(status));
      }
    }
  }

  // The only check that was asked for.
  RunCheck OneRun() {
    std::vector<RunCheck> runs = agent_.Take<RunCheck>();
    EXPECT_THAT(runs, SizeIs(1));
    return runs.empty() ? RunCheck{} : std::move(runs[0]);
  }

  // Lets the next check come, and end so.
  void Check(int exit_code, absl::Duration wait = absl::Seconds(1)) {
    agent_.Advance(wait);
    agent_.Handle(CheckFinished{OneRun().token, ExitStatus(exit_code), ""});
  }

  // The health that the updates since the last call told.
  std::vector<bool> Told() {
    std::vector<bool> told;
    for (const v1::TaskStatus& status : Updates()) {
      EXPECT_EQ(status.state(), v1::TASK_RUNNING);
      EXPECT_EQ(status.reason(), v1::TaskStatus::REASON_TASK_HEALTH_CHECK_STATUS_UPDATED);
      EXPECT_EQ(status.source(), v1::TaskStatus::SOURCE_EXECUTOR);
      EXPECT_TRUE(status.container_status().has_container_id());
      EXPECT_TRUE(status.has_healthy());
      told.push_back(status.healthy());
    }
    return told;
  }

  AgentHarness agent_;
};

TEST_F(ChecksTest, RunsInTheSandboxAsTheTaskAfterTheDelay) {
  v1::TaskInfo task = HealthyTask();
  auto add = [](v1::CommandInfo& command, const std::string& name, const std::string& value) {
    v1::Environment::Variable& variable = *command.mutable_environment()->add_variables();
    variable.set_name(name);
    variable.set_value(value);
  };
  add(*task.mutable_command(), "OF_TASK", "1");
  add(*task.mutable_command(), "OF_BOTH", "task");
  add(*task.mutable_health_check()->mutable_command(), "OF_BOTH", "check");
  agent_.RunTasks(TestFramework(), {task});
  const ContainerSpec container = agent_.Take<LaunchContainer>().at(0).spec;
  agent_.Started(container.container_id);
  Updates();
  agent_.Advance(absl::Milliseconds(1999));
  EXPECT_THAT(agent_.Take<RunCheck>(), IsEmpty());
  agent_.Advance(absl::Milliseconds(1));
  const RunCheck run = OneRun();
  const auto& probe = std::get<ProcessProbe>(run.probe);
  EXPECT_EQ(probe.spec.sandbox, container.sandbox);
  EXPECT_EQ(probe.spec.working_directory, container.sandbox);
  EXPECT_EQ(probe.spec.user, "nobody");
  EXPECT_EQ(probe.spec.command, "probe");
  EXPECT_TRUE(probe.spec.shell);
  EXPECT_EQ(probe.spec.environment.at("OF_TASK"), "1");
  EXPECT_EQ(probe.spec.environment.at("OF_BOTH"), "check");
  EXPECT_EQ(probe.spec.environment.at("MESOS_SANDBOX"), container.sandbox);
  EXPECT_FALSE(probe.take_output);
  // One at a time, however long it takes.
  agent_.Advance(absl::Seconds(4));
  EXPECT_THAT(agent_.Take<RunCheck>(), IsEmpty());
}

TEST_F(ChecksTest, TellsTheFirstSuccessAndTheFirstAfterFailures) {
  agent_.RunToRunning(HealthyTask());
  Check(0, absl::Seconds(2));
  EXPECT_THAT(Told(), ElementsAre(true));
  Check(0);
  EXPECT_THAT(Told(), IsEmpty());
  Check(1);
  Check(1);
  EXPECT_THAT(Told(), ElementsAre(false, false));
  Check(0);
  EXPECT_THAT(Told(), ElementsAre(true));
  Check(1);
  Check(1);
  EXPECT_THAT(Told(), ElementsAre(false, false));
  EXPECT_THAT(agent_.Take<KillContainer>(), IsEmpty());
}

TEST_F(ChecksTest, KillsAfterConsecutiveFailures) {
  const std::string container = agent_.RunToRunning(HealthyTask());
  Check(1, absl::Seconds(2));
  Check(1);
  EXPECT_THAT(agent_.Take<KillContainer>(), IsEmpty());
  Check(1);
  EXPECT_THAT(agent_.Take<KillContainer>(), SizeIs(1));
  std::vector<v1::TaskStatus> updates = Updates();
  ASSERT_THAT(updates, SizeIs(4));
  EXPECT_FALSE(updates[2].healthy());
  EXPECT_EQ(updates[3].state(), v1::TASK_KILLING);
  agent_.Advance(absl::Seconds(10));
  EXPECT_THAT(agent_.Take<RunCheck>(), IsEmpty());
  agent_.Exited(container, SignalStatus(SIGTERM));
  updates = Updates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].state(), v1::TASK_KILLED);
  EXPECT_TRUE(updates[0].has_healthy());
  EXPECT_FALSE(updates[0].healthy());
  EXPECT_EQ(agent_.core().Stats().executors, 0u);
}

TEST_F(ChecksTest, FailuresWithinTheGracePeriodDoNotCountBeforeTheFirstSuccess) {
  v1::TaskInfo task = HealthyTask();
  task.mutable_health_check()->set_grace_period_seconds(4);
  task.mutable_health_check()->set_consecutive_failures(1);
  agent_.RunToRunning(task);
  Check(1, absl::Seconds(2));
  Check(1);
  Check(1);
  EXPECT_THAT(Told(), IsEmpty());
  EXPECT_THAT(agent_.Take<KillContainer>(), IsEmpty());
  Check(1);
  EXPECT_THAT(agent_.Take<KillContainer>(), SizeIs(1));
}

TEST_F(ChecksTest, GracePeriodIsOverWithTheFirstSuccess) {
  v1::TaskInfo task = HealthyTask();
  task.mutable_health_check()->set_grace_period_seconds(1000);
  agent_.RunToRunning(task);
  Check(1, absl::Seconds(2));
  Check(0);
  Check(1);
  EXPECT_THAT(Told(), ElementsAre(true, false));
}

TEST_F(ChecksTest, TimeoutIsAFailureAndCancelsTheRun) {
  agent_.RunToRunning(HealthyTask());
  agent_.Advance(absl::Seconds(2));
  const CheckToken token = OneRun().token;
  agent_.Advance(absl::Seconds(5));
  const std::vector<CancelCheck> cancels = agent_.Take<CancelCheck>();
  ASSERT_THAT(cancels, SizeIs(1));
  EXPECT_EQ(cancels[0].token, token);
  EXPECT_THAT(Told(), ElementsAre(false));
  agent_.Handle(CheckFinished{token, ExitStatus(0), ""});  // too late
  EXPECT_THAT(Told(), IsEmpty());
  Check(0);
  EXPECT_THAT(Told(), ElementsAre(true));
}

TEST_F(ChecksTest, ZeroTimeoutMeansNone) {
  v1::TaskInfo task = HealthyTask();
  task.mutable_health_check()->set_timeout_seconds(0);
  agent_.RunToRunning(task);
  agent_.Advance(absl::Hours(10));
  EXPECT_THAT(agent_.Take<RunCheck>(), SizeIs(1));
  EXPECT_THAT(agent_.Take<CancelCheck>(), IsEmpty());
}

TEST_F(ChecksTest, KillAndEndStopThem) {
  agent_.RunToRunning(HealthyTask());
  agent_.Advance(absl::Seconds(2));
  EXPECT_THAT(agent_.Take<RunCheck>(), SizeIs(1));
  agent_.KillTask("t1");
  EXPECT_THAT(agent_.Take<CancelCheck>(), SizeIs(1));
  Updates();
  v1::TaskInfo other = HealthyTask();
  other.mutable_task_id()->set_value("t2");
  const std::string container = agent_.RunToRunning(other);
  agent_.Advance(absl::Seconds(2));
  EXPECT_THAT(agent_.Take<RunCheck>(), SizeIs(1));
  agent_.Exited(container, ExitStatus(0));
  EXPECT_THAT(agent_.Take<CancelCheck>(), SizeIs(1));
  agent_.Advance(absl::Seconds(10));
  EXPECT_THAT(agent_.Take<RunCheck>(), IsEmpty());
}

TEST_F(ChecksTest, HttpHealthCheckIsARequestToThisMachine) {
  v1::TaskInfo task = HealthyTask();
  task.mutable_health_check()->set_type(v1::HealthCheck::HTTP);
  task.mutable_health_check()->clear_command();
  task.mutable_health_check()->mutable_http()->set_port(8080);
  task.mutable_health_check()->mutable_http()->set_path("/health?a=b");
  v1::Environment::Variable& path = *task.mutable_command()->mutable_environment()->add_variables();
  path.set_name("PATH");
  path.set_value("/elsewhere");
  agent_.RunToRunning(task);
  for (const auto& [status, output, healthy] : {std::tuple{ExitStatus(0), "200", true},
                                                {ExitStatus(0), "500", false},
                                                {ExitStatus(0), "399", true},
                                                {ExitStatus(7), "000", false},
                                                {ExitStatus(0), "302", true},
                                                {ExitStatus(0), "", false}}) {
    agent_.Advance(absl::Seconds(2));
    const RunCheck run = OneRun();
    const auto& probe = std::get<ProcessProbe>(run.probe);
    EXPECT_EQ(probe.spec.command, "curl");
    EXPECT_EQ(probe.spec.arguments.back(), "http://127.0.0.1:8080/health?a=b");
    EXPECT_THAT(probe.spec.environment.at("PATH"), testing::HasSubstr("/usr/bin"));
    EXPECT_TRUE(probe.take_output);
    agent_.Handle(CheckFinished{run.token, status, output});
    EXPECT_THAT(Told(), ElementsAre(healthy)) << output;
  }
}

TEST_F(ChecksTest, TcpHealthCheckIsAConnection) {
  v1::TaskInfo task = HealthyTask();
  task.mutable_health_check()->set_type(v1::HealthCheck::TCP);
  task.mutable_health_check()->mutable_tcp()->set_port(8080);
  task.mutable_health_check()->mutable_tcp()->set_protocol(v1::NetworkInfo::IPv6);
  agent_.RunToRunning(task);
  agent_.Advance(absl::Seconds(2));
  const RunCheck run = OneRun();
  EXPECT_EQ(std::get<ConnectionProbe>(run.probe).ip, "::1");
  EXPECT_EQ(std::get<ConnectionProbe>(run.probe).port, 8080);
  agent_.Handle(CheckFinished{run.token, 0, ""});
  EXPECT_THAT(Told(), ElementsAre(true));
}

TEST_F(ChecksTest, CheckTellsEachChangeOfItsOutcomeAndStandsInEveryStatus) {
  v1::TaskInfo task = CommandTask("t1", "serve");
  v1::CheckInfo& check = *task.mutable_check();
  check.set_type(v1::CheckInfo::COMMAND);
  check.mutable_command()->mutable_command()->set_value("probe");
  check.set_delay_seconds(0);
  check.set_interval_seconds(1);
  agent_.RunTasks(TestFramework(), {task});
  const std::string container = agent_.Take<LaunchContainer>().at(0).spec.container_id;
  agent_.Started(container);
  std::vector<v1::TaskStatus> updates = Updates();
  ASSERT_THAT(updates, SizeIs(2));
  EXPECT_EQ(updates[0].check_status().type(), v1::CheckInfo::COMMAND);
  EXPECT_TRUE(updates[0].check_status().has_command());
  EXPECT_FALSE(updates[1].check_status().command().has_exit_code());

  Check(3, absl::ZeroDuration());
  updates = Updates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].state(), v1::TASK_RUNNING);
  EXPECT_EQ(updates[0].reason(), v1::TaskStatus::REASON_TASK_CHECK_STATUS_UPDATED);
  EXPECT_EQ(updates[0].check_status().command().exit_code(), 3);
  EXPECT_FALSE(updates[0].has_healthy());
  Check(3);
  EXPECT_THAT(Updates(), IsEmpty());
  Check(0);
  updates = Updates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].check_status().command().exit_code(), 0);
  agent_.Exited(container, ExitStatus(0));
  updates = Updates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].state(), v1::TASK_FINISHED);
  EXPECT_EQ(updates[0].check_status().command().exit_code(), 0);
}

TEST_F(ChecksTest, RestartedAgentGoesOnCounting) {
  const std::string container = agent_.RunToRunning(HealthyTask());
  Check(0, absl::Seconds(2));
  Check(1);
  Check(1);
  EXPECT_THAT(Told(), ElementsAre(true, false, false));
  agent_.Restart();
  agent_.Register();
  agent_.Advance(absl::Seconds(10));
  EXPECT_THAT(agent_.Take<RunCheck>(), IsEmpty());  // it is not known yet whether the task runs
  agent_.Started(container);
  agent_.Advance(absl::Seconds(1));
  agent_.Handle(CheckFinished{OneRun().token, ExitStatus(1), ""});
  EXPECT_THAT(agent_.Take<KillContainer>(), SizeIs(1));
}

TEST_F(ChecksTest, KillForBadHealthIsRememberedOverARestart) {
  v1::TaskInfo task = HealthyTask();
  task.mutable_health_check()->set_consecutive_failures(1);
  const std::string container = agent_.RunToRunning(task);
  Check(1, absl::Seconds(2));
  Updates();
  agent_.Restart();
  agent_.Register();
  agent_.Started(container);
  agent_.Advance(absl::Seconds(10));
  EXPECT_THAT(agent_.Take<RunCheck>(), IsEmpty());
  agent_.Exited(container, SignalStatus(SIGTERM));
  const std::vector<v1::TaskStatus> updates = Updates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].state(), v1::TASK_KILLED);
  EXPECT_TRUE(updates[0].has_healthy());
}

TEST_F(ChecksTest, KillForBadHealthIsRememberedHoweverManyUpdatesWait) {
  v1::TaskInfo task = HealthyTask();
  task.mutable_health_check()->set_consecutive_failures(2);
  const std::string container = agent_.RunToRunning(task);
  Check(1, absl::Seconds(2));
  while (agent_.core().Stats().pending_updates < 16) {
    Check(0);
    Check(1);
  }
  Check(0);
  Check(1);
  Check(1);
  EXPECT_THAT(agent_.Take<KillContainer>(), SizeIs(1));
  agent_.Restart();
  agent_.Register();
  agent_.Exited(container, SignalStatus(SIGTERM));
  const std::vector<v1::TaskStatus> updates = Updates();
  ASSERT_FALSE(updates.empty());
  EXPECT_EQ(updates.back().state(), v1::TASK_KILLED);
  EXPECT_TRUE(updates.back().has_healthy());
  EXPECT_FALSE(updates.back().healthy());
}

TEST_F(ChecksTest, UpdatesThatNobodyTakesDoNotPileUp) {
  v1::TaskInfo task = HealthyTask();
  task.mutable_health_check()->set_consecutive_failures(1000);
  task.mutable_health_check()->set_interval_seconds(0.1);
  agent_.RunToRunning(task);
  agent_.Advance(absl::Seconds(2));
  agent_.Handle(CheckFinished{OneRun().token, ExitStatus(0), ""});
  for (int i = 0; i < 50; ++i) Check(i % 2, absl::Milliseconds(100));
  EXPECT_LE(agent_.core().Stats().pending_updates, 16u);
  Updates();
  // What was left out is made good for.
  Check(1);
  Check(0);
  EXPECT_THAT(Told(), ElementsAre(false, true));
}

TEST_F(ChecksTest, OutcomeOfAnUnknownRunIsIgnored) {
  agent_.RunToRunning(HealthyTask());
  agent_.Handle(CheckFinished{CheckToken{12345}, ExitStatus(0), ""});
  EXPECT_THAT(Told(), IsEmpty());
}

TEST_F(ChecksTest, ChecksOfExecutorTasksAreTheExecutors) {
  v1::TaskInfo task = HealthyTask();
  task.clear_command();
  task.mutable_executor()->mutable_executor_id()->set_value("e");
  task.mutable_executor()->mutable_command()->set_value("./executor");
  agent_.RunTasks(TestFramework(), {task});
  agent_.Started(agent_.Take<LaunchContainer>().at(0).spec.container_id);
  agent_.ExecutorSubscribe("e", SessionId{1});
  agent_.ExecutorUpdate("e", SessionId{1}, "t1", v1::TASK_RUNNING);
  agent_.Advance(absl::Seconds(10));
  EXPECT_THAT(agent_.Take<RunCheck>(), IsEmpty());
}

}  // namespace
}  // namespace mesos::agent
