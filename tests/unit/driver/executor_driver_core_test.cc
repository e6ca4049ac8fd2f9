#include "executor_driver/core/executor_driver_core.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesos::executor_driver {
namespace {

using v1::executor::Call;
using WireEvent = v1::executor::Event;

const absl::Time kStart = absl::FromUnixSeconds(1'000'000);

std::shared_ptr<WireEvent> NewEvent(WireEvent::Type type) {
  auto event = std::make_shared<WireEvent>();
  event->set_type(type);
  return event;
}

std::shared_ptr<WireEvent> LaunchEvent(const std::string& task) {
  auto event = NewEvent(WireEvent::LAUNCH);
  event->mutable_launch()->mutable_task()->mutable_task_id()->set_value(task);
  return event;
}

v1::TaskStatus Status(const std::string& task, v1::TaskState state) {
  v1::TaskStatus status;
  status.mutable_task_id()->set_value(task);
  status.set_state(state);
  return status;
}

class Driver {
 public:
  explicit Driver(bool checkpoint = true) {
    ExecutorDriverOptions options;
    options.framework_id = "F1";
    options.executor_id = "E1";
    options.agent_id = "A1";
    options.checkpoint = checkpoint;
    options.seed = 1;
    core_ = std::make_unique<ExecutorDriverCore>(std::move(options));
  }

  void Do(Event event) { effects_ = core_->Handle(now_, std::move(event)); }

  void TickAt(absl::Time when) {
    now_ = when;
    Do(Tick{});
  }

  template <typename E>
  std::vector<E> All() const {
    std::vector<E> all;
    for (const auto& effect : effects_) {
      if (const E* e = std::get_if<E>(&effect)) all.push_back(*e);
    }
    return all;
  }

  template <typename E>
  bool Has() const {
    return !All<E>().empty();
  }

  std::vector<Call> Sent() const {
    std::vector<Call> calls;
    for (const auto& send : All<SendCall>()) calls.push_back(*send.call);
    return calls;
  }

  void Open() {
    session_ = All<OpenSession>().at(0).session;
    Do(SessionOpened{session_});
  }

  void Register() {
    Do(Start{});
    Open();
    Receive(NewEvent(WireEvent::SUBSCRIBED));
  }

  void Lose() { Do(SessionClosed{session_, absl::UnavailableError("socket closed")}); }
  void Receive(std::shared_ptr<WireEvent> event) { Do(EventReceived{session_, std::move(event)}); }

  // Dials until there is a session, which is not yet subscribed.
  void Redial() {
    TickAt(core_->NextDeadline());
    Open();
  }

  ExecutorDriverCore& core() { return *core_; }
  const Effects& effects() const { return effects_; }
  absl::Time now_ = kStart;

