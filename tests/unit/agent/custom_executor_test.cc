#include <algorithm>
#include <csignal>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "agent/checkpoint/paths.h"
#include "agent/checkpoint/record_codec.h"
#include "common/base/limits.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "internal/checkpoint.pb.h"
#include "tests/unit/agent/agent_harness.h"

namespace mesos::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Event = v1::executor::Event;

constexpr SessionId kSession{500};

class CustomExecutorTest : public testing::Test {
 protected:
  CustomExecutorTest() {
    agent_.Register();
    agent_.TakeMessages();
  }

  // Runs task t1 under executor e1 until its LAUNCH was delivered.
  void Deliver() {
    agent_.RunTasks(TestFramework(), {ExecutorTask("t1", "e1")});
    container_ = agent_.Take<LaunchContainer>().at(0).spec.container_id;
    agent_.Started(container_);
    agent_.ExecutorSubscribe("e1", kSession);
    agent_.TakeExecutorEvents();
  }

  // As Deliver, and the scheduler has acknowledged TASK_RUNNING.
  void Run() {
    Deliver();
    agent_.ExecutorUpdate("e1", kSession, "t1", v1::TASK_RUNNING);
    agent_.Acknowledge(OneUpdate());
    agent_.TakeExecutorEvents();
  }

  v1::TaskStatus OneUpdate() {
    std::vector<v1::TaskStatus> updates = agent_.TakeUpdates();
    EXPECT_THAT(updates, SizeIs(1));
    return updates.empty() ? v1::TaskStatus() : updates[0];
  }

  static std::vector<Event::Type> Types(const std::vector<Event>& events) {
    std::vector<Event::Type> types;
    for (const Event& event : events) types.push_back(event.type());
    return types;
  }

  v1::executor::Call Call(v1::executor::Call::Type type, const std::string& executor = "e1") {
    v1::executor::Call call;
    call.set_type(type);
    call.mutable_executor_id()->set_value(executor);
    call.mutable_framework_id()->set_value(kFrameworkId);
    return call;
  }

  internal::MasterMessage ShutdownMessage() {
    internal::MasterMessage message;
    message.mutable_shutdown_executor()->mutable_framework_id()->set_value(kFrameworkId);
    message.mutable_shutdown_executor()->mutable_executor_id()->set_value("e1");
    return message;
  }

  AgentHarness agent_;
  std::string container_;
};

TEST(ExecutorEnvironmentTest, HasAnIpv6AddressInBrackets) {
  AgentOptions options = TestOptions();
  options.ip = "fd00::2";
  AgentHarness agent(options);
  agent.Register();
  agent.RunTasks(TestFramework(), {ExecutorTask("t1", "e1")});
  const auto environment = agent.Take<LaunchContainer>().at(0).spec.environment;
  EXPECT_EQ(environment.at("MESOS_SLAVE_PID"), "slave(1)@[fd00::2]:5051");
  EXPECT_EQ(environment.at("MESOS_AGENT_ENDPOINT"), "[fd00::2]:5051");
  EXPECT_EQ(environment.at("LIBPROCESS_IP"), "fd00::2");
}

TEST_F(CustomExecutorTest, FindsTheEnvironmentThatMesosGives) {
  agent_.RunTasks(TestFramework(), {ExecutorTask("t1", "e1")});
  const ContainerSpec spec = agent_.Take<LaunchContainer>().at(0).spec;
  const auto& environment = spec.environment;
  for (const char* name :
       {"LIBPROCESS_IP", "MESOS_AGENT_ENDPOINT", "MESOS_CHECKPOINT", "MESOS_DIRECTORY",
        "MESOS_EXECUTOR_AUTHENTICATION_TOKEN", "MESOS_EXECUTOR_ID",
        "MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD", "MESOS_FRAMEWORK_ID", "MESOS_HTTP_COMMAND_EXECUTOR",
        "MESOS_RECOVERY_TIMEOUT", "MESOS_SANDBOX", "MESOS_SLAVE_ID", "MESOS_SLAVE_PID",
        "MESOS_SUBSCRIPTION_BACKOFF_MAX"}) {
    EXPECT_EQ(environment.count(name), 1u) << name;
  }
  EXPECT_EQ(environment.count("MESOS_DOMAIN_SOCKET"), 0u);
  EXPECT_EQ(environment.at("MESOS_AGENT_ENDPOINT"), "10.0.0.1:5051");
  EXPECT_EQ(environment.at("MESOS_SLAVE_PID"), "slave(1)@10.0.0.1:5051");
  EXPECT_EQ(environment.at("MESOS_RECOVERY_TIMEOUT"), "15mins");
  EXPECT_EQ(environment.at("MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD"), "5secs");
  EXPECT_EQ(environment.at("LIBMESOS_AGENT_SOCKET"), "/run/mesos/executors.sock");
}

