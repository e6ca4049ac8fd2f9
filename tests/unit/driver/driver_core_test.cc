#include "scheduler_driver/core/driver_core.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/driver/driver_core_harness.h"

namespace mesos::scheduler_driver {
namespace {

TEST(DriverCoreTest, SubscribesOnceTheSessionStands) {
  Driver driver;
  driver.Connect();
  ASSERT_EQ(driver.Sent().size(), 1u);
  const Call call = driver.Sent()[0];
  EXPECT_EQ(call.type(), Call::SUBSCRIBE);
  EXPECT_FALSE(call.has_framework_id());
  EXPECT_EQ(call.subscribe().framework_info().name(), "test");
  driver.Do(EventReceived{driver.session(), SubscribedEvent()});
  ASSERT_TRUE(driver.Has<Registered>());
  EXPECT_EQ(driver.All<Registered>()[0].framework_id.value(), "F1");
  EXPECT_TRUE(driver.core().registered());
}

TEST(DriverCoreTest, SubscribesAgainWithTheIdInBothPlacesAfterALoss) {
  Driver driver;
  driver.Subscribe();
  driver.Lose();
  EXPECT_TRUE(driver.Has<Disconnected>());
  EXPECT_GT(driver.core().NextDeadline(), kStart);
  driver.TickAt(driver.core().NextDeadline());
  driver.Open();
  ASSERT_EQ(driver.Sent().size(), 1u);
  EXPECT_EQ(driver.Sent()[0].framework_id().value(), "F1");
  EXPECT_EQ(driver.Sent()[0].subscribe().framework_info().id().value(), "F1");
  driver.Do(EventReceived{driver.session(), SubscribedEvent()});
  EXPECT_TRUE(driver.Has<Reregistered>());
  EXPECT_FALSE(driver.Has<Registered>());
}

TEST(DriverCoreTest, TakesOverAFrameworkAsRegistered) {
  DriverOptions options;
  options.framework.mutable_id()->set_value("F1");
  Driver driver(std::move(options));
  driver.Connect();
  EXPECT_EQ(driver.Sent().at(0).framework_id().value(), "F1");
  driver.Do(EventReceived{driver.session(), SubscribedEvent()});
  EXPECT_TRUE(driver.Has<Registered>());
}

TEST(DriverCoreTest, BacksOffLongerWithEachFailureUpToTheMaximum) {
  Driver driver;
  driver.Do(Start{});
  absl::Duration longest = absl::ZeroDuration();
  absl::Duration last;
  for (int i = 0; i < 12; ++i) {
    driver.Do(SessionClosed{driver.All<OpenSession>().at(0).session, absl::UnavailableError("no")});
    last = driver.core().NextDeadline() - driver.now_;
    EXPECT_GE(last, absl::Milliseconds(50));
    EXPECT_LE(last, absl::Seconds(2));
    longest = std::max(longest, last);
    driver.TickAt(driver.core().NextDeadline());
    ASSERT_TRUE(driver.Has<OpenSession>());
    EXPECT_FALSE(driver.Has<Disconnected>());
  }
  EXPECT_GE(last, absl::Seconds(1));
}

TEST(DriverCoreTest, DialsAtOnceAfterASubscriptionThatLasted) {
  Driver driver;
  driver.Subscribe();
  for (int i = 0; i < 8; ++i) {
    driver.now_ += absl::Seconds(10);
    driver.Lose();
    EXPECT_EQ(driver.core().NextDeadline(), driver.now_);
    driver.Reconnect();
  }
}

TEST(DriverCoreTest, BacksOffFromAMasterThatSubscribesAndDropsIt) {
  Driver driver;
  driver.Subscribe();
  for (int i = 0; i < 12; ++i) {
    driver.Lose();
    EXPECT_GE(driver.core().NextDeadline() - driver.now_, absl::Milliseconds(50));
    driver.Reconnect();
  }
  driver.Lose();
  EXPECT_GE(driver.core().NextDeadline() - driver.now_, absl::Seconds(5));
}

TEST(DriverCoreTest, GivesASilentSessionUpAfterFiveHeartbeats) {
  Driver driver;
  driver.Connect();
  driver.Receive(SubscribedEvent(2));
  EXPECT_EQ(driver.core().NextDeadline(), kStart + absl::Seconds(10));
  driver.now_ = kStart + absl::Seconds(4);
  driver.Receive(NewEvent(WireEvent::HEARTBEAT));
  EXPECT_EQ(driver.core().NextDeadline(), kStart + absl::Seconds(14));
  driver.TickAt(kStart + absl::Seconds(14));
  EXPECT_TRUE(driver.Has<AbandonSession>());
  EXPECT_TRUE(driver.Has<Disconnected>());
  driver.Open();
  driver.Receive(SubscribedEvent(2));
  EXPECT_TRUE(driver.Has<Reregistered>());
}

TEST(DriverCoreTest, GivesADialWithoutAnswerUp) {
  Driver driver;
  driver.Do(Start{});
  driver.TickAt(kStart + absl::Seconds(10));
  EXPECT_TRUE(driver.Has<AbandonSession>());
  EXPECT_FALSE(driver.Has<Disconnected>());
}

TEST(DriverCoreTest, IgnoresWhatAnOldSessionBrings) {
  Driver driver;
  driver.Subscribe();
  const SessionId old = driver.session();
  driver.Lose();
  driver.Reconnect();
  driver.Do(EventReceived{old, UpdateEvent("t", "u")});
  EXPECT_TRUE(driver.effects().empty());
  driver.Do(SessionClosed{old, absl::OkStatus()});
  EXPECT_TRUE(driver.effects().empty());
}

TEST(DriverCoreTest, AcknowledgesImplicitlyOnceTheCallbackReturned) {
  Driver driver;
  driver.Subscribe();
  driver.Receive(UpdateEvent("t1", "0123456789abcdef"));
  ASSERT_TRUE(driver.Has<StatusUpdate>());
  EXPECT_TRUE(driver.Sent().empty());
  driver.Do(StatusUpdateReturned{driver.All<StatusUpdate>()[0].status});
  ASSERT_EQ(driver.Sent().size(), 1u);
  const Call call = driver.Sent()[0];
  EXPECT_EQ(call.type(), Call::ACKNOWLEDGE);
  EXPECT_EQ(call.framework_id().value(), "F1");
  EXPECT_EQ(call.acknowledge().task_id().value(), "t1");
  EXPECT_EQ(call.acknowledge().agent_id().value(), "A1");
  EXPECT_EQ(call.acknowledge().uuid(), "0123456789abcdef");
}

TEST(DriverCoreTest, AcknowledgesNoUpdateWithoutUuid) {
  Driver driver;
  driver.Subscribe();
  driver.Receive(UpdateEvent("t1", ""));
  driver.Do(StatusUpdateReturned{driver.All<StatusUpdate>().at(0).status});
  EXPECT_TRUE(driver.Sent().empty());
}

TEST(DriverCoreTest, LeavesExplicitAcknowledgementsToTheFramework) {
  Driver driver(/*implicit=*/false);
  driver.Subscribe();
  driver.Receive(UpdateEvent("t1", "u1"));
  driver.Do(StatusUpdateReturned{driver.All<StatusUpdate>().at(0).status});
  EXPECT_TRUE(driver.Sent().empty());
  driver.Make(AcknowledgeCall("t1", "u1"));
  EXPECT_EQ(driver.Sent().at(0).type(), Call::ACKNOWLEDGE);
}

TEST(DriverCoreTest, RefusesAnExplicitAcknowledgementWhereTheyAreImplicit) {
  Driver driver;
  driver.Subscribe();
  driver.Make(AcknowledgeCall("t1", "u1"));
  ASSERT_TRUE(driver.Has<Error>());
  EXPECT_THAT(driver.All<Error>()[0].message, testing::HasSubstr("t1"));
  EXPECT_TRUE(driver.All<Finished>().at(0).aborted);
}

TEST(DriverCoreTest, KeepsAcknowledgementsOverALossAndSendsThemBeforeAnythingElse) {
  Driver driver(/*implicit=*/false);
  driver.Subscribe();
  driver.Lose();
  driver.Make(AcknowledgeCall("t1", "u1"));
  driver.Make(AcknowledgeCall("t2", "u2"));
  EXPECT_TRUE(driver.effects().empty());
  EXPECT_EQ(driver.core().pending_acknowledgements(), 2u);
  driver.Reconnect();
  ASSERT_EQ(driver.Sent().size(), 2u);
  EXPECT_EQ(driver.Sent()[0].acknowledge().uuid(), "u1");
  EXPECT_EQ(driver.Sent()[1].acknowledge().uuid(), "u2");
  EXPECT_TRUE(std::holds_alternative<Reregistered>(driver.effects().back()));
  EXPECT_EQ(driver.core().pending_acknowledgements(), 0u);
}

TEST(DriverCoreTest, KeepsOneKillATaskOverALoss) {
  Driver driver;
  driver.Subscribe();
  driver.Lose();
  for (int i = 0; i < 3; ++i) {
    auto call = NewCall(Call::KILL);
    call->mutable_kill()->mutable_task_id()->set_value("t1");
    driver.Make(call);
  }
  driver.Reconnect();
  ASSERT_EQ(driver.Sent().size(), 1u);
  EXPECT_EQ(driver.Sent()[0].type(), Call::KILL);
  EXPECT_EQ(driver.Sent()[0].framework_id().value(), "F1");
}

TEST(DriverCoreTest, OfMoreKillsThanItKeepsTheLastAreRefusedByName) {
  DriverOptions options;
  options.framework.set_user("root");
  options.framework.set_name("test");
  options.max_kept_calls = 2;
  Driver driver(options);
  driver.Subscribe();
  driver.Lose();
  const auto kill = [&driver](const std::string& task) {
    auto call = NewCall(Call::KILL);
    call->mutable_kill()->mutable_task_id()->set_value(task);
    driver.Make(call);
  };
  for (const char* task : {"t1", "t2", "t1"}) {
    kill(task);
    EXPECT_TRUE(driver.effects().empty());
  }
  kill("t3");
  ASSERT_TRUE(driver.Has<CallRejected>());
  EXPECT_EQ(driver.All<CallRejected>()[0].type, Call::KILL);
  EXPECT_THAT(driver.All<CallRejected>()[0].message, testing::HasSubstr("'t3'"));
  driver.Reconnect();
  EXPECT_EQ(driver.Sent().size(), 2u);
}

TEST(DriverCoreTest, AnswersLaunchesWithoutAMasterItself) {
  for (const bool aware : {false, true}) {
    Driver driver(
        true, aware
                  ? std::vector<v1::FrameworkInfo::Capability::Type>{v1::FrameworkInfo::Capability::
                                                                         PARTITION_AWARE}
                  : std::vector<v1::FrameworkInfo::Capability::Type>{});
    driver.Subscribe();
    driver.Lose();
    driver.Make(LaunchCall("t1"));
    ASSERT_TRUE(driver.Has<StatusUpdate>());
    const auto& status = *driver.All<StatusUpdate>()[0].status;
    EXPECT_EQ(status.state(), aware ? v1::TASK_DROPPED : v1::TASK_LOST);
    EXPECT_EQ(status.reason(), v1::TaskStatus::REASON_MASTER_DISCONNECTED);
    EXPECT_EQ(status.source(), v1::TaskStatus::SOURCE_MASTER);
    EXPECT_EQ(status.message(), "Master disconnected");
    EXPECT_FALSE(status.has_uuid());
    driver.Reconnect();
    EXPECT_TRUE(driver.Sent().empty()) << "the launch was answered already";
  }
}

TEST(DriverCoreTest, DropsDeclinesAndMessagesWithoutAMaster) {
  Driver driver;
  driver.Subscribe();
  driver.Lose();
  for (auto type : {Call::DECLINE, Call::MESSAGE, Call::REQUEST, Call::RECONCILE}) {
    driver.Make(NewCall(type));
    EXPECT_TRUE(driver.effects().empty());
  }
  driver.Reconnect();
  EXPECT_TRUE(driver.Sent().empty());
}

TEST(DriverCoreTest, CarriesSuppressionIntoTheNextSubscription) {
  Driver driver;
  driver.Subscribe();
  auto suppress = NewCall(Call::SUPPRESS);
  suppress->mutable_suppress()->add_roles("web");
  driver.Make(suppress);
  EXPECT_EQ(driver.Sent().at(0).type(), Call::SUPPRESS);
  driver.Lose();
  driver.Make(NewCall(Call::SUPPRESS));  // all roles
  auto revive = NewCall(Call::REVIVE);
  revive->mutable_revive()->add_roles("web");
  driver.Make(revive);
  driver.TickAt(driver.core().NextDeadline());
  driver.Open();
  EXPECT_THAT(driver.Sent().at(0).subscribe().suppressed_roles(), testing::ElementsAre("db"));
}

TEST(DriverCoreTest, CarriesAFrameworkUpdateIntoTheNextSubscription) {
  Driver driver;
  driver.Subscribe();
  driver.Lose();
  auto update = NewCall(Call::UPDATE_FRAMEWORK);
  update->mutable_update_framework()->mutable_framework_info()->set_name("renamed");
  driver.Make(update);
  driver.TickAt(driver.core().NextDeadline());
  driver.Open();
  EXPECT_EQ(driver.Sent().at(0).subscribe().framework_info().name(), "renamed");
  EXPECT_EQ(driver.Sent().at(0).subscribe().framework_info().id().value(), "F1");
}

TEST(DriverCoreTest, RefusesAFrameworkUpdateOfAnotherId) {
  Driver driver;
  driver.Subscribe();
  auto update = NewCall(Call::UPDATE_FRAMEWORK);
  update->mutable_update_framework()->mutable_framework_info()->mutable_id()->set_value("F2");
  driver.Make(update);
  EXPECT_TRUE(driver.Sent().empty());
  EXPECT_THAT(driver.All<CallRejected>().at(0).message, testing::HasSubstr("F2"));
}

TEST(DriverCoreTest, RefusesAnOperationWithAnId) {
  Driver driver;
  driver.Subscribe();
  auto call = LaunchCall("t1");
  call->mutable_accept()->mutable_operations(0)->mutable_id()->set_value("op-1");
  driver.Make(call);
  EXPECT_THAT(driver.All<Error>().at(0).message, testing::HasSubstr("op-1"));
}

TEST(DriverCoreTest, TearsDownBeforeTheSessionEnds) {
  Driver driver;
  driver.Subscribe();
  driver.Do(Stop{false});
  ASSERT_EQ(driver.effects().size(), 2u);
  EXPECT_EQ(driver.Sent().at(0).type(), Call::TEARDOWN);
  EXPECT_TRUE(std::holds_alternative<CloseSession>(driver.effects()[1]));
  driver.Lose();
  EXPECT_FALSE(driver.All<Finished>().at(0).aborted);
  driver.Do(Stop{false});
  EXPECT_TRUE(driver.effects().empty());
}

TEST(DriverCoreTest, KeepsTheFrameworkAtAStopForFailover) {
  Driver driver;
  driver.Subscribe();
  driver.Do(Stop{true});
  EXPECT_TRUE(driver.Sent().empty());
  EXPECT_TRUE(driver.Has<CloseSession>());
}

TEST(DriverCoreTest, EndsWithoutTheMastersGoodbyeAfterTheStopTimeout) {
  Driver driver;
  driver.Subscribe();
  driver.Do(Stop{false});
  EXPECT_EQ(driver.core().NextDeadline(), kStart + absl::Seconds(5));
  driver.TickAt(kStart + absl::Seconds(5));
  EXPECT_TRUE(driver.Has<AbandonSession>());
  EXPECT_TRUE(driver.Has<Finished>());
  EXPECT_EQ(driver.core().NextDeadline(), absl::InfiniteFuture());
}

TEST(DriverCoreTest, StopsAtOnceWithoutAMaster) {
  Driver idle;
  idle.Do(Stop{false});
  EXPECT_TRUE(idle.Has<Finished>());
  Driver dialing;
  dialing.Do(Start{});
  dialing.Do(Stop{false});
  EXPECT_TRUE(dialing.Has<AbandonSession>());
  EXPECT_TRUE(dialing.Has<Finished>());
}

TEST(DriverCoreTest, AbortDoesNotTearDownAndAcknowledgesNothingMore) {
  Driver driver;
  driver.Subscribe();
  driver.Receive(UpdateEvent("t1", "u1"));
  const auto status = driver.All<StatusUpdate>().at(0).status;
  driver.Do(Abort{});
  EXPECT_TRUE(driver.Sent().empty());
  driver.Do(StatusUpdateReturned{status});
  EXPECT_TRUE(driver.effects().empty());
  driver.Lose();
  EXPECT_TRUE(driver.All<Finished>().at(0).aborted);
}

TEST(DriverCoreTest, AnErrorEventEndsTheDriver) {
  Driver driver;
  driver.Subscribe();
  auto event = NewEvent(WireEvent::ERROR);
  event->mutable_error()->set_message("Framework failed over");
  driver.Receive(event);
  EXPECT_EQ(driver.All<Error>().at(0).message, "Framework failed over");
  EXPECT_TRUE(driver.All<Finished>().at(0).aborted);
  driver.Make(NewCall(Call::REVIVE));
  EXPECT_TRUE(driver.effects().empty());
}

TEST(DriverCoreTest, ARefusedSubscriptionEndsTheDriverButALostMasterDoesNot) {
  Driver refused;
  refused.Connect();
  refused.Do(SessionClosed{refused.session(), absl::InvalidArgumentError("role 'a/..' is bad")});
  EXPECT_THAT(refused.All<Error>().at(0).message, testing::HasSubstr("role 'a/..' is bad"));
  Driver lost;
  lost.Connect();
  lost.Lose();
  EXPECT_FALSE(lost.Has<Error>());
  EXPECT_FALSE(lost.Has<Disconnected>()) << "it was never registered";
}

TEST(DriverCoreTest, TellsWhyItCannotStart) {
  DriverOptions options;
  options.refusal = "no zk";
  Driver driver(std::move(options));
  driver.Do(Start{});
  EXPECT_EQ(driver.All<Error>().at(0).message, "no zk");
  EXPECT_TRUE(driver.Has<Finished>());
  EXPECT_FALSE(driver.Has<OpenSession>());
}

TEST(DriverCoreTest, TellsFailuresApart) {
  Driver driver;
  driver.Subscribe();
  auto agent = NewEvent(WireEvent::FAILURE);
  agent->mutable_failure()->mutable_agent_id()->set_value("A1");
  driver.Receive(agent);
  EXPECT_EQ(driver.All<AgentLost>().at(0).agent_id.value(), "A1");
  agent->mutable_failure()->mutable_executor_id()->set_value("E1");
  agent->mutable_failure()->set_status(256);
  driver.Receive(agent);
  EXPECT_EQ(driver.All<ExecutorLost>().at(0).executor_id.value(), "E1");
  EXPECT_EQ(driver.All<ExecutorLost>().at(0).status, 256);
  driver.Receive(NewEvent(WireEvent::FAILURE));
  EXPECT_TRUE(driver.effects().empty());
}

TEST(DriverCoreTest, IgnoresMalformedEvents) {
  Driver driver;
  driver.Subscribe();
  for (int type = 0; type <= 11; ++type) {
    if (type == WireEvent::ERROR) continue;
    driver.Receive(NewEvent(static_cast<WireEvent::Type>(type)));
    EXPECT_FALSE(driver.Has<Finished>());
  }
  for (const double heartbeat : {std::numeric_limits<double>::quiet_NaN(), -1.0, 1e300, 0.0}) {
    Driver other;
    other.Connect();
    other.Receive(SubscribedEvent(heartbeat));
    EXPECT_TRUE(other.Has<Registered>());
    EXPECT_GT(other.core().NextDeadline(), kStart);
  }
}

}  // namespace
}  // namespace mesos::scheduler_driver
