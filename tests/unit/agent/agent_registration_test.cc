#include <set>

#include "absl/strings/str_cat.h"
#include "common/base/limits.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/agent/agent_harness.h"

namespace mesos::agent {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(AgentRegistrationTest, DialsAtOnceAndRegisters) {
  AgentHarness agent;
  EXPECT_THAT(agent.Take<OpenMasterLink>(), SizeIs(1));
  agent.OpenLink();
  const std::vector<internal::AgentMessage> messages = agent.TakeMessages();
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_EQ(messages[0].register_agent().info().hostname(), "host.example");
  EXPECT_FALSE(messages[0].register_agent().info().has_id());
  EXPECT_FALSE(agent.core().Stats().registered);
}

TEST(AgentRegistrationTest, DialsAgainWithGrowingWaits) {
  AgentHarness agent;
  agent.Take<OpenMasterLink>();
  absl::Duration last = absl::ZeroDuration();
  for (int i = 0; i < 4; ++i) {
    agent.CloseLink();
    EXPECT_THAT(agent.Take<OpenMasterLink>(), IsEmpty());
    const absl::Duration wait = agent.core().NextDeadline() - agent.now();
    EXPECT_GT(wait, last / 2);
    EXPECT_LE(wait, absl::Minutes(1));
    last = wait;
    agent.Advance(wait);
    EXPECT_THAT(agent.Take<OpenMasterLink>(), SizeIs(1));
  }
}

// The wait between the end of a link that stood and the next dial.
absl::Duration WaitAfterLoss(AgentHarness& agent) {
  agent.Take<OpenMasterLink>();
  agent.Advance(absl::Seconds(10));
  agent.CloseLink();
  EXPECT_THAT(agent.Take<OpenMasterLink>(), IsEmpty());
  return agent.core().NextDeadline() - agent.now();
}

TEST(AgentRegistrationTest, ComesBackAtOnceToAMasterOfFewAgents) {
  AgentHarness agent;
  agent.Register(absl::ZeroDuration());
  agent.Take<OpenMasterLink>();
  EXPECT_EQ(WaitAfterLoss(agent), absl::ZeroDuration());
  agent.Advance(absl::ZeroDuration());
  const std::vector<OpenMasterLink> dials = agent.Take<OpenMasterLink>();
  ASSERT_THAT(dials, SizeIs(1));
  EXPECT_EQ(dials[0].wait_after_election, absl::ZeroDuration());
  EXPECT_LE(dials[0].first_retry, absl::Milliseconds(50));
  EXPECT_EQ(dials[0].last_retry, absl::Seconds(1));
}

TEST(AgentRegistrationTest, TakesTheTimeThatTheMasterOfManyTold) {
  AgentHarness agent;
  agent.Register(absl::Seconds(30));
  agent.Take<OpenMasterLink>();
  const absl::Duration wait = WaitAfterLoss(agent);
  EXPECT_GT(wait, absl::Milliseconds(1));
  EXPECT_LT(wait, absl::Seconds(30));
  agent.Advance(wait);
  const std::vector<OpenMasterLink> dials = agent.Take<OpenMasterLink>();
  ASSERT_THAT(dials, SizeIs(1));
  EXPECT_GT(dials[0].wait_after_election, absl::Milliseconds(1));
  EXPECT_LT(dials[0].wait_after_election, absl::Seconds(30));
  EXPECT_GE(dials[0].first_retry, absl::Seconds(15));
  EXPECT_EQ(dials[0].last_retry, absl::Seconds(30));
  // That dial fails: the next one is spread as well.
  agent.CloseLink();
  EXPECT_GE(agent.core().NextDeadline() - agent.now(), absl::Seconds(15));
}

TEST(AgentRegistrationTest, PingTellsHowManyAgentsThereAreNow) {
  AgentHarness agent;
  agent.Register(absl::ZeroDuration());
  internal::MasterMessage ping;
  ping.mutable_ping()->set_sequence(1);
  ping.mutable_ping()->set_return_spread_milliseconds(30'000);
  agent.FromMaster(std::move(ping));
  EXPECT_GT(WaitAfterLoss(agent), absl::Milliseconds(1));
}

TEST(AgentRegistrationTest, MasterThatTellsNoSpreadIsReturnedToAsMesosAgentsDo) {
  AgentHarness agent;
  agent.Register(-absl::Seconds(1));
  const absl::Duration wait = WaitAfterLoss(agent);
  EXPECT_GT(wait, absl::ZeroDuration());
  EXPECT_LT(wait, TestOptions().registration_backoff_factor);
}

TEST(AgentRegistrationTest, SpreadIsBounded) {
  AgentHarness agent;
  agent.Register(absl::Hours(1000));
  EXPECT_LE(WaitAfterLoss(agent), absl::Minutes(1));
}

TEST(AgentRegistrationTest, RemembersItsIdOnDisk) {
  AgentHarness agent;
  agent.Register();
  EXPECT_TRUE(agent.core().Stats().registered);
  EXPECT_EQ(*agent.fs().ReadLink("/work_dir/meta/slaves/latest"), kAgentId);
  agent.Restart();
  agent.OpenLink();
  const std::vector<internal::AgentMessage> messages = agent.TakeMessages();
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_EQ(messages[0].reregister_agent().info().id().value(), kAgentId);
}

TEST(AgentRegistrationTest, IdThatCannotBeWrittenIsTriedAgainAndNothingRunsBefore) {
  AgentHarness agent;
  agent.FailCheckpointsWith(absl::ResourceExhaustedError("no space left on device"));
  agent.Register();
  agent.RunTasks(TestFramework(), {CommandTask("t1")});
  EXPECT_THAT(agent.Take<LaunchContainer>(), IsEmpty());
  const std::vector<v1::TaskStatus> updates = agent.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].state(), v1::TASK_DROPPED);
  agent.Advance(absl::Seconds(3));
  EXPECT_THAT(agent.Take<Exit>(), IsEmpty());
  agent.FailCheckpointsWith(absl::OkStatus());
  agent.Advance(absl::Seconds(1));
  EXPECT_EQ(*agent.fs().ReadLink("/work_dir/meta/slaves/latest"), kAgentId);
}

