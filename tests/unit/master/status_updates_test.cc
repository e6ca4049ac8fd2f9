// Status updates and what schedulers say of their tasks: ACKNOWLEDGE, KILL, SHUTDOWN, MESSAGE,
// RECONCILE.

#include "tests/unit/master/harness.h"

namespace mesos::master {
namespace {

using Event = SchedulerEventMessage;

struct StatusUpdateTest : testing::Test {
  StatusUpdateTest()
      : scheduler(master.Subscribe(master.FrameworkInfo("web"))),
        agent(master.RegisterAgent("cpus:8;mem:4096")) {
    const v1::Offer offer = scheduler.TakeOffer();
    master.Launch(scheduler, offer, master.CommandTask("t1", offer, "cpus:1;mem:32"), 1e6);
    EXPECT_TRUE(agent.Take().has_run_tasks());
  }

  v1::Task OnlyTask() { return master.Read(v1::master::Call::GET_TASKS).get_tasks().tasks(0); }
  void Update(v1::TaskState state, std::optional<v1::TaskState> latest = std::nullopt) {
    master.SendUpdate(agent, scheduler.framework_id, "t1", state, latest);
  }
  void Kill(const std::string& task_id, const std::string& agent_id) {
    SchedulerCall call = master.MakeCall(scheduler, SchedulerCall::KILL);
    call.mutable_kill()->mutable_task_id()->set_value(task_id);
    if (!agent_id.empty()) call.mutable_kill()->mutable_agent_id()->set_value(agent_id);
    master.Call(scheduler, call);
  }
  void Reconcile(const std::string& task_id, const std::string& agent_id) {
    SchedulerCall call = master.MakeCall(scheduler, SchedulerCall::RECONCILE);
    SchedulerCall::Reconcile::Task* task = call.mutable_reconcile()->add_tasks();
    task->mutable_task_id()->set_value(task_id);
    if (!agent_id.empty()) task->mutable_agent_id()->set_value(agent_id);
    master.Call(scheduler, call);
  }