TEST_F(CustomExecutorTest, IsToldTheSocketInMesosWayWhereTheFlagAsksForIt) {
  AgentOptions options = TestOptions();
  options.announce_domain_socket = true;
  AgentHarness agent(options);
  agent.Register();
  agent.RunTasks(TestFramework(), {ExecutorTask("t1", "e1")});
  const ContainerSpec spec = agent.Take<LaunchContainer>().at(0).spec;
  EXPECT_EQ(spec.environment.at("MESOS_DOMAIN_SOCKET"), "/run/mesos/executors.sock");
}

TEST_F(CustomExecutorTest, GetsSubscribedThenItsQueuedTasksInOrder) {
  agent_.RunTasks(TestFramework(), {ExecutorTask("t2", "e1"), ExecutorTask("t1", "e1")});
  ASSERT_THAT(agent_.Take<LaunchContainer>(), SizeIs(1));
  agent_.ExecutorSubscribe("e1", kSession);
  const std::vector<Event> events = agent_.TakeExecutorEvents();
  ASSERT_THAT(Types(events), ElementsAre(Event::SUBSCRIBED, Event::LAUNCH, Event::LAUNCH));
  EXPECT_EQ(events[0].subscribed().executor_info().executor_id().value(), "e1");
  EXPECT_EQ(events[0].subscribed().agent_info().id().value(), kAgentId);
  EXPECT_EQ(events[1].launch().task().task_id().value(), "t2");
  EXPECT_EQ(events[2].launch().task().task_id().value(), "t1");
}

TEST_F(CustomExecutorTest, LaterTaskGoesToTheRunningExecutor) {
  Run();
  agent_.RunTasks(TestFramework(), {ExecutorTask("t2", "e1")});
  EXPECT_THAT(agent_.Take<LaunchContainer>(), IsEmpty());
  EXPECT_THAT(Types(agent_.TakeExecutorEvents()), ElementsAre(Event::LAUNCH));
}

TEST_F(CustomExecutorTest, UpdateIsAcknowledgedOnceItIsOnDisk) {
  Deliver();
  agent_.HoldCheckpoints(true);
  agent_.ExecutorUpdate("e1", kSession, "t1", v1::TASK_RUNNING);
  EXPECT_THAT(agent_.TakeExecutorEvents(), IsEmpty());
  EXPECT_THAT(agent_.TakeUpdates(), IsEmpty());
  agent_.HoldCheckpoints(false);
  EXPECT_THAT(Types(agent_.TakeExecutorEvents()), ElementsAre(Event::ACKNOWLEDGED));
  const v1::TaskStatus status = OneUpdate();
  EXPECT_EQ(status.state(), v1::TASK_RUNNING);
  EXPECT_EQ(status.container_status().container_id().value(), container_);
}

TEST_F(CustomExecutorTest, RepeatedUpdateIsAcknowledgedAndNotForwarded) {
  Run();
  agent_.ExecutorUpdate("e1", kSession, "t1", v1::TASK_RUNNING);
  EXPECT_THAT(Types(agent_.TakeExecutorEvents()), ElementsAre(Event::ACKNOWLEDGED));
  EXPECT_THAT(agent_.TakeUpdates(), IsEmpty());
  agent_.ExecutorUpdate("e1", kSession, "t1", v1::TASK_FINISHED);
  agent_.Acknowledge(OneUpdate());
  agent_.TakeExecutorEvents();
  agent_.ExecutorUpdate("e1", kSession, "t1", v1::TASK_FINISHED);
  EXPECT_THAT(Types(agent_.TakeExecutorEvents()), ElementsAre(Event::ACKNOWLEDGED));
  EXPECT_THAT(agent_.TakeUpdates(), IsEmpty());
}