// The write of the id fails while a launch is on its way behind it.
TEST(AgentRegistrationTest, LaunchBehindAnIdThatWasNotWrittenRecovers) {
  AgentHarness agent;
  agent.HoldCheckpoints(true);
  agent.Register();
  agent.RunTasks(TestFramework(), {CommandTask("t1")});
  agent.FailNextCheckpoint(absl::ResourceExhaustedError("no space left on device"));
  agent.HoldCheckpoints(false);
  EXPECT_THAT(agent.Take<LaunchContainer>(), SizeIs(1));
  agent.Restart();
  EXPECT_THAT(agent.Take<ReattachContainer>(), SizeIs(1));
}

TEST(AgentRegistrationTest, SilentMasterIsDialedAgain) {
  AgentHarness agent;
  agent.Register();
  agent.Take<OpenMasterLink>();
  for (int i = 0; i < 10; ++i) {
    agent.Advance(absl::Seconds(15));
    internal::MasterMessage ping;
    ping.mutable_ping()->set_sequence(i);
    agent.FromMaster(std::move(ping));
    const std::vector<internal::AgentMessage> messages = agent.TakeMessages();
    ASSERT_THAT(messages, Not(IsEmpty()));
    EXPECT_EQ(messages.back().pong().sequence(), static_cast<uint64_t>(i));
  }
  EXPECT_THAT(agent.Take<CloseMasterLink>(), IsEmpty());
  agent.Advance(absl::Seconds(76));
  EXPECT_THAT(agent.Take<CloseMasterLink>(), SizeIs(1));
  EXPECT_FALSE(agent.core().Stats().registered);
  agent.Advance(absl::Seconds(2));
  EXPECT_THAT(agent.Take<OpenMasterLink>(), SizeIs(1));
}

TEST(AgentRegistrationTest, MasterThatDoesNotAnswerIsGivenUp) {
  AgentHarness agent;
  agent.OpenLink();
  agent.Advance(absl::Seconds(16));
  EXPECT_THAT(agent.Take<CloseMasterLink>(), SizeIs(1));
}

TEST(AgentRegistrationTest, MessagesOfAnOldLinkAreIgnored) {
  AgentHarness agent;
  agent.Register();
  const SessionId old = agent.link();
  agent.CloseLink();
  internal::MasterMessage message;
  *message.mutable_run_tasks()->mutable_framework() = TestFramework();
  *message.mutable_run_tasks()->add_tasks() = CommandTask("t1");
  agent.Handle(
      MasterMessageReceived{old, std::make_shared<const internal::MasterMessage>(message)});
  EXPECT_THAT(agent.Take<LaunchContainer>(), IsEmpty());
}

TEST(AgentRegistrationTest, UpdatesWaitForTheMasterAndGoAtOnceThen) {
  AgentHarness agent;
  agent.Register();
  const std::string container = agent.RunToRunning(CommandTask("t1"));
  agent.CloseLink();
  agent.Exited(container, ExitStatus(0));
  EXPECT_THAT(agent.TakeUpdates(), IsEmpty());
  agent.Advance(absl::Seconds(2));
  agent.TakeMessages();
  agent.Register();
  std::vector<internal::AgentMessage> messages = agent.TakeMessages();
  ASSERT_THAT(messages, SizeIs(2));
  ASSERT_EQ(messages[0].reregister_agent().tasks_size(), 1);
  EXPECT_EQ(messages[0].reregister_agent().tasks(0).state(), v1::TASK_FINISHED);
  EXPECT_EQ(messages[0].reregister_agent().tasks(0).status_update_state(), v1::TASK_FINISHED);
  EXPECT_EQ(messages[1].status_update().status().state(), v1::TASK_FINISHED);
}

