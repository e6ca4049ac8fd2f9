#include <csignal>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/agent/agent_harness.h"

namespace mesos::agent {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class CommandTaskTest : public testing::Test {
 protected:
  CommandTaskTest() {
    agent_.Register();
    agent_.TakeMessages();
  }

  // The one update that was forwarded.
  v1::TaskStatus OneUpdate() {
    std::vector<v1::TaskStatus> updates = agent_.TakeUpdates();
    EXPECT_THAT(updates, SizeIs(1));
    return updates.empty() ? v1::TaskStatus() : updates[0];
  }

  AgentHarness agent_;
};

TEST_F(CommandTaskTest, IsWrittenBeforeItIsLaunched) {
  agent_.HoldCheckpoints(true);
  agent_.RunTasks(TestFramework(), {CommandTask("t1")});
  EXPECT_THAT(agent_.Take<LaunchContainer>(), IsEmpty());
  EXPECT_THAT(agent_.Take<Checkpoint>(), Not(IsEmpty()));
  agent_.HoldCheckpoints(false);
  EXPECT_THAT(agent_.Take<LaunchContainer>(), SizeIs(1));
}

TEST_F(CommandTaskTest, NeedsOneCheckpointToLaunchAndOneToRun) {
  agent_.Take<Checkpoint>();
  agent_.RunTasks(TestFramework(), {CommandTask("t1"), CommandTask("t2")});
  EXPECT_THAT(agent_.Take<Checkpoint>(), SizeIs(1));
  const std::vector<LaunchContainer> launches = agent_.Take<LaunchContainer>();
  ASSERT_THAT(launches, SizeIs(2));
  agent_.Started(launches[0].spec.container_id);
  EXPECT_THAT(agent_.Take<Checkpoint>(), SizeIs(1));
}

TEST_F(CommandTaskTest, ReportsStartingRunningFinishedAsMesosDoes) {
  agent_.RunTasks(TestFramework(), {CommandTask("t1", "true")});
  const std::vector<LaunchContainer> launches = agent_.Take<LaunchContainer>();
  ASSERT_THAT(launches, SizeIs(1));
  const ContainerSpec& spec = launches[0].spec;
  EXPECT_EQ(spec.sandbox, "/work_dir/slaves/master-S0/frameworks/framework-1/executors/t1/runs/" +
                              spec.container_id);
  EXPECT_EQ(spec.command, "true");
  EXPECT_EQ(spec.user, "nobody");
  agent_.Started(spec.container_id, 77);

  const v1::TaskStatus starting = OneUpdate();
  EXPECT_EQ(starting.state(), v1::TASK_STARTING);
  EXPECT_EQ(starting.source(), v1::TaskStatus::SOURCE_EXECUTOR);
  EXPECT_EQ(starting.executor_id().value(), "t1");
  EXPECT_EQ(starting.agent_id().value(), kAgentId);
  EXPECT_EQ(starting.uuid().size(), 16u);
  EXPECT_TRUE(starting.has_timestamp());
  EXPECT_EQ(starting.container_status().container_id().value(), spec.container_id);
  EXPECT_EQ(starting.container_status().executor_pid(), 77u);
  EXPECT_EQ(starting.container_status().network_infos(0).ip_addresses(0).ip_address(), "10.0.0.1");

  agent_.Acknowledge(starting);
  const v1::TaskStatus running = OneUpdate();
  EXPECT_EQ(running.state(), v1::TASK_RUNNING);
  agent_.Acknowledge(running);
  EXPECT_THAT(agent_.TakeUpdates(), IsEmpty());

  agent_.Exited(spec.container_id, ExitStatus(0));
  const v1::TaskStatus finished = OneUpdate();
  EXPECT_EQ(finished.state(), v1::TASK_FINISHED);
  EXPECT_EQ(finished.message(), "Command exited with status 0");
  EXPECT_EQ(agent_.core().Stats().tasks, 1u);
  agent_.Acknowledge(finished);
  EXPECT_EQ(agent_.core().Stats().tasks, 0u);
  EXPECT_EQ(agent_.core().Stats().executors, 0u);
}

TEST_F(CommandTaskTest, ForwardsTheLatestStateWithEachUpdate) {
  agent_.RunTasks(TestFramework(), {CommandTask("t1")});
  const std::string container = agent_.Take<LaunchContainer>().at(0).spec.container_id;
  agent_.TakeMessages();
  agent_.Started(container);
  agent_.Exited(container, ExitStatus(0));
  const std::vector<internal::AgentMessage> messages = agent_.TakeMessages();
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_EQ(messages[0].status_update().status().state(), v1::TASK_STARTING);
  agent_.Acknowledge(messages[0].status_update().status());
  const std::vector<internal::AgentMessage> next = agent_.TakeMessages();
  ASSERT_THAT(next, SizeIs(1));
  EXPECT_EQ(next[0].status_update().status().state(), v1::TASK_RUNNING);
  EXPECT_EQ(next[0].status_update().latest_state(), v1::TASK_FINISHED);
}

// The master says so when a scheduler subscribes again.
TEST_F(CommandTaskTest, TellsAFrameworkThatIsBackWhatItMissed) {
  const std::string container = agent_.RunToRunning(CommandTask("t"));
  agent_.Exited(container, ExitStatus(0));
  EXPECT_EQ(agent_.TakeUpdates().size(), 1);
  internal::MasterMessage message;
  *message.mutable_update_framework()->mutable_framework() = TestFramework();
  agent_.FromMaster(message);
  const std::vector<v1::TaskStatus> updates = agent_.TakeUpdates();
  ASSERT_EQ(updates.size(), 1);
  EXPECT_EQ(updates[0].state(), v1::TASK_FINISHED);
}

TEST_F(CommandTaskTest, FailsWithItsExitStatusOrSignal) {
  agent_.Exited(agent_.RunToRunning(CommandTask("t1")), ExitStatus(3));
  v1::TaskStatus status = OneUpdate();
  EXPECT_EQ(status.state(), v1::TASK_FAILED);
  EXPECT_EQ(status.message(), "Command exited with status 3");
  agent_.Exited(agent_.RunToRunning(CommandTask("t2")), SignalStatus(SIGSEGV));
  status = OneUpdate();
  EXPECT_EQ(status.state(), v1::TASK_FAILED);
  EXPECT_EQ(status.message(), "Command terminated with signal Segmentation fault");
}

TEST_F(CommandTaskTest, LaunchFailureAndSandboxFailureDiffer) {
  agent_.RunTasks(TestFramework(), {CommandTask("t1"), CommandTask("t2")});
  const std::vector<LaunchContainer> launches = agent_.Take<LaunchContainer>();
  ASSERT_THAT(launches, SizeIs(2));
  agent_.Handle(ContainerExited{launches[0].spec.container_id, std::nullopt, "no launcher", true});
  v1::TaskStatus status = OneUpdate();
  EXPECT_EQ(status.state(), v1::TASK_FAILED);
  EXPECT_EQ(status.reason(), v1::TaskStatus::REASON_CONTAINER_LAUNCH_FAILED);
  EXPECT_EQ(status.message(), "Failed to launch container: no launcher");
  EXPECT_FALSE(status.has_container_status());
  agent_.Handle(ContainerExited{launches[1].spec.container_id, std::nullopt,
                                "Failed to create executor directory '/x': No such user 'y'", true,
                                true});
  status = OneUpdate();
  EXPECT_EQ(status.state(), v1::TASK_DROPPED);
  EXPECT_EQ(status.reason(), v1::TaskStatus::REASON_EXECUTOR_TERMINATED);
  EXPECT_THAT(status.message(), HasSubstr("No such user"));
}

TEST_F(CommandTaskTest, KillSendsKillingThenKilled) {
  const std::string container = agent_.RunToRunning(CommandTask("t1", "sleep 1000"));
  agent_.KillTask("t1");
  const std::vector<KillContainer> kills = agent_.Take<KillContainer>();
  ASSERT_THAT(kills, SizeIs(1));
  EXPECT_EQ(kills[0].grace, absl::Seconds(3));
  v1::TaskStatus status = OneUpdate();
  EXPECT_EQ(status.state(), v1::TASK_KILLING);
  agent_.Acknowledge(status);
  agent_.Exited(container, SignalStatus(SIGTERM));
  status = OneUpdate();
  EXPECT_EQ(status.state(), v1::TASK_KILLED);
  EXPECT_EQ(status.message(), "Command terminated with signal Terminated");
}

TEST_F(CommandTaskTest, KillingIsNotSentToWhoDoesNotKnowIt) {
  const v1::FrameworkInfo framework = TestFramework(kFrameworkId, true, /*killing_state=*/false);
  const std::string container = agent_.RunToRunning(CommandTask("t1"), framework);
  agent_.KillTask("t1");
  EXPECT_THAT(agent_.TakeUpdates(), IsEmpty());
  agent_.Exited(container, SignalStatus(SIGTERM));
  EXPECT_EQ(OneUpdate().state(), v1::TASK_KILLED);
}

TEST_F(CommandTaskTest, KillPolicyOfTheCallBeatsThatOfTheTaskAndOnlyShortens) {
  v1::TaskInfo task = CommandTask("t1");
  task.mutable_kill_policy()->mutable_grace_period()->set_nanoseconds(
      absl::ToInt64Nanoseconds(absl::Seconds(60)));
  agent_.RunToRunning(task);
  agent_.KillTask("t1");
  EXPECT_EQ(agent_.Take<KillContainer>().at(0).grace, absl::Seconds(60));
  agent_.KillTask("t1", absl::Seconds(90));
  EXPECT_THAT(agent_.Take<KillContainer>(), IsEmpty());
  agent_.KillTask("t1", absl::Seconds(1));
  EXPECT_EQ(agent_.Take<KillContainer>().at(0).grace, absl::Seconds(1));
}

TEST_F(CommandTaskTest, KilledBeforeItsCheckpointIsNeverLaunched) {
  agent_.HoldCheckpoints(true);
  agent_.RunTasks(TestFramework(), {CommandTask("t1")});
  agent_.KillTask("t1");
  agent_.HoldCheckpoints(false);
  EXPECT_THAT(agent_.Take<LaunchContainer>(), IsEmpty());
  const v1::TaskStatus status = OneUpdate();
  EXPECT_EQ(status.state(), v1::TASK_KILLED);
  EXPECT_EQ(status.reason(), v1::TaskStatus::REASON_TASK_KILLED_DURING_LAUNCH);
  agent_.Acknowledge(status);
  EXPECT_EQ(agent_.core().Stats().executors, 0u);
}

TEST_F(CommandTaskTest, KilledBeforeItsStartDoesNotReportRunning) {
  agent_.RunTasks(TestFramework(), {CommandTask("t1")});
  const std::string container = agent_.Take<LaunchContainer>().at(0).spec.container_id;
  agent_.KillTask("t1");
  EXPECT_THAT(agent_.Take<KillContainer>(), SizeIs(1));
  agent_.Started(container);
  EXPECT_THAT(agent_.TakeUpdates(), IsEmpty());
  agent_.Exited(container, SignalStatus(SIGTERM));
  EXPECT_EQ(OneUpdate().state(), v1::TASK_KILLED);
}

TEST_F(CommandTaskTest, KillOfAnUnknownTaskIsAnswered) {
  agent_.RunToRunning(CommandTask("t1"));
  agent_.KillTask("other");
  const v1::TaskStatus status = OneUpdate();
  EXPECT_EQ(status.state(), v1::TASK_DROPPED);
  EXPECT_EQ(status.task_id().value(), "other");
}

TEST_F(CommandTaskTest, SecondLaunchOfTheSameTaskIsIgnored) {
  agent_.RunToRunning(CommandTask("t1"));
  agent_.RunTasks(TestFramework(), {CommandTask("t1")});
  EXPECT_THAT(agent_.Take<LaunchContainer>(), IsEmpty());
  EXPECT_THAT(agent_.TakeUpdates(), IsEmpty());
}

TEST_F(CommandTaskTest, IdOfACompletedTaskCanBeUsedAgain) {
  agent_.Exited(agent_.RunToRunning(CommandTask("t1")), ExitStatus(0));
  agent_.Acknowledge(OneUpdate());
  agent_.RunToRunning(CommandTask("t1"));
  EXPECT_EQ(agent_.core().Stats().executors, 1u);
}

TEST_F(CommandTaskTest, RefusesIdsThatLeaveTheTree) {
  for (const std::string id : {"..", ".", "a/b", "", "latest", "a\nb"}) {
    agent_.RunTasks(TestFramework(), {CommandTask(id)});
    const v1::TaskStatus status = OneUpdate();
    EXPECT_EQ(status.state(), v1::TASK_ERROR) << id;
    EXPECT_EQ(status.reason(), v1::TaskStatus::REASON_TASK_INVALID);
    agent_.Acknowledge(status);
  }
  agent_.RunTasks(TestFramework("../../etc"), {CommandTask("t1")});
  EXPECT_EQ(OneUpdate().state(), v1::TASK_ERROR);
  EXPECT_THAT(agent_.Take<LaunchContainer>(), IsEmpty());
  EXPECT_EQ(agent_.core().Stats().executors, 0u);
}

TEST_F(CommandTaskTest, RefusesWhatItCannotDoByName) {
  v1::TaskInfo docker = CommandTask("docker");
  docker.mutable_container()->set_type(v1::ContainerInfo::DOCKER);
  v1::TaskInfo image = CommandTask("image");
  image.mutable_container()->set_type(v1::ContainerInfo::MESOS);
  image.mutable_container()->mutable_mesos()->mutable_image();
  agent_.RunTasks(TestFramework(), {docker, image});
  const std::vector<v1::TaskStatus> updates = agent_.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(2));
  EXPECT_THAT(updates[0].message(), HasSubstr("Docker"));
  EXPECT_THAT(updates[1].message(), HasSubstr("image"));
}