 private:
  std::unique_ptr<ExecutorDriverCore> core_;
  Effects effects_;
  SessionId session_ = SessionId::kNone;
};

TEST(ExecutorDriverCoreTest, SubscribesWithItsIds) {
  Driver driver;
  driver.Do(Start{});
  driver.Open();
  const Call call = driver.Sent().at(0);
  EXPECT_EQ(call.type(), Call::SUBSCRIBE);
  EXPECT_EQ(call.framework_id().value(), "F1");
  EXPECT_EQ(call.executor_id().value(), "E1");
  driver.Receive(NewEvent(WireEvent::SUBSCRIBED));
  EXPECT_TRUE(driver.Has<Registered>());
}

TEST(ExecutorDriverCoreTest, FillsInWhatAnUpdateLacks) {
  Driver driver;
  driver.Register();
  driver.Do(UpdateMade{Status("t1", v1::TASK_RUNNING)});
  const v1::TaskStatus status = driver.Sent().at(0).update().status();
  EXPECT_EQ(status.executor_id().value(), "E1");
  EXPECT_EQ(status.agent_id().value(), "A1");
  EXPECT_EQ(status.source(), v1::TaskStatus::SOURCE_EXECUTOR);
  EXPECT_EQ(status.uuid().size(), 16u);
  EXPECT_EQ(status.timestamp(), absl::ToUnixSeconds(kStart));
  driver.Do(UpdateMade{Status("t1", v1::TASK_RUNNING)});
  EXPECT_NE(driver.Sent().at(0).update().status().uuid(), status.uuid());
}

TEST(ExecutorDriverCoreTest, TellsARestartedAgentWhatItDidNotAcknowledge) {
  Driver driver;
  driver.Register();
  driver.Receive(LaunchEvent("t1"));
  driver.Receive(LaunchEvent("t2"));
  driver.Do(UpdateMade{Status("t1", v1::TASK_RUNNING)});
  const std::string acknowledged = driver.Sent().at(0).update().status().uuid();
  driver.Do(UpdateMade{Status("t1", v1::TASK_FINISHED)});
  auto ack = NewEvent(WireEvent::ACKNOWLEDGED);
  ack->mutable_acknowledged()->mutable_task_id()->set_value("t1");
  ack->mutable_acknowledged()->set_uuid(acknowledged);
  driver.Receive(ack);

  driver.Lose();
  EXPECT_TRUE(driver.Has<Disconnected>());
  driver.Do(UpdateMade{Status("t2", v1::TASK_RUNNING)});
  EXPECT_TRUE(driver.Sent().empty());
  driver.Redial();
  const Call call = driver.Sent().at(0);
  const auto& subscribe = call.subscribe();
  ASSERT_EQ(subscribe.unacknowledged_tasks_size(), 1);
  EXPECT_EQ(subscribe.unacknowledged_tasks(0).task_id().value(), "t2");
  ASSERT_EQ(subscribe.unacknowledged_updates_size(), 2);
  EXPECT_EQ(subscribe.unacknowledged_updates(0).status().state(), v1::TASK_FINISHED);
  EXPECT_EQ(subscribe.unacknowledged_updates(1).status().task_id().value(), "t2");
  driver.Receive(NewEvent(WireEvent::SUBSCRIBED));
  EXPECT_TRUE(driver.Has<Reregistered>());
  EXPECT_FALSE(driver.Has<Registered>());
}

TEST(ExecutorDriverCoreTest, LaunchesATaskOnceWhenTheAgentSaysItAgain) {
  Driver driver;
  driver.Register();
  driver.Receive(LaunchEvent("t1"));
  EXPECT_TRUE(driver.Has<LaunchTask>());
  driver.Receive(LaunchEvent("t1"));
  EXPECT_FALSE(driver.Has<LaunchTask>());
}

TEST(ExecutorDriverCoreTest, ShutsDownWhenTheAgentStaysAway) {
  Driver driver;
  driver.Register();
  driver.Lose();
  EXPECT_FALSE(driver.Has<Shutdown>());
  const absl::Time limit = kStart + absl::Minutes(15);
  absl::Time shutdown_at;
  while (!driver.Has<Shutdown>()) {
    ASSERT_LE(driver.core().NextDeadline(), limit);
    driver.TickAt(driver.core().NextDeadline());
    for (const auto& open : driver.All<OpenSession>()) {
      const bool shut_down = driver.Has<Shutdown>();
      if (shut_down) break;
      driver.Do(SessionClosed{open.session, absl::UnavailableError("refused")});
    }
  }
  EXPECT_EQ(driver.now_, limit);
  driver.TickAt(limit + absl::Seconds(5));
  EXPECT_THAT(driver.All<EndProcess>().at(0).reason, testing::HasSubstr("15m"));
}

TEST(ExecutorDriverCoreTest, ShutsDownAtOnceWithoutCheckpoint) {
  Driver driver(/*checkpoint=*/false);
  driver.Register();
  driver.Lose();
  EXPECT_TRUE(driver.Has<Disconnected>());
  EXPECT_TRUE(driver.Has<Shutdown>());
}

TEST(ExecutorDriverCoreTest, AShutDownExecutorCanStillSendItsLastUpdates) {
  Driver driver;
  driver.Register();
  driver.Receive(NewEvent(WireEvent::SHUTDOWN));
  EXPECT_TRUE(driver.Has<Shutdown>());
  driver.Receive(LaunchEvent("late"));
  EXPECT_FALSE(driver.Has<LaunchTask>());
  driver.Do(UpdateMade{Status("t1", v1::TASK_KILLED)});
  EXPECT_EQ(driver.Sent().size(), 1u);
  driver.Do(Stop{});
  EXPECT_TRUE(driver.Has<CloseSession>());
  driver.Lose();
  EXPECT_TRUE(driver.Has<Finished>());
  EXPECT_EQ(driver.core().NextDeadline(), absl::InfiniteFuture());
}

TEST(ExecutorDriverCoreTest, AsksForTheEndOfAProcessThatDoesNotShutDown) {
  Driver driver;
  driver.Register();
  driver.Receive(NewEvent(WireEvent::SHUTDOWN));
  EXPECT_EQ(driver.core().NextDeadline(), kStart + absl::Seconds(5));
  driver.TickAt(kStart + absl::Seconds(5));
  EXPECT_TRUE(driver.Has<EndProcess>());
}

TEST(ExecutorDriverCoreTest, StopWaitsForAnAgentThatHasNotHeardEverything) {
  Driver driver;
  driver.Register();
  driver.Lose();
  driver.Do(UpdateMade{Status("t1", v1::TASK_FINISHED)});
  driver.Do(Stop{});
  EXPECT_FALSE(driver.Has<Finished>());
  driver.Redial();
  EXPECT_EQ(driver.Sent().at(0).subscribe().unacknowledged_updates_size(), 1);
  driver.Receive(NewEvent(WireEvent::SUBSCRIBED));
  EXPECT_TRUE(driver.Has<CloseSession>());
  EXPECT_FALSE(driver.Has<Reregistered>());
}

TEST(ExecutorDriverCoreTest, StopWithNothingToSayEndsAtOnce) {
  Driver driver;
  driver.Register();
  driver.Lose();
  driver.Do(Stop{});
  EXPECT_TRUE(driver.Has<Finished>());
}

TEST(ExecutorDriverCoreTest, RefusesAnUpdateOfStaging) {
  Driver driver;
  driver.Register();
  driver.Do(UpdateMade{Status("t1", v1::TASK_STAGING)});
  EXPECT_THAT(driver.All<Error>().at(0).message, testing::HasSubstr("t1"));
  EXPECT_TRUE(driver.All<Finished>().at(0).aborted);
}

TEST(ExecutorDriverCoreTest, AnErrorEventEndsTheDriver) {
  Driver driver;
  driver.Register();
  auto event = NewEvent(WireEvent::ERROR);
  event->mutable_error()->set_message("unknown executor");
  driver.Receive(event);
  EXPECT_EQ(driver.All<Error>().at(0).message, "unknown executor");
  EXPECT_TRUE(driver.Has<Finished>());
}

TEST(ExecutorDriverCoreTest, IgnoresMalformedEvents) {
  Driver driver;
  driver.Register();
  for (auto type :
       {WireEvent::UNKNOWN, WireEvent::SUBSCRIBED, WireEvent::LAUNCH, WireEvent::LAUNCH_GROUP,
        WireEvent::KILL, WireEvent::ACKNOWLEDGED, WireEvent::MESSAGE, WireEvent::HEARTBEAT}) {
    driver.Receive(NewEvent(type));
    EXPECT_FALSE(driver.Has<Finished>());
  }
}

TEST(ExecutorDriverCoreTest, AnUpdateThatTheAgentPutOffGoesAgain) {
  Driver driver;
  driver.Register();
  driver.Do(UpdateMade{Status("t1", v1::TASK_RUNNING)});
  driver.Do(UpdateMade{Status("t2", v1::TASK_RUNNING)});
  const v1::TaskStatus second = driver.Sent().at(0).update().status();
  auto acknowledged = NewEvent(WireEvent::ACKNOWLEDGED);
  acknowledged->mutable_acknowledged()->mutable_task_id()->set_value("t2");
  acknowledged->mutable_acknowledged()->set_uuid(second.uuid());
  driver.Receive(acknowledged);
  for (int i = 0; i < 3; ++i) {
    driver.TickAt(driver.core().NextDeadline());
    ASSERT_EQ(driver.Sent().size(), 1u);
    EXPECT_EQ(driver.Sent()[0].type(), Call::UPDATE);
    EXPECT_EQ(driver.Sent()[0].update().status().task_id().value(), "t1");
  }
  const v1::TaskStatus first = driver.Sent().at(0).update().status();
  acknowledged->mutable_acknowledged()->mutable_task_id()->set_value("t1");
  acknowledged->mutable_acknowledged()->set_uuid(first.uuid());
  driver.Receive(acknowledged);
  EXPECT_EQ(driver.core().NextDeadline(), absl::InfiniteFuture());
}

}  // namespace
}  // namespace mesos::executor_driver
