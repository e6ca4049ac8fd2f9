// ACCEPT: what is launched, what is refused and how, what is left.

#include "common/base/limits.h"
#include "tests/unit/master/harness.h"

namespace mesos::master {
namespace {

using Event = SchedulerEventMessage;

struct LaunchTest : testing::Test {
  LaunchTest()
      : scheduler(master.Subscribe(master.FrameworkInfo("web"))),
        agent(master.RegisterAgent("cpus:8;mem:4096")),
        offer(scheduler.TakeOffer()) {}

  Harness master;
  SchedulerSession& scheduler;
  AgentSession& agent;
  v1::Offer offer;
};

TEST_F(LaunchTest, LaunchesSeveralTasksInOrderAndOffersTheRest) {
  master.Launch(scheduler, {offer},
                {master.CommandTask("a", offer, "cpus:1;mem:32"),
                 master.CommandTask("b", offer, "cpus:2;mem:64")});
  const internal::RunTasks run = agent.Take().run_tasks();
  ASSERT_EQ(run.tasks_size(), 2);
  EXPECT_EQ(run.tasks(0).task_id().value(), "a");
  EXPECT_EQ(run.tasks(0).resources(0).allocation_info().role(), "web");
  EXPECT_EQ(scheduler.TakeOffer().resources(0).scalar().value(), 5);
}

// What an ACCEPT of nearly a message's size becomes is larger than that.
TEST_F(LaunchTest, LargeTasksGoOutInSeveralMessages) {
  std::vector<v1::TaskInfo> tasks;
  for (const char* id : {"a", "b", "c", "d"}) {
    tasks.push_back(master.CommandTask(id, offer, "cpus:1;mem:32"));
    tasks.back().set_data(std::string((id[0] == 'c' ? 12 : 1) << 20, 'x'));
  }
  master.Launch(scheduler, {offer}, tasks);
  std::vector<std::string> parts;
  while (!agent.received.empty()) {
    const internal::MasterMessage message = agent.Take();
    EXPECT_LE(message.ByteSizeLong(), limits::kMaxStreamMessageBytes);
    EXPECT_EQ(message.run_tasks().framework().id().value(), scheduler.framework_id);
    std::string& part = parts.emplace_back();
    for (const v1::TaskInfo& task : message.run_tasks().tasks()) part += task.task_id().value();
  }
  EXPECT_EQ(parts, (std::vector<std::string>{"ab", "c", "d"}));
  EXPECT_EQ(scheduler.TakeOffer().resources(0).scalar().value(), 4);
}

TEST_F(LaunchTest, TheRestIsKeptBackUnderTheFilter) {
  master.Launch(scheduler, offer, master.CommandTask("a", offer, "cpus:1;mem:32"), 3);
  EXPECT_TRUE(scheduler.received.empty());
  master.Advance(absl::Milliseconds(3100));
  EXPECT_EQ(scheduler.TakeOffer().resources(0).scalar().value(), 7);
}

TEST_F(LaunchTest, WithoutOperationsIsADecline) {
  master.Launch(scheduler, {offer}, std::vector<v1::TaskInfo>(), 0);
  EXPECT_TRUE(scheduler.received.empty());
  master.Advance(absl::Seconds(1));
  EXPECT_EQ(scheduler.TakeOffer().resources(0).scalar().value(), 8);
  EXPECT_TRUE(agent.received.empty());
}

TEST_F(LaunchTest, SeveralOffersOfOneAgentGoTogether) {
  master.Launch(scheduler, offer, master.CommandTask("a", offer, "cpus:3;mem:32"));
  agent.Take();
  const v1::Offer rest = scheduler.TakeOffer();
  master.SendUpdate(agent, scheduler.framework_id, "a", v1::TASK_FINISHED);
  scheduler.TakeUpdate();
  const v1::Offer freed = scheduler.TakeOffer();
  master.Launch(scheduler, {rest, freed}, {master.CommandTask("b", rest, "cpus:8;mem:4096")});
  EXPECT_EQ(agent.Take().run_tasks().tasks_size(), 1);
  EXPECT_EQ(master.Stats().offers, 0u);
}

TEST_F(LaunchTest, AnInvalidTaskGetsTaskErrorAndTheOthersRun) {
  v1::TaskInfo elsewhere = master.CommandTask("elsewhere", offer, "cpus:1;mem:32");
  elsewhere.mutable_agent_id()->set_value("nobody");
  master.Launch(scheduler, {offer},
                {elsewhere, master.CommandTask("a", offer, "cpus:1;mem:32"),
                 master.CommandTask("too-much", offer, "cpus:1000000;mem:32")});
  v1::TaskStatus status = scheduler.TakeUpdate();
  EXPECT_EQ(status.state(), v1::TASK_ERROR);
  EXPECT_EQ(status.reason(), v1::TaskStatus::REASON_TASK_INVALID);
  EXPECT_EQ(status.source(), v1::TaskStatus::SOURCE_MASTER);
  EXPECT_EQ(status.agent_id().value(), "nobody");
  EXPECT_FALSE(status.has_uuid());
  EXPECT_EQ(status.message(), "Task uses invalid agent nobody while agent m1-S0 is expected");
  status = scheduler.TakeUpdate();
  EXPECT_EQ(status.task_id().value(), "too-much");
  EXPECT_NE(status.message().find("is more than available"), std::string::npos) << status.message();
  EXPECT_EQ(agent.Take().run_tasks().tasks(0).task_id().value(), "a");
  scheduler.TakeOffer();
}

TEST_F(LaunchTest, AnIdThatRunsAlreadyIsRefused) {
  master.Launch(scheduler, {offer},
                {master.CommandTask("twin", offer, "cpus:1;mem:32"),
                 master.CommandTask("twin", offer, "cpus:1;mem:32")});
  EXPECT_EQ(scheduler.TakeUpdate().message(), "Task has duplicate ID: twin");
  EXPECT_EQ(agent.Take().run_tasks().tasks_size(), 1);
}

TEST_F(LaunchTest, UnknownOffersDropTheTasks) {
  v1::Offer stale = offer;
  stale.mutable_id()->set_value("no-such-offer");
  master.Launch(scheduler, stale, master.CommandTask("late", offer, "cpus:1;mem:32"));
  const v1::TaskStatus status = scheduler.TakeUpdate();
  EXPECT_EQ(status.state(), v1::TASK_DROPPED);
  EXPECT_EQ(status.reason(), v1::TaskStatus::REASON_INVALID_OFFERS);
  EXPECT_EQ(status.message(),
            "Task launched with invalid offers: Offer no-such-offer is no longer valid");
  EXPECT_TRUE(agent.received.empty());
}

TEST_F(LaunchTest, AnUnknownOfferAmongOthersGivesThoseBack) {
  v1::Offer stale = offer;
  stale.mutable_id()->set_value("m1-O77");
  master.Launch(scheduler, {offer, stale}, {master.CommandTask("late", offer, "cpus:1;mem:32")});
  EXPECT_EQ(scheduler.TakeUpdate().state(), v1::TASK_DROPPED);
  master.Advance(absl::Seconds(1));
  EXPECT_EQ(scheduler.TakeOffer().resources(0).scalar().value(), 8);
}

TEST_F(LaunchTest, ForeignOffersAreLeftAlone) {
  SchedulerSession& thief = master.Subscribe(master.FrameworkInfo("thief"));
  master.Launch(thief, offer, master.CommandTask("stolen", offer, "cpus:1;mem:32"));
  EXPECT_EQ(thief.TakeUpdate().state(), v1::TASK_DROPPED);
  EXPECT_EQ(master.Stats().offers, 1u);
  master.Launch(scheduler, offer, master.CommandTask("a", offer, "cpus:1;mem:32"));
  EXPECT_TRUE(agent.Take().has_run_tasks());
}

TEST(LaunchWithoutPartitionAwareTest, UnknownOffersLoseTheTasks) {
  Harness master;
  v1::FrameworkInfo info;
  info.set_user("root");
  info.set_name("old");
  SchedulerSession& scheduler = master.Subscribe(info);
  v1::Offer stale;
  stale.mutable_id()->set_value("x");
  stale.mutable_agent_id()->set_value("a");
  master.Launch(scheduler, stale, master.CommandTask("late", stale, "cpus:1;mem:32"));
  EXPECT_EQ(scheduler.TakeUpdate().state(), v1::TASK_LOST);
}

TEST_F(LaunchTest, AnExecutorIsBookedOnceAndFreedWhenItExits) {
  master.Launch(scheduler, {offer},
                {master.ExecutorTask("a", "e", offer, "cpus:1;mem:32"),
                 master.ExecutorTask("b", "e", offer, "cpus:1;mem:32")});
  EXPECT_EQ(agent.Take().run_tasks().tasks_size(), 2);
  v1::Offer rest = scheduler.TakeOffer();
  EXPECT_DOUBLE_EQ(rest.resources(0).scalar().value(), 5.9);
  ASSERT_EQ(rest.executor_ids_size(), 1);
  EXPECT_EQ(rest.executor_ids(0).value(), "e");
  for (const char* id : {"a", "b"}) {
    master.SendUpdate(agent, scheduler.framework_id, id, v1::TASK_FINISHED);
    scheduler.TakeUpdate();
    scheduler.TakeOffer();
  }
  EXPECT_EQ(master.Read(v1::master::Call::GET_EXECUTORS).get_executors().executors_size(), 1);
  internal::AgentMessage exited;
  exited.mutable_executor_exited()->mutable_framework_id()->set_value(scheduler.framework_id);
  exited.mutable_executor_exited()->mutable_executor_id()->set_value("e");
  exited.mutable_executor_exited()->set_status(9);
  master.Send(agent, exited);
  const Event::Failure failure = scheduler.Expect(Event::FAILURE).failure();
  EXPECT_EQ(failure.executor_id().value(), "e");
  EXPECT_EQ(failure.agent_id().value(), agent.agent_id);
  EXPECT_EQ(failure.status(), 9);
  EXPECT_DOUBLE_EQ(scheduler.TakeOffer().resources(0).scalar().value(), 0.1);
  master.Send(agent, exited);
  EXPECT_TRUE(scheduler.received.empty());
}

TEST_F(LaunchTest, ALaunchGroupIsRefusedTaskByTask) {
  SchedulerCall call = master.MakeCall(scheduler, SchedulerCall::ACCEPT);
  *call.mutable_accept()->add_offer_ids() = offer.id();
  v1::Offer::Operation* operation = call.mutable_accept()->add_operations();
  operation->set_type(v1::Offer::Operation::LAUNCH_GROUP);
  operation->mutable_launch_group()->mutable_executor()->mutable_executor_id()->set_value("pod");
  for (const char* id : {"a", "b"}) {
    *operation->mutable_launch_group()->mutable_task_group()->add_tasks() =
        master.CommandTask(id, offer, "cpus:1;mem:32");
  }
  EXPECT_TRUE(master.CallForAnswer(scheduler, call).ok());
  for (const char* id : {"a", "b"}) {
    const v1::TaskStatus status = scheduler.TakeUpdate();
    EXPECT_EQ(status.task_id().value(), id);
    EXPECT_EQ(status.state(), v1::TASK_ERROR);
    EXPECT_EQ(status.reason(), v1::TaskStatus::REASON_TASK_GROUP_INVALID);
    EXPECT_NE(status.message().find("LAUNCH_GROUP"), std::string::npos) << status.message();
  }
}

TEST_F(LaunchTest, AnotherOperationIsRefusedByItsIdOrElseByTheCall) {
  SchedulerCall call = master.MakeCall(scheduler, SchedulerCall::ACCEPT);
  *call.mutable_accept()->add_offer_ids() = offer.id();
  v1::Offer::Operation* operation = call.mutable_accept()->add_operations();
  operation->set_type(v1::Offer::Operation::RESERVE);
  operation->mutable_reserve();
  operation->mutable_id()->set_value("op1");
  call.mutable_accept()->mutable_filters()->set_refuse_seconds(0);
  EXPECT_TRUE(master.CallForAnswer(scheduler, call).ok());
  const v1::OperationStatus status =
      scheduler.Expect(Event::UPDATE_OPERATION_STATUS).update_operation_status().status();
  EXPECT_EQ(status.state(), v1::OPERATION_ERROR);
  EXPECT_EQ(status.operation_id().value(), "op1");

  master.Advance(absl::Seconds(1));
  *call.mutable_accept()->mutable_offer_ids(0) = scheduler.TakeOffer().id();
  call.mutable_accept()->mutable_operations(0)->clear_id();
  const absl::Status refused = master.CallForAnswer(scheduler, call);
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnimplemented);
  EXPECT_NE(refused.message().find("RESERVE"), absl::string_view::npos) << refused;
}

}  // namespace
}  // namespace mesos::master