TEST_F(CustomExecutorTest, MessagesPassBothWays) {
  Run();
  internal::MasterMessage message;
  message.mutable_framework_message()->mutable_framework_id()->set_value(kFrameworkId);
  message.mutable_framework_message()->mutable_executor_id()->set_value("e1");
  message.mutable_framework_message()->set_data("ping");
  agent_.FromMaster(std::move(message));
  const std::vector<Event> events = agent_.TakeExecutorEvents();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].message().data(), "ping");
  v1::executor::Call call = Call(v1::executor::Call::MESSAGE);
  call.mutable_message()->set_data("pong");
  EXPECT_TRUE(agent_.ExecutorCall(call, kSession).ok());
  const std::vector<internal::AgentMessage> messages = agent_.TakeMessages();
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_EQ(messages[0].executor_message().data(), "pong");
}

TEST_F(CustomExecutorTest, KillIsTheExecutorsToCarryOut) {
  Run();
  agent_.KillTask("t1", absl::Seconds(9));
  const std::vector<Event> events = agent_.TakeExecutorEvents();
  ASSERT_THAT(Types(events), ElementsAre(Event::KILL));
  EXPECT_EQ(events[0].kill().kill_policy().grace_period().nanoseconds(), 9'000'000'000);
  EXPECT_THAT(agent_.Take<KillContainer>(), IsEmpty());
  EXPECT_THAT(agent_.TakeUpdates(), IsEmpty());
}

TEST_F(CustomExecutorTest, KillWhileDisconnectedIsSentWhenItIsBack) {
  Run();
  agent_.Handle(ExecutorSessionClosed{kSession});
  agent_.KillTask("t1");
  EXPECT_THAT(agent_.TakeExecutorEvents(), IsEmpty());
  agent_.ExecutorSubscribe("e1", SessionId{501});
  EXPECT_THAT(Types(agent_.TakeExecutorEvents()), ElementsAre(Event::SUBSCRIBED, Event::KILL));
}

TEST_F(CustomExecutorTest, QueuedTaskThatIsKilledIsNeverDelivered) {
  agent_.RunTasks(TestFramework(), {ExecutorTask("t1", "e1"), ExecutorTask("t2", "e1")});
  agent_.KillTask("t1");
  EXPECT_EQ(OneUpdate().state(), v1::TASK_KILLED);
  agent_.ExecutorSubscribe("e1", kSession);
  const std::vector<Event> events = agent_.TakeExecutorEvents();
  ASSERT_THAT(Types(events), ElementsAre(Event::SUBSCRIBED, Event::LAUNCH));
  EXPECT_EQ(events[1].launch().task().task_id().value(), "t2");
}

TEST_F(CustomExecutorTest, WithoutAnyTaskLeftItIsShutDownWhenItRegisters) {
  agent_.RunTasks(TestFramework(), {ExecutorTask("t1", "e1")});
  agent_.KillTask("t1");
  agent_.ExecutorSubscribe("e1", kSession);
  EXPECT_THAT(Types(agent_.TakeExecutorEvents()), ElementsAre(Event::SUBSCRIBED, Event::SHUTDOWN));
}

TEST_F(CustomExecutorTest, ExitFailsItsTasksAndTellsTheMaster) {
  Run();
  agent_.Exited(container_, ExitStatus(7));
  const std::vector<internal::AgentMessage> messages = agent_.TakeMessages();
  ASSERT_THAT(messages, SizeIs(2));
  EXPECT_EQ(messages[0].executor_exited().executor_id().value(), "e1");
  EXPECT_EQ(messages[0].executor_exited().status(), ExitStatus(7));
  const v1::TaskStatus& status = messages[1].status_update().status();
  EXPECT_EQ(status.state(), v1::TASK_FAILED);
  EXPECT_EQ(status.reason(), v1::TaskStatus::REASON_EXECUTOR_TERMINATED);
  EXPECT_EQ(status.source(), v1::TaskStatus::SOURCE_AGENT);
  EXPECT_THAT(status.message(), HasSubstr("exited with status 7"));
}

TEST_F(CustomExecutorTest, RefusesTasksForAnExecutorThatEnds) {
  Run();
  agent_.FromMaster(ShutdownMessage());
  agent_.RunTasks(TestFramework(), {ExecutorTask("t2", "e1")});
  const v1::TaskStatus status = OneUpdate();
  EXPECT_EQ(status.state(), v1::TASK_DROPPED);
  EXPECT_EQ(status.message(), "Executor terminating");
}

TEST_F(CustomExecutorTest, StaysWhenItsTasksAreOver) {
  Run();
  agent_.ExecutorUpdate("e1", kSession, "t1", v1::TASK_FINISHED);
  agent_.Acknowledge(OneUpdate());
  EXPECT_EQ(agent_.core().Stats().executors, 1u);
  EXPECT_EQ(agent_.core().Stats().tasks, 0u);
}

TEST_F(CustomExecutorTest, ThatDoesNotRegisterInTimeIsDestroyed) {
  agent_.RunTasks(TestFramework(), {ExecutorTask("t1", "e1")});
  const std::string container = agent_.Take<LaunchContainer>().at(0).spec.container_id;
  agent_.Started(container);
  agent_.Advance(absl::Seconds(61));
  EXPECT_THAT(agent_.Take<DestroyContainer>(), SizeIs(1));
  agent_.Exited(container, SignalStatus(SIGKILL));
  const v1::TaskStatus status = OneUpdate();
  EXPECT_EQ(status.state(), v1::TASK_FAILED);
  EXPECT_EQ(status.reason(), v1::TaskStatus::REASON_EXECUTOR_REGISTRATION_TIMEOUT);
  EXPECT_EQ(status.message(), "Executor did not register within 1mins");
}

TEST_F(CustomExecutorTest, ShutdownIsAskedForThenEnforced) {
  Run();
  agent_.FromMaster(ShutdownMessage());
  EXPECT_THAT(Types(agent_.TakeExecutorEvents()), ElementsAre(Event::SHUTDOWN));
  agent_.Advance(absl::Seconds(4));
  EXPECT_THAT(agent_.Take<DestroyContainer>(), IsEmpty());
  agent_.Advance(absl::Seconds(2));
  EXPECT_THAT(agent_.Take<DestroyContainer>(), SizeIs(1));
  agent_.Exited(container_, SignalStatus(SIGKILL));
  EXPECT_EQ(OneUpdate().state(), v1::TASK_FAILED);
}

TEST_F(CustomExecutorTest, MayReportKilledTasksWhileItShutsDown) {
  Run();
  agent_.FromMaster(ShutdownMessage());
  agent_.ExecutorUpdate("e1", kSession, "t1", v1::TASK_KILLED);
  const v1::TaskStatus status = OneUpdate();
  EXPECT_EQ(status.state(), v1::TASK_KILLED);
  agent_.Exited(container_, ExitStatus(0));
  agent_.Acknowledge(status);
  EXPECT_EQ(agent_.core().Stats().executors, 0u);
}

TEST_F(CustomExecutorTest, CallsOfStrangersAreRefusedInMesosWords) {
  v1::executor::Call call = Call(v1::executor::Call::SUBSCRIBE, "other");
  EXPECT_EQ(agent_.ExecutorCall(call, kSession),
            absl::InvalidArgumentError(
                "Failed to validate executor::Call: Expecting 'subscribe' to be present"));
  call.mutable_subscribe();
  EXPECT_EQ(agent_.ExecutorCall(call, kSession),
            absl::InvalidArgumentError("Framework cannot be found"));
  Deliver();
  EXPECT_EQ(agent_.ExecutorCall(call, kSession),
            absl::InvalidArgumentError("Executor cannot be found"));
  EXPECT_EQ(agent_.ExecutorCall(Call(v1::executor::Call::HEARTBEAT), SessionId{900}),
            absl::PermissionDeniedError("Executor is not subscribed"));
}

TEST_F(CustomExecutorTest, CallsThatStandAloneNeedASubscribedExecutor) {
  agent_.RunTasks(TestFramework(), {ExecutorTask("t1", "e1")});
  container_ = agent_.Take<LaunchContainer>().at(0).spec.container_id;
  agent_.Started(container_);
  const v1::executor::Call heartbeat = Call(v1::executor::Call::HEARTBEAT);
  EXPECT_EQ(agent_.ExecutorCall(heartbeat, SessionId::kNone),
            absl::PermissionDeniedError("Executor is not subscribed"));
  agent_.ExecutorSubscribe("e1", kSession);
  EXPECT_TRUE(agent_.ExecutorCall(heartbeat, SessionId::kNone).ok());
  // Its stream may be down for a moment.
  agent_.Handle(ExecutorSessionClosed{kSession});
  agent_.TakeExecutorEvents();
  agent_.ExecutorUpdate("e1", SessionId::kNone, "t1", v1::TASK_RUNNING);
  EXPECT_EQ(OneUpdate().state(), v1::TASK_RUNNING);
  EXPECT_THAT(agent_.TakeExecutorEvents(), IsEmpty());
}

TEST_F(CustomExecutorTest, SubscribeIsAnsweredBeforeItsFirstEvent) {
  agent_.RunTasks(TestFramework(), {ExecutorTask("t1", "e1")});
  agent_.Started(agent_.Take<LaunchContainer>().at(0).spec.container_id);
  auto call = std::make_shared<v1::executor::Call>(Call(v1::executor::Call::SUBSCRIBE));
  call->mutable_subscribe();
  ExecutorProof proof;
  proof.container_id = agent_.core().ContainerOf(kFrameworkId, "e1").id;
  agent_.Handle(ExecutorCallReceived{kSession, call, auth::Anonymous(), proof, CallToken{77}});
  const Effects effects = agent_.TakeAll();
  auto answer = std::find_if(effects.begin(), effects.end(), [](const Effect& effect) {
    return std::holds_alternative<AnswerExecutorCall>(effect);
  });
  auto event = std::find_if(effects.begin(), effects.end(), [](const Effect& effect) {
    return std::holds_alternative<SendToExecutor>(effect);
  });
  ASSERT_NE(answer, effects.end());
  ASSERT_NE(event, effects.end());
  EXPECT_LT(answer, event);
}

TEST_F(CustomExecutorTest, UnansweredBadCallClosesItsSession) {
  agent_.Handle(ExecutorCallReceived{
      kSession, std::make_shared<const v1::executor::Call>(Call(v1::executor::Call::SUBSCRIBE)),
      auth::Anonymous(), ExecutorProof()});
  const std::vector<CloseExecutorSession> closed = agent_.Take<CloseExecutorSession>();
  ASSERT_THAT(closed, SizeIs(1));
  EXPECT_FALSE(closed[0].reason.ok());
}

TEST_F(CustomExecutorTest, BadUpdatesAreRefused) {
  Deliver();
  v1::executor::Call call = Call(v1::executor::Call::UPDATE);
  EXPECT_THAT(agent_.ExecutorCall(call, kSession).message(), HasSubstr("'update'"));
  v1::TaskStatus& status = *call.mutable_update()->mutable_status();
  status.mutable_task_id()->set_value("t1");
  status.set_state(v1::TASK_RUNNING);
  EXPECT_THAT(agent_.ExecutorCall(call, kSession).message(), HasSubstr("'uuid'"));
  status.set_uuid("short");
  EXPECT_THAT(agent_.ExecutorCall(call, kSession).message(), HasSubstr("UUID"));
  status.set_uuid("0123456789abcdef");
  EXPECT_THAT(agent_.ExecutorCall(call, kSession).message(), HasSubstr("source"));
  status.set_source(v1::TaskStatus::SOURCE_EXECUTOR);
  status.set_state(v1::TASK_STAGING);
  EXPECT_THAT(agent_.ExecutorCall(call, kSession).message(), HasSubstr("TASK_STAGING"));
  status.set_state(v1::TASK_UNREACHABLE);
  EXPECT_THAT(agent_.ExecutorCall(call, kSession).message(), HasSubstr("TASK_UNREACHABLE"));
  status.set_state(v1::TASK_UNKNOWN);
  EXPECT_THAT(agent_.ExecutorCall(call, kSession).message(), HasSubstr("TASK_UNKNOWN"));
  status.set_state(v1::TASK_RUNNING);
  status.mutable_executor_id()->set_value("e2");
  EXPECT_THAT(agent_.ExecutorCall(call, kSession).message(), HasSubstr("does not match"));
  status.clear_executor_id();
  status.mutable_task_id()->set_value("nobody");
  EXPECT_THAT(agent_.ExecutorCall(call, kSession).message(), HasSubstr("nobody"));
}

TEST_F(CustomExecutorTest, SecondSubscriptionReplacesTheFirst) {
  Run();
  agent_.ExecutorSubscribe("e1", SessionId{501});
  const std::vector<CloseExecutorSession> closed = agent_.Take<CloseExecutorSession>();
  ASSERT_THAT(closed, SizeIs(1));
  EXPECT_EQ(closed[0].session, kSession);
}

TEST_F(CustomExecutorTest, DefaultExecutorIsRefusedByName) {
  v1::TaskInfo task = ExecutorTask("t1", "e1");
  task.mutable_executor()->set_type(v1::ExecutorInfo::DEFAULT);
  agent_.RunTasks(TestFramework(), {task});
  const v1::TaskStatus status = OneUpdate();
  EXPECT_EQ(status.state(), v1::TASK_ERROR);
  EXPECT_THAT(status.message(), HasSubstr("DEFAULT"));
}

class ExecutorProofTest : public CustomExecutorTest {
 protected:
  void Launch() {
    agent_.RunTasks(TestFramework(), {ExecutorTask("t1", "e1")});
    const ContainerSpec spec = agent_.Take<LaunchContainer>().at(0).spec;
    container_ = spec.container_id;
    token_ = spec.environment.at("MESOS_EXECUTOR_AUTHENTICATION_TOKEN");
    agent_.Started(container_);
  }

  absl::StatusCode Subscribe(ExecutorProof proof) {
    v1::executor::Call call = Call(v1::executor::Call::SUBSCRIBE);
    call.mutable_subscribe();
    return agent_.ProvenCall(std::move(call), kSession, std::move(proof)).code();
  }

  std::string token_;
};

TEST_F(ExecutorProofTest, ATokenOrTheContainerShowsWhoCalls) {
  Launch();
  EXPECT_GE(token_.size(), 32u);
  EXPECT_EQ(Subscribe({}), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(Subscribe({token_ + "0", ""}), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(Subscribe({token_.substr(1), ""}), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(Subscribe({"", "another-container"}), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(Subscribe({"wrong", container_}), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(agent_.TakeExecutorEvents(), IsEmpty());
  EXPECT_EQ(agent_.core().Stats().unproven_executor_calls, 5u);
  EXPECT_EQ(Subscribe({token_, ""}), absl::StatusCode::kOk);
  EXPECT_EQ(Subscribe({"", container_}), absl::StatusCode::kOk);
}

TEST_F(ExecutorProofTest, AStrangerTakesNoSessionAndTellsNoUpdate) {
  Launch();
  EXPECT_EQ(Subscribe({token_, ""}), absl::StatusCode::kOk);
  agent_.TakeExecutorEvents();
  agent_.TakeAll();
  v1::executor::Call call = Call(v1::executor::Call::SUBSCRIBE);
  call.mutable_subscribe();
  constexpr SessionId kStranger{501};
  EXPECT_EQ(agent_.ProvenCall(call, kStranger, {}).code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(agent_.Take<CloseExecutorSession>(), IsEmpty());
  // Calls that stand alone prove themselves one by one, those on a session by its SUBSCRIBE.
  v1::executor::Call heartbeat = Call(v1::executor::Call::HEARTBEAT);
  EXPECT_EQ(agent_.ProvenCall(heartbeat, SessionId::kNone, {}).code(),
            absl::StatusCode::kUnauthenticated);
  EXPECT_TRUE(agent_.ProvenCall(heartbeat, SessionId::kNone, {token_, ""}).ok());
  EXPECT_TRUE(agent_.ProvenCall(heartbeat, kSession, {}).ok());
}

TEST_F(ExecutorProofTest, EachRunHasItsOwnTokenWhateverItsCommandSays) {
  v1::TaskInfo task = ExecutorTask("t1", "e1");
  auto* variable =
      task.mutable_executor()->mutable_command()->mutable_environment()->add_variables();
  variable->set_name("MESOS_EXECUTOR_AUTHENTICATION_TOKEN");
  variable->set_value("guessed");
  agent_.RunTasks(TestFramework(), {task, ExecutorTask("t2", "e2")});
  const std::vector<LaunchContainer> launches = agent_.Take<LaunchContainer>();
  ASSERT_THAT(launches, SizeIs(2));
  const auto token = [&](size_t i) {
    return launches[i].spec.environment.at("MESOS_EXECUTOR_AUTHENTICATION_TOKEN");
  };
  EXPECT_NE(token(0), "guessed");
  EXPECT_NE(token(0), token(1));
  agent_.Started(launches[0].spec.container_id);
  EXPECT_EQ(Subscribe({token(1), ""}), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(Subscribe({token(0), ""}), absl::StatusCode::kOk);
}

TEST_F(ExecutorProofTest, ACommandTaskHasNone) {
  agent_.RunTasks(TestFramework(), {CommandTask("t1")});
  EXPECT_EQ(agent_.Take<LaunchContainer>().at(0).spec.environment.count(
                "MESOS_EXECUTOR_AUTHENTICATION_TOKEN"),
            0u);
}

TEST_F(ExecutorProofTest, ARestartedAgentKnowsTheToken) {
  Launch();
  EXPECT_EQ(Subscribe({token_, ""}), absl::StatusCode::kOk);
  agent_.Restart();
  EXPECT_EQ(Subscribe({}), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(Subscribe({token_, ""}), absl::StatusCode::kOk);
}

// One that an agent launched which gave no tokens has nothing to show.
TEST_F(ExecutorProofTest, AnExecutorOfOldIsTakenBack) {
  Launch();
  EXPECT_EQ(Subscribe({token_, ""}), absl::StatusCode::kOk);
  const std::string path =
      absl::StrCat(kMetaDirectory, "/", meta::ExecutorInfo(kAgentId, kFrameworkId, "e1"));
  internal::ExecutorCheckpoint checkpoint;
  checkpoint.set_version(kCheckpointVersion);
  *checkpoint.mutable_info() = ExecutorTask("t1", "e1").executor();
  checkpoint.mutable_info()->mutable_framework_id()->set_value(kFrameworkId);
  ASSERT_TRUE(agent_.fs().Read(path).ok());
  const std::string bytes = EncodeHeader() + EncodeRecord(checkpoint.SerializeAsString());
  ASSERT_TRUE(agent_.fs().WriteAtomically(path, bytes, Sync::kYes).ok());
  agent_.Restart();
  EXPECT_EQ(Subscribe({}), absl::StatusCode::kOk);
}

// Of a scheduler that acknowledges nothing: the executor has to wait, and nothing is lost.
TEST_F(CustomExecutorTest, UpdatesThatNobodyAcknowledgesAreBounded) {
  Run();
  int made = 0;
  const auto update = [&](v1::TaskState state, size_t data) {
    v1::executor::Call call = Call(v1::executor::Call::UPDATE);
    v1::TaskStatus& status = *call.mutable_update()->mutable_status();
    status.mutable_task_id()->set_value("t1");
    status.set_state(state);
    status.set_source(v1::TaskStatus::SOURCE_EXECUTOR);
    status.set_uuid(absl::StrFormat("uuid-%011d", ++made));
    status.set_data(std::string(data, 'x'));
    return call;
  };
  constexpr size_t kData = 4 << 20;
  int taken = 0;
  absl::Status refused;
  while (refused.ok() && taken < 100) {
    refused = agent_.ExecutorCall(update(v1::TASK_RUNNING, kData), SessionId::kNone);
    if (refused.ok()) ++taken;
  }
  EXPECT_EQ(taken, 7);  // of 4 MiB and a little, within 32 MiB
  EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  EXPECT_THAT(refused.message(), HasSubstr("task 't1'"));
  const AgentStats stats = agent_.core().Stats();
  EXPECT_EQ(stats.updates_without_room, 1u);
  EXPECT_GT(stats.pending_update_bytes, 7 * kData);
  EXPECT_LE(stats.pending_update_bytes, limits::kMaxExecutorUpdateBytes);
  EXPECT_THAT(agent_.TakeExecutorEvents(), SizeIs(7));

  // Over a stream nothing is answered, and the session stays.
  agent_.Handle(ExecutorCallReceived{
      kSession, std::make_shared<const v1::executor::Call>(update(v1::TASK_RUNNING, kData)),
      auth::Anonymous(), ExecutorProof()});
  EXPECT_THAT(agent_.Take<CloseExecutorSession>(), IsEmpty());
  EXPECT_THAT(agent_.TakeExecutorEvents(), IsEmpty());

  // One acknowledgement makes room for one.
  agent_.Acknowledge(OneUpdate());
  const v1::executor::Call again = update(v1::TASK_RUNNING, kData);
  EXPECT_TRUE(agent_.ExecutorCall(again, SessionId::kNone).ok());
  // What was taken is told again without room, and so is a task's end.
  EXPECT_TRUE(agent_.ExecutorCall(again, SessionId::kNone).ok());
  EXPECT_TRUE(agent_.ExecutorCall(update(v1::TASK_FINISHED, 1000), SessionId::kNone).ok());
  int delivered = 1;
  for (v1::TaskStatus status = OneUpdate(); status.state() != v1::TASK_FINISHED;
       status = OneUpdate()) {
    EXPECT_EQ(status.data().size(), kData);
    ++delivered;
    agent_.Acknowledge(status);
    ASSERT_LE(delivered, 8);
  }
  EXPECT_EQ(delivered, 8);
}

}  // namespace
}  // namespace mesos::agent