  Harness master;
  SchedulerSession& scheduler;
  AgentSession& agent;
};

TEST_F(StatusUpdateTest, TheLatestStateFreesTheResourcesBeforeItIsDelivered) {
  Update(v1::TASK_RUNNING, v1::TASK_FINISHED);
  EXPECT_EQ(scheduler.TakeUpdate().state(), v1::TASK_RUNNING);
  EXPECT_EQ(scheduler.TakeOffer().resources(0).scalar().value(), 8);
  EXPECT_EQ(OnlyTask().state(), v1::TASK_FINISHED);
  EXPECT_EQ(OnlyTask().status_update_state(), v1::TASK_RUNNING);
  Update(v1::TASK_FINISHED);
  EXPECT_EQ(scheduler.TakeUpdate().state(), v1::TASK_FINISHED);
  EXPECT_TRUE(scheduler.received.empty());
}

TEST_F(StatusUpdateTest, ASecondUpdateOfAStateReplacesTheFirst) {
  Update(v1::TASK_STARTING);
  Update(v1::TASK_RUNNING);
  Update(v1::TASK_RUNNING);
  ASSERT_EQ(OnlyTask().statuses_size(), 2);
  EXPECT_EQ(OnlyTask().statuses(1).uuid(), OnlyTask().status_update_uuid());
}

TEST_F(StatusUpdateTest, StatusesOfOneTaskAreBounded) {
  for (int i = 0; i < 100; ++i) Update(i % 2 == 0 ? v1::TASK_STARTING : v1::TASK_RUNNING);
  EXPECT_LE(OnlyTask().statuses_size(), 32);
}

TEST_F(StatusUpdateTest, DataIsForwardedAndNotKept) {
  internal::AgentMessage message;
  internal::StatusUpdate* update = message.mutable_status_update();
  update->mutable_framework_id()->set_value(scheduler.framework_id);
  update->mutable_status()->mutable_task_id()->set_value("t1");
  update->mutable_status()->set_state(v1::TASK_RUNNING);
  update->mutable_status()->set_data("data");
  update->mutable_status()->set_uuid("0123456789abcdef");
  master.Send(agent, message);
  const v1::TaskStatus status = scheduler.TakeUpdate();
  EXPECT_EQ(status.data(), "data");
  EXPECT_EQ(status.agent_id().value(), agent.agent_id);
  EXPECT_FALSE(OnlyTask().statuses(0).has_data());
}

TEST_F(StatusUpdateTest, ATerminalStateIsNeverLeft) {
  Update(v1::TASK_FINISHED);
  Update(v1::TASK_RUNNING);
  EXPECT_EQ(OnlyTask().state(), v1::TASK_FINISHED);
}

TEST_F(StatusUpdateTest, ForADisconnectedFrameworkCountsAndIsNotSent) {
  master.Close(scheduler);
  Update(v1::TASK_FINISHED);
  EXPECT_TRUE(scheduler.received.empty());
  EXPECT_EQ(OnlyTask().state(), v1::TASK_FINISHED);
}

TEST_F(StatusUpdateTest, OfAnUnknownTaskIsForwardedAndItsAcknowledgementToo) {
  master.SendUpdate(agent, scheduler.framework_id, "other", v1::TASK_FINISHED);
  const v1::TaskStatus status = scheduler.TakeUpdate();
  master.Acknowledge(scheduler, status);
  EXPECT_EQ(agent.Take().acknowledge().task_id().value(), "other");
}

TEST_F(StatusUpdateTest, OfAnUnknownFrameworkOrWithABadUuidIsIgnored) {
  master.SendUpdate(agent, "nobody", "t1", v1::TASK_FINISHED);
  internal::AgentMessage message;
  internal::StatusUpdate* update = message.mutable_status_update();
  update->mutable_framework_id()->set_value(scheduler.framework_id);
  update->mutable_status()->mutable_task_id()->set_value("t1");
  update->mutable_status()->set_state(v1::TASK_FINISHED);
  update->mutable_status()->set_uuid("short");
  master.Send(agent, message);
  EXPECT_TRUE(scheduler.received.empty());
  EXPECT_EQ(OnlyTask().state(), v1::TASK_STAGING);
  EXPECT_EQ(master.Stats().invalid_status_updates, 2u);
}

TEST_F(StatusUpdateTest, AcknowledgingAnOlderUuidDoesNotEndTheTask) {
  Update(v1::TASK_FINISHED);
  v1::TaskStatus status = scheduler.TakeUpdate();
  status.set_uuid("ffffffffffffffff");
  master.Acknowledge(scheduler, status);
  EXPECT_EQ(master.Stats().tasks, 1u);
  status.mutable_agent_id()->set_value("nobody");
  master.Acknowledge(scheduler, status);
  EXPECT_FALSE(scheduler.closed);
}

TEST_F(StatusUpdateTest, CompletedTasksAreBounded) {
  MasterOptions options = Harness::DefaultOptions();
  options.max_completed_tasks_per_framework = 3;
  Harness small(options);
  SchedulerSession& session = small.Subscribe(small.FrameworkInfo("web"));
  AgentSession& worker = small.RegisterAgent("cpus:8;mem:4096");
  for (int i = 0; i < 5; ++i) {
    const v1::Offer offer = session.TakeOffer();
    const std::string id = "t" + std::to_string(i);
    small.Launch(session, offer, small.CommandTask(id, offer, "cpus:8;mem:4096"));
    small.SendUpdate(worker, session.framework_id, id, v1::TASK_FINISHED);
    small.Acknowledge(session, session.TakeUpdate());
  }
  const auto tasks = small.Read(v1::master::Call::GET_TASKS).get_tasks();
  ASSERT_EQ(tasks.completed_tasks_size(), 3);
  EXPECT_EQ(tasks.completed_tasks(0).task_id().value(), "t2");
}

// An agent that was given up comes back with tasks that count as over, one of them twice.
TEST_F(StatusUpdateTest, ATaskThatComesBackIsNotCompletedAnyMore) {
  MasterOptions options = Harness::DefaultOptions();
  options.max_completed_tasks_per_framework = 3;
  Harness small(options);
  SchedulerSession& session = small.Subscribe(small.FrameworkInfo("web"));
  AgentSession& worker = small.RegisterAgent("cpus:8;mem:4096");
  for (const char* id : {"t", "other", "t"}) {
    const v1::Offer offer = session.TakeOffer();
    small.Launch(session, offer, small.CommandTask(id, offer, "cpus:8;mem:4096"));
    small.SendUpdate(worker, session.framework_id, id, v1::TASK_FINISHED);
    small.Acknowledge(session, session.TakeUpdate());
  }
  AgentSession& other = small.NewAgentSession();
  internal::AgentMessage message;
  internal::ReregisterAgent& again = *message.mutable_reregister_agent();
  *again.mutable_info() = small.AgentInfo("cpus:8;mem:4096", "host2");
  again.mutable_info()->mutable_id()->set_value("old-S1");
  again.set_version("1");
  *again.add_frameworks() = small.FrameworkInfo("web");
  again.mutable_frameworks(0)->mutable_id()->set_value(session.framework_id);
  *again.add_tasks() = small.RunningTask("t", session.framework_id, "old-S1", "cpus:1", "web");
  small.Send(other, message);
  const auto tasks = small.Read(v1::master::Call::GET_TASKS).get_tasks();
  ASSERT_EQ(tasks.completed_tasks_size(), 1);
  EXPECT_EQ(tasks.completed_tasks(0).task_id().value(), "other");
  EXPECT_EQ(tasks.tasks_size(), 1);
}

TEST_F(StatusUpdateTest, KillReachesTheAgentWithItsPolicy) {
  SchedulerCall call = master.MakeCall(scheduler, SchedulerCall::KILL);
  call.mutable_kill()->mutable_task_id()->set_value("t1");
  call.mutable_kill()->mutable_kill_policy()->mutable_grace_period()->set_nanoseconds(7);
  master.Call(scheduler, call);
  EXPECT_EQ(agent.Take().kill_task().kill_policy().grace_period().nanoseconds(), 7);
}

TEST_F(StatusUpdateTest, KillOfAnUnknownTaskIsAnsweredAsReconciliation) {
  Kill("never-was", agent.agent_id);
  v1::TaskStatus status = scheduler.TakeUpdate();
  EXPECT_EQ(status.state(), v1::TASK_GONE);
  EXPECT_EQ(status.reason(), v1::TaskStatus::REASON_RECONCILIATION);
  EXPECT_EQ(status.message(), "Reconciliation: Task is unknown to the agent");
  Kill("t1", "other-agent");
  EXPECT_TRUE(agent.received.empty());
}

TEST_F(StatusUpdateTest, ReconcilesAKnownTask) {
  Update(v1::TASK_RUNNING);
  scheduler.TakeUpdate();
  Reconcile("t1", "");
  v1::TaskStatus status = scheduler.TakeUpdate();
  EXPECT_EQ(status.state(), v1::TASK_RUNNING);
  EXPECT_EQ(status.message(), "Reconciliation: Latest task state");
  EXPECT_FALSE(status.has_uuid());
  master.Call(scheduler, [&] {
    SchedulerCall call = master.MakeCall(scheduler, SchedulerCall::RECONCILE);
    call.mutable_reconcile();
    return call;
  }());
  EXPECT_EQ(scheduler.TakeUpdate().task_id().value(), "t1");
  EXPECT_TRUE(scheduler.received.empty());
}

TEST_F(StatusUpdateTest, ReconcilesUnknownTasksByWhatIsKnownOfTheirAgent) {
  Reconcile("x", agent.agent_id);
  EXPECT_EQ(scheduler.TakeUpdate().state(), v1::TASK_GONE);
  // An id of this master's own form that it never gave; and one of the former master, which may
  // still come back.
  Reconcile("x", "m1-S99");
  EXPECT_EQ(scheduler.TakeUpdate().state(), v1::TASK_UNKNOWN);
  Reconcile("x", "");
  EXPECT_EQ(scheduler.TakeUpdate().state(), v1::TASK_UNKNOWN);
  Reconcile("x", "m0-S3");
  EXPECT_TRUE(scheduler.received.empty());
  master.Advance(absl::Minutes(11));
  scheduler.Drain();
  Reconcile("x", "m0-S3");
  const v1::TaskStatus status = scheduler.TakeUpdate();
  EXPECT_EQ(status.state(), v1::TASK_UNKNOWN);
  EXPECT_EQ(status.message(), "Reconciliation: Task is unknown");
}

TEST_F(StatusUpdateTest, MessagesGoBothWays) {
  SchedulerCall call = master.MakeCall(scheduler, SchedulerCall::MESSAGE);
  call.mutable_message()->mutable_agent_id()->set_value(agent.agent_id);
  call.mutable_message()->mutable_executor_id()->set_value("e");
  call.mutable_message()->set_data("ping");
  master.Call(scheduler, call);
  EXPECT_EQ(agent.Take().framework_message().data(), "ping");
  call.mutable_message()->mutable_agent_id()->set_value("nobody");
  EXPECT_TRUE(master.CallForAnswer(scheduler, call).ok());

  internal::AgentMessage back;
  back.mutable_executor_message()->mutable_framework_id()->set_value(scheduler.framework_id);
  back.mutable_executor_message()->mutable_executor_id()->set_value("e");
  back.mutable_executor_message()->set_data("pong");
  master.Send(agent, back);
  EXPECT_EQ(scheduler.Expect(Event::MESSAGE).message().data(), "pong");
}

TEST_F(StatusUpdateTest, ShutdownReachesTheAgent) {
  SchedulerCall call = master.MakeCall(scheduler, SchedulerCall::SHUTDOWN);
  call.mutable_shutdown()->mutable_agent_id()->set_value(agent.agent_id);
  call.mutable_shutdown()->mutable_executor_id()->set_value("e");
  master.Call(scheduler, call);
  EXPECT_EQ(agent.Take().shutdown_executor().executor_id().value(), "e");
}

}  // namespace
}  // namespace mesos::master