TEST_F(CommandTaskTest, IsKilledWhenItsTimeIsUp) {
  v1::TaskInfo task = CommandTask("t1", "sleep 1000");
  task.mutable_max_completion_time()->set_nanoseconds(absl::ToInt64Nanoseconds(absl::Seconds(5)));
  const std::string container = agent_.RunToRunning(task);
  agent_.Advance(absl::Seconds(4));
  EXPECT_THAT(agent_.Take<KillContainer>(), IsEmpty());
  agent_.Advance(absl::Seconds(2));
  EXPECT_THAT(agent_.Take<KillContainer>(), SizeIs(1));
  agent_.Acknowledge(OneUpdate());
  agent_.Exited(container, SignalStatus(SIGTERM));
  const v1::TaskStatus status = OneUpdate();
  EXPECT_EQ(status.state(), v1::TASK_FAILED);
  EXPECT_EQ(status.reason(), v1::TaskStatus::REASON_MAX_COMPLETION_TIME_REACHED);
}

TEST_F(CommandTaskTest, FullDiskDropsTheTaskAndTheAgentGoesOn) {
  agent_.FailCheckpointsWith(absl::ResourceExhaustedError("no space left on device"));
  agent_.RunTasks(TestFramework(), {CommandTask("t1")});
  const v1::TaskStatus status = OneUpdate();
  EXPECT_EQ(status.state(), v1::TASK_DROPPED);
  EXPECT_THAT(status.message(), HasSubstr("no space left"));
  agent_.Acknowledge(status);
  agent_.FailCheckpointsWith(absl::OkStatus());
  agent_.RunToRunning(CommandTask("t2"));
}