// Else it would be answered to the scheduler before the updates that lead there.
TEST(AgentRegistrationTest, AStateThatIsNotOnDiskIsNotTakenForTold) {
  AgentHarness agent;
  agent.Register();
  agent.RunTasks(TestFramework(), {CommandTask("t1")});
  const std::string container = agent.Take<LaunchContainer>().at(0).spec.container_id;
  agent.FailCheckpointsWith(absl::ResourceExhaustedError("no space left on device"));
  agent.Started(container);
  agent.Exited(container, ExitStatus(0));
  agent.CloseLink();
  agent.Advance(absl::Seconds(2));
  agent.TakeMessages();
  agent.Register();
  const std::vector<internal::AgentMessage> messages = agent.TakeMessages();
  ASSERT_THAT(messages, SizeIs(1));
  ASSERT_EQ(messages[0].reregister_agent().tasks_size(), 1);
  EXPECT_EQ(messages[0].reregister_agent().tasks(0).state(), v1::TASK_FINISHED);
  EXPECT_EQ(messages[0].reregister_agent().tasks(0).status_update_state(), v1::TASK_STAGING);
}

// Else an agent with large tasks could never come back.
TEST(AgentRegistrationTest, ReturnsInPartsWhereItHasMuch) {
  AgentHarness agent;
  agent.Register();
  std::set<std::string> running;
  for (int i = 0; i < 9; ++i) {
    v1::TaskInfo task = CommandTask(absl::StrCat("t", i), "sleep 1000");
    v1::Label& label = *task.mutable_labels()->add_labels();
    label.set_key("large");
    label.set_value(std::string(i == 4 ? limits::kPartBytes + 1 : limits::kPartBytes / 3, 'x'));
    running.insert(task.task_id().value());
    agent.RunToRunning(task);
  }
  agent.CloseLink();
  agent.Advance(absl::Seconds(2));
  agent.TakeMessages();
  agent.OpenLink();
  const std::vector<internal::AgentMessage> messages = agent.TakeMessages();
  ASSERT_GT(messages.size(), 3u);
  const auto take = [&](const auto& part) {
    for (const v1::Task& task : part.tasks()) {
      EXPECT_EQ(running.erase(task.task_id().value()), 1u) << task.task_id().value();
    }
  };
  int frameworks = 0;
  for (size_t i = 0; i + 1 < messages.size(); ++i) {
    ASSERT_TRUE(messages[i].has_reregistration_part());
    EXPECT_LE(messages[i].ByteSizeLong(), limits::kPartBytes + 10'000);
    frameworks += messages[i].reregistration_part().frameworks_size();
    take(messages[i].reregistration_part());
  }
  ASSERT_TRUE(messages.back().has_reregister_agent());
  take(messages.back().reregister_agent());
  EXPECT_EQ(frameworks + messages.back().reregister_agent().frameworks_size(), 1);
  EXPECT_THAT(running, IsEmpty());
}

TEST(AgentRegistrationTest, LeavesOutTheDataOfStatuses) {
  constexpr SessionId kSession{7};
  AgentHarness agent;
  agent.Register();
  agent.RunTasks(TestFramework(), {ExecutorTask("t1", "e1")});
  agent.Started(agent.Take<LaunchContainer>().at(0).spec.container_id);
  agent.ExecutorSubscribe("e1", kSession);
  v1::executor::Call call;
  call.set_type(v1::executor::Call::UPDATE);
  call.mutable_framework_id()->set_value(kFrameworkId);
  call.mutable_executor_id()->set_value("e1");
  v1::TaskStatus& status = *call.mutable_update()->mutable_status();
  status.mutable_task_id()->set_value("t1");
  status.set_state(v1::TASK_RUNNING);
  status.set_source(v1::TaskStatus::SOURCE_EXECUTOR);
  status.set_uuid(std::string(16, 'u'));
  status.set_data(std::string(1000, 'x'));
  EXPECT_TRUE(agent.ExecutorCall(call, kSession).ok());
  agent.CloseLink();
  agent.Advance(absl::Seconds(2));
  agent.TakeMessages();
  agent.OpenLink();
  const std::vector<internal::AgentMessage> messages = agent.TakeMessages();
  ASSERT_THAT(messages, SizeIs(1));
  ASSERT_EQ(messages[0].reregister_agent().tasks_size(), 1);
  const v1::Task& task = messages[0].reregister_agent().tasks(0);
  EXPECT_EQ(task.state(), v1::TASK_RUNNING);
  EXPECT_GT(task.statuses_size(), 0);
  for (const v1::TaskStatus& told : task.statuses()) EXPECT_FALSE(told.has_data());
}

TEST(AgentRegistrationTest, TellsTheMasterOfTasksThatItDoesNotKnow) {
  AgentHarness agent;
  agent.Register();
  agent.RunToRunning(CommandTask("t1", "sleep 1000"));
  agent.CloseLink();
  agent.Advance(absl::Seconds(2));
  agent.OpenLink();
  agent.TakeMessages();
  internal::MasterMessage message;
  message.mutable_reregistered()->mutable_agent_id()->set_value(kAgentId);
  message.mutable_reregistered()->mutable_master()->set_id("m");
  message.mutable_reregistered()->mutable_master()->set_ip(1);
  message.mutable_reregistered()->mutable_master()->set_port(5050);
  message.mutable_reregistered()->set_ping_timeout_milliseconds(1000);
  for (const char* id : {"t1", "lost"}) {
    internal::ReconcileTask* task = message.mutable_reregistered()->add_reconcile();
    task->mutable_framework_id()->set_value(kFrameworkId);
    task->mutable_task_id()->set_value(id);
  }
  agent.FromMaster(std::move(message));
  const std::vector<v1::TaskStatus> updates = agent.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].task_id().value(), "lost");
  EXPECT_EQ(updates[0].state(), v1::TASK_DROPPED);
  EXPECT_EQ(updates[0].reason(), v1::TaskStatus::REASON_RECONCILIATION);
}

