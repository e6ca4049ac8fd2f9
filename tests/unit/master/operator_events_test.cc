// What operators who follow the master's events are told, and in which order.

#include <string>
#include <vector>

#include "common/base/limits.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/master/harness.h"

namespace mesos::master {
namespace {

using OperatorEvent = v1::master::Event;

TEST(OperatorEventsTest, TellsOfFrameworksAgentsAndTasksInOrder) {
  Harness master;
  Follower& follower = master.Follow();
  EXPECT_TRUE(follower.greeted);

  AgentSession& agent = master.RegisterAgent("cpus:8;mem:4096");
  EXPECT_EQ(follower.Take().agent_added().agent().agent_info().id().value(), agent.agent_id);
  SchedulerSession& scheduler = master.Subscribe(master.FrameworkInfo("web"));
  const OperatorEvent added = follower.Take();
  EXPECT_EQ(added.framework_added().framework().framework_info().id().value(),
            scheduler.framework_id);
  EXPECT_TRUE(added.framework_added().framework().connected());

  const v1::Offer offer = scheduler.TakeOffer();
  master.Launch(scheduler, offer, master.CommandTask("t1", offer, "cpus:1;mem:32"));
  const OperatorEvent launched = follower.Take();
  ASSERT_EQ(launched.type(), OperatorEvent::TASK_ADDED);
  EXPECT_EQ(launched.task_added().task().state(), v1::TASK_STAGING);

  master.SendUpdate(agent, scheduler.framework_id, "t1", v1::TASK_STARTING, v1::TASK_RUNNING);
  const OperatorEvent updated = follower.Take();
  EXPECT_EQ(updated.task_updated().framework_id().value(), scheduler.framework_id);
  EXPECT_EQ(updated.task_updated().status().state(), v1::TASK_STARTING);
  EXPECT_EQ(updated.task_updated().state(), v1::TASK_RUNNING);

  master.Call(scheduler, master.MakeCall(scheduler, SchedulerCall::TEARDOWN));
  EXPECT_EQ(follower.Drain(), "TASK_UPDATED FRAMEWORK_REMOVED");
  master.Send(agent, [] {
    internal::AgentMessage message;
    message.mutable_unregister_agent();
    return message;
  }());
  EXPECT_EQ(follower.Take().agent_removed().agent_id().value(), agent.agent_id);
  EXPECT_EQ(follower.Drain(), "");
}

TEST(OperatorEventsTest, TellsOfASubscriptionAgainAndOfAnUpdateOfTheFramework) {
  Harness master;
  Follower& follower = master.Follow();
  v1::FrameworkInfo info = master.FrameworkInfo("web");
  info.set_failover_timeout(60);
  SchedulerSession& first = master.Subscribe(info);
  EXPECT_EQ(follower.Drain(), "FRAMEWORK_ADDED");
  info.mutable_id()->set_value(first.framework_id);
  SchedulerSession& second = master.Subscribe(info);
  EXPECT_EQ(follower.Drain(), "FRAMEWORK_UPDATED");
  SchedulerCall update = master.MakeCall(second, SchedulerCall::UPDATE_FRAMEWORK);
  info.set_name("renamed");
  *update.mutable_update_framework()->mutable_framework_info() = info;
  EXPECT_TRUE(master.CallForAnswer(second, update).ok());
  EXPECT_EQ(follower.Take().framework_updated().framework().framework_info().name(), "renamed");
}

TEST(OperatorEventsTest, AnUpdateThatIsSentAgainIsNotTwoEvents) {
  Harness master;
  AgentSession& agent = master.RegisterAgent("cpus:8;mem:4096");
  SchedulerSession& scheduler = master.Subscribe(master.FrameworkInfo("web"));
  const v1::Offer offer = scheduler.TakeOffer();
  master.Launch(scheduler, offer, master.CommandTask("t1", offer, "cpus:1;mem:32"));
  Follower& follower = master.Follow();
  internal::AgentMessage message;
  internal::StatusUpdate* update = message.mutable_status_update();
  update->mutable_framework_id()->set_value(scheduler.framework_id);
  update->mutable_status()->mutable_task_id()->set_value("t1");
  update->mutable_status()->set_state(v1::TASK_RUNNING);
  update->mutable_status()->set_uuid("0123456789abcdef");
  master.Send(agent, message);
  master.Send(agent, message);
  EXPECT_EQ(follower.Drain(), "TASK_UPDATED");
}

TEST(OperatorEventsTest, HeartbeatsGoToFollowersWhileThereAreAny) {
  Harness master;
  Follower& one = master.Follow();
  master.Advance(absl::Seconds(10));
  Follower& two = master.Follow();
  EXPECT_EQ(one.Drain(), "");
  master.Advance(absl::Seconds(5));
  EXPECT_EQ(one.Drain(), "HEARTBEAT");
  EXPECT_EQ(two.Drain(), "HEARTBEAT");
  master.Close(one);
  master.Advance(absl::Seconds(30));
  EXPECT_EQ(two.Drain(), "HEARTBEAT HEARTBEAT");
  master.Close(two);
  Follower& three = master.Follow();
  master.Advance(absl::Seconds(15));
  EXPECT_EQ(three.Drain(), "HEARTBEAT");
  EXPECT_EQ(two.Drain(), "");
}

TEST(OperatorEventsTest, TheBoundIsAnOption) {
  MasterOptions options = Harness::DefaultOptions();
  options.max_event_subscribers = 1;
  Harness master(options);
  Follower& first = master.Follow();
  EXPECT_FALSE(first.closed);
  Follower& second = master.Follow();
  EXPECT_TRUE(first.closed);
  EXPECT_FALSE(second.closed);
}

TEST(OperatorEventsTest, BeyondTheBoundTheOldestFollowerIsClosed) {
  Harness master;
  std::vector<Follower*> followers;
  for (size_t i = 0; i < limits::kMaxEventSubscribers; ++i) followers.push_back(&master.Follow());
  EXPECT_FALSE(followers[0]->closed);
  Follower& last = master.Follow();
  EXPECT_TRUE(followers[0]->closed);
  EXPECT_FALSE(followers[1]->closed);
  EXPECT_TRUE(last.greeted);
}

}  // namespace
}  // namespace mesos::master