// The second checkpoint is on its way when the first, which held the framework's info, fails.
TEST_F(CommandTaskTest, RecoversWhatWasLaunchedAfterAFailedCheckpoint) {
  agent_.HoldCheckpoints(true);
  agent_.RunTasks(TestFramework(), {CommandTask("t1")});
  agent_.RunTasks(TestFramework(), {CommandTask("t2")});
  agent_.FailNextCheckpoint(absl::ResourceExhaustedError("no space left on device"));
  agent_.HoldCheckpoints(false);
  EXPECT_EQ(OneUpdate().task_id().value(), "t1");
  EXPECT_THAT(agent_.Take<LaunchContainer>(), SizeIs(1));
  agent_.Restart();
  EXPECT_THAT(agent_.Take<ReattachContainer>(), SizeIs(1));
}

TEST_F(CommandTaskTest, FullDiskHoldsUpdatesBackUntilThereIsRoom) {
  const std::string container = agent_.RunToRunning(CommandTask("t1"));
  agent_.FailCheckpointsWith(absl::ResourceExhaustedError("no space left on device"));
  agent_.Exited(container, ExitStatus(0));
  EXPECT_THAT(agent_.TakeUpdates(), IsEmpty());
  agent_.Advance(absl::Seconds(5));
  EXPECT_THAT(agent_.TakeUpdates(), IsEmpty());
  agent_.FailCheckpointsWith(absl::OkStatus());
  agent_.Advance(absl::Seconds(2));
  EXPECT_EQ(OneUpdate().state(), v1::TASK_FINISHED);
  agent_.Restart();
  agent_.Register();
  EXPECT_EQ(OneUpdate().state(), v1::TASK_FINISHED);
}