TEST(AgentRegistrationTest, ShutdownByTheMasterKillsForgetsAndExitsWithAnError) {
  AgentHarness agent;
  agent.Register();
  const std::string container = agent.RunToRunning(CommandTask("t1", "sleep 1000"));
  internal::MasterMessage message;
  message.mutable_shutdown()->set_message("marked gone");
  agent.FromMaster(std::move(message));
  EXPECT_THAT(agent.Take<KillContainer>(), SizeIs(1));
  agent.Exited(container, ExitStatus(0));
  const std::vector<Exit> exits = agent.Take<Exit>();
  ASSERT_THAT(exits, SizeIs(1));
  EXPECT_THAT(exits[0].status.message(), HasSubstr("marked gone"));
  EXPECT_FALSE(agent.fs().Exists("/work_dir/meta/slaves/latest"));
}

TEST(AgentRegistrationTest, ShutdownOnRequestUnregisters) {
  AgentHarness agent;
  agent.Register();
  agent.RunToRunning(CommandTask("t1", "sleep 1000"));
  agent.TakeMessages();
  agent.Handle(ShutdownRequested{"SIGUSR1"});
  EXPECT_THAT(agent.Take<Exit>(), IsEmpty());
  // A container that does not end does not keep the agent for ever.
  agent.Advance(absl::Minutes(1));
  const std::vector<Exit> exits = agent.Take<Exit>();
  ASSERT_THAT(exits, Not(IsEmpty()));
  const std::vector<internal::AgentMessage> messages = agent.TakeMessages();
  ASSERT_THAT(messages, Not(IsEmpty()));
  EXPECT_TRUE(messages.back().has_unregister_agent());
}

TEST(AgentRegistrationTest, TellsNothingOfAFrameworkThatWasShutDown) {
  AgentHarness agent;
  agent.Register();
  agent.RunToRunning(CommandTask("t1", "sleep 1000"));
  agent.RunToRunning(CommandTask("t2", "sleep 1000"), TestFramework("framework-2"));
  internal::MasterMessage message;
  message.mutable_shutdown_framework()->mutable_framework_id()->set_value(kFrameworkId);
  agent.FromMaster(std::move(message));
  agent.TakeMessages();
  agent.CloseLink();
  agent.Advance(absl::Minutes(1));
  agent.OpenLink();
  const std::vector<internal::AgentMessage> messages = agent.TakeMessages();
  ASSERT_THAT(messages, SizeIs(1));
  const internal::ReregisterAgent& told = messages[0].reregister_agent();
  ASSERT_THAT(told.frameworks(), SizeIs(1));
  EXPECT_EQ(told.frameworks(0).id().value(), "framework-2");
  ASSERT_THAT(told.tasks(), SizeIs(1));
  EXPECT_EQ(told.tasks(0).task_id().value(), "t2");
}

TEST(AgentDeterminismTest, SameEventsGiveTheSameEffects) {
  auto run = [] {
    AgentHarness agent;
    agent.Register();
    const std::string container = agent.RunToRunning(CommandTask("t1"));
    agent.Exited(container, ExitStatus(0));
    std::string trace = container;
    for (const v1::TaskStatus& status : agent.TakeUpdates()) trace += status.SerializeAsString();
    return trace;
  };
  EXPECT_EQ(run(), run());
}

}  // namespace
}  // namespace mesos::agent