TEST_F(CommandTaskTest, ArgvFormAndEnvironmentReachTheContainer) {
  v1::TaskInfo task = CommandTask("t1", "/bin/echo");
  task.mutable_command()->set_shell(false);
  task.mutable_command()->set_user("alice");
  task.mutable_command()->add_arguments("echo");
  task.mutable_command()->add_arguments("hello");
  task.mutable_resources(0)->mutable_allocation_info()->set_role("eng/web");
  auto* variable = task.mutable_command()->mutable_environment()->add_variables();
  variable->set_name("COLOR");
  variable->set_value("red");
  agent_.RunTasks(TestFramework(), {task});
  const ContainerSpec spec = agent_.Take<LaunchContainer>().at(0).spec;
  EXPECT_FALSE(spec.shell);
  EXPECT_EQ(spec.user, "alice");
  EXPECT_THAT(spec.arguments, testing::ElementsAre("echo", "hello"));
  EXPECT_EQ(spec.environment.at("COLOR"), "red");
  EXPECT_EQ(spec.environment.at("MESOS_SANDBOX"), spec.sandbox);
  EXPECT_EQ(spec.environment.count("PATH"), 1u);
  EXPECT_EQ(spec.environment.at("MESOS_ALLOCATION_ROLE"), "eng/web");
  EXPECT_EQ(spec.recovery_timeout, TestOptions().recovery_timeout);
}

TEST_F(CommandTaskTest, FrameworkShutdownKillsWithoutUpdates) {
  const std::string container = agent_.RunToRunning(CommandTask("t1", "sleep 1000"));
  internal::MasterMessage message;
  message.mutable_shutdown_framework()->mutable_framework_id()->set_value(kFrameworkId);
  agent_.FromMaster(std::move(message));
  EXPECT_THAT(agent_.Take<KillContainer>(), SizeIs(1));
  agent_.RunTasks(TestFramework(), {CommandTask("t2")});
  const v1::TaskStatus refused = OneUpdate();
  EXPECT_EQ(refused.task_id().value(), "t2");
  EXPECT_EQ(refused.state(), v1::TASK_DROPPED);
  agent_.Acknowledge(refused);
  agent_.Exited(container, SignalStatus(SIGTERM));
  EXPECT_THAT(agent_.TakeUpdates(), IsEmpty());
  EXPECT_EQ(agent_.core().Stats().executors, 0u);
  EXPECT_EQ(agent_.core().Stats().pending_updates, 0u);
}

TEST_F(CommandTaskTest, CompletedRunsAreRemovedAfterTheDelay) {
  const std::string container = agent_.RunToRunning(CommandTask("t1"));
  agent_.Exited(container, ExitStatus(0));
  agent_.Acknowledge(OneUpdate());
  std::vector<RemoveDirectory> removals = agent_.Take<RemoveDirectory>();
  ASSERT_THAT(removals, SizeIs(1));
  EXPECT_EQ(removals[0].path, "/run/mesos/containers/" + container);
  agent_.Advance(absl::Hours(24 * 7) - absl::Minutes(1));
  EXPECT_THAT(agent_.Take<RemoveDirectory>(), IsEmpty());
  agent_.Advance(absl::Minutes(2));
  removals = agent_.Take<RemoveDirectory>();
  EXPECT_THAT(removals, Contains(testing::Field(
                            &RemoveDirectory::path,
                            "/work_dir/slaves/master-S0/frameworks/framework-1/executors/t1/runs/" +
                                container)));
  EXPECT_EQ(agent_.core().Stats().scheduled_removals, 0u);
}

}  // namespace
}  // namespace mesos::agent
