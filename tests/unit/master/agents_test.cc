// The life of an agent at the master: registration, disconnection, return, pings, the ways it
// leaves.

#include "absl/strings/str_cat.h"
#include "common/base/limits.h"
#include "gmock/gmock.h"
#include "tests/unit/master/harness.h"

namespace mesos::master {
namespace {

using Event = SchedulerEventMessage;

internal::AgentMessage Reregister(const std::string& agent_id, const std::string& resources) {
  internal::AgentMessage message;
  internal::ReregisterAgent* reregister = message.mutable_reregister_agent();
  *reregister->mutable_info() = Harness::AgentInfo(resources);
  reregister->mutable_info()->mutable_id()->set_value(agent_id);
  reregister->set_version("1.12.0");
  return message;
}

void AddFramework(internal::AgentMessage& message, const std::string& framework_id,
                  v1::FrameworkInfo info) {
  info.mutable_id()->set_value(framework_id);
  *message.mutable_reregister_agent()->add_frameworks() = info;
}

// A framework with one running task "t1" of 1 cpu on an agent of 8.
struct AgentTest : testing::Test {
  explicit AgentTest(bool partition_aware = true) {
    v1::FrameworkInfo info;
    if (partition_aware) {
      info = master.FrameworkInfo("web");
    } else {
      info.set_user("root");
      info.set_name("old");
      info.set_failover_timeout(60);
    }
    framework_info = info;
    scheduler = &master.Subscribe(info);
    agent = &master.RegisterAgent("cpus:8;mem:4096");
    const v1::Offer offer = scheduler->TakeOffer();
    master.Launch(*scheduler, offer, master.CommandTask("t1", offer, "cpus:1;mem:32"), 0);
    EXPECT_TRUE(agent->Take().has_run_tasks());
    rest = scheduler->TakeOffer();
    master.SendUpdate(*agent, scheduler->framework_id, "t1", v1::TASK_RUNNING);
    master.Acknowledge(*scheduler, scheduler->TakeUpdate());
    EXPECT_TRUE(agent->Take().has_acknowledge());
  }

  // What the agent says when it comes back with its task.
  internal::AgentMessage ReregisterWithTask() {
    internal::AgentMessage message = Reregister(agent->agent_id, "cpus:8;mem:4096");
    AddFramework(message, scheduler->framework_id, framework_info);
    *message.mutable_reregister_agent()->add_tasks() =
        master.RunningTask("t1", scheduler->framework_id, agent->agent_id, "cpus:1;mem:32",
                           framework_info.roles_size() > 0 ? framework_info.roles(0) : "*");
    return message;
  }

  Harness master;
  v1::FrameworkInfo framework_info;
  SchedulerSession* scheduler;
  AgentSession* agent;
  v1::Offer rest;
};

struct OldAgentTest : AgentTest {
  OldAgentTest() : AgentTest(false) {}
};

TEST_F(AgentTest, ADisconnectedAgentsOffersAreRescindedAndItsTasksStay) {
  master.Close(*agent);
  EXPECT_EQ(scheduler->Expect(Event::RESCIND).rescind().offer_id().value(), rest.id().value());
  EXPECT_TRUE(scheduler->received.empty());
  EXPECT_EQ(master.Stats().tasks, 1u);
  master.Launch(*scheduler, rest, master.CommandTask("t2", rest, "cpus:1;mem:32"));
  EXPECT_EQ(scheduler->TakeUpdate().state(), v1::TASK_DROPPED);
}

TEST_F(AgentTest, ComesBackOnANewSession) {
  master.Close(*agent);
  scheduler->Drain();
  AgentSession& again = master.NewAgentSession();
  master.Send(again, ReregisterWithTask());
  const internal::AgentReregistered reregistered = again.Take().reregistered();
  EXPECT_EQ(reregistered.agent_id().value(), agent->agent_id);
  EXPECT_EQ(reregistered.reconcile_size(), 0);
  EXPECT_EQ(scheduler->TakeOffer().resources(0).scalar().value(), 7);
  EXPECT_TRUE(scheduler->received.empty());
  EXPECT_EQ(master.Stats().tasks, 1u);
  EXPECT_EQ(master.Stats().agents, 1u);
}

TEST_F(AgentTest, ANewSessionReplacesTheOldOne) {
  AgentSession& again = master.NewAgentSession();
  master.Send(again, ReregisterWithTask());
  ASSERT_TRUE(agent->closed);
  EXPECT_EQ(agent->closed->code(), absl::StatusCode::kAborted);
  EXPECT_TRUE(again.Take().has_reregistered());
  master.Close(*agent);
  EXPECT_EQ(master.Stats().connected_agents, 1u);
}

TEST_F(AgentTest, IsAskedForTasksThatItDoesNotName) {
  AgentSession& again = master.NewAgentSession();
  again.agent_id = agent->agent_id;
  master.Send(again, Reregister(agent->agent_id, "cpus:8;mem:4096"));
  const internal::AgentReregistered reregistered = again.Take().reregistered();
  ASSERT_EQ(reregistered.reconcile_size(), 1);
  EXPECT_EQ(reregistered.reconcile(0).task_id().value(), "t1");
  scheduler->Drain();
  master.SendUpdate(again, scheduler->framework_id, "t1", v1::TASK_DROPPED);
  EXPECT_EQ(scheduler->TakeUpdate().state(), v1::TASK_DROPPED);
  EXPECT_EQ(scheduler->TakeOffer().resources(0).scalar().value(), 1);
}

TEST_F(AgentTest, HearsAgainOfAKillThatItMissed) {
  master.Close(*agent);
  SchedulerCall call = master.MakeCall(*scheduler, SchedulerCall::KILL);
  call.mutable_kill()->mutable_task_id()->set_value("t1");
  master.Call(*scheduler, call);
  AgentSession& again = master.NewAgentSession();
  master.Send(again, ReregisterWithTask());
  EXPECT_TRUE(again.Take().has_reregistered());
  EXPECT_EQ(again.Take().kill_task().task_id().value(), "t1");
}

TEST_F(AgentTest, HearsThatItsFrameworkWasRemovedMeanwhile) {
  master.Close(*agent);
  master.Call(*scheduler, master.MakeCall(*scheduler, SchedulerCall::TEARDOWN));
  EXPECT_EQ(master.Stats().tasks, 0u);
  AgentSession& again = master.NewAgentSession();
  master.Send(again, ReregisterWithTask());
  EXPECT_TRUE(again.Take().has_reregistered());
  EXPECT_EQ(again.Take().shutdown_framework().framework_id().value(), scheduler->framework_id);
  EXPECT_EQ(master.Stats().tasks, 0u);
}

TEST_F(AgentTest, IsUnreachableWhenItStaysAway) {
  master.Close(*agent);
  scheduler->Drain();
  master.Advance(absl::Seconds(74));
  EXPECT_EQ(master.Stats().agents, 1u);
  scheduler->Drain();
  const absl::Time unreachable_at = master.now() + absl::Seconds(1);
  master.Advance(absl::Seconds(2));
  while (scheduler->received.front()->type() == Event::HEARTBEAT) scheduler->received.pop_front();
  const v1::TaskStatus status = scheduler->TakeUpdate();
  EXPECT_EQ(status.state(), v1::TASK_UNREACHABLE);
  EXPECT_EQ(status.reason(), v1::TaskStatus::REASON_AGENT_REMOVED);
  EXPECT_EQ(status.message(), "health check timed out");
  EXPECT_EQ(status.unreachable_time().nanoseconds(), absl::ToUnixNanos(unreachable_at));
  EXPECT_EQ(scheduler->Expect(Event::FAILURE).failure().agent_id().value(), agent->agent_id);
  EXPECT_EQ(master.Stats().agents, 0u);
  EXPECT_EQ(master.Read(v1::master::Call::GET_TASKS).get_tasks().unreachable_tasks_size(), 1);
}

TEST_F(OldAgentTest, TasksOfAFrameworkWithoutPartitionAwareAreLost) {
  master.Close(*agent);
  scheduler->Drain();
  master.Advance(absl::Seconds(76));
  while (scheduler->received.front()->type() == Event::HEARTBEAT) scheduler->received.pop_front();
  const v1::TaskStatus status = scheduler->TakeUpdate();
  EXPECT_EQ(status.state(), v1::TASK_LOST);
  EXPECT_EQ(status.reason(), v1::TaskStatus::REASON_AGENT_REMOVED);
}

TEST_F(AgentTest, IsUnreachableWhenItAnswersNoPings) {
  master.answer_pings = false;
  master.Advance(absl::Seconds(91));
  ASSERT_TRUE(agent->closed);
  EXPECT_EQ(agent->closed->code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(master.Stats().agents_unreachable, 1u);
  EXPECT_NE(scheduler->Drain().find("UPDATE RESCIND FAILURE"), std::string::npos);
}

TEST_F(AgentTest, StaysAsLongAsItAnswersPings) {
  master.Advance(absl::Minutes(10));
  EXPECT_FALSE(agent->closed);
  EXPECT_EQ(master.Stats().connected_agents, 1u);
}

TEST_F(AgentTest, AreToldOverHowLongToSpreadTheirReturn) {
  constexpr int kOthers = 300;
  const int64_t expected = 1000 * kOthers / limits::kAgentReturnsPerSecond;
  master.answer_pings = false;
  for (int i = 0; i < kOthers; ++i) {
    master.RegisterAgent("cpus:1", absl::StrCat("other", i));
  }
  AgentSession& last = master.NewAgentSession();
  internal::AgentMessage registration;
  *registration.mutable_register_agent()->mutable_info() = Harness::AgentInfo("cpus:1", "last");
  registration.mutable_register_agent()->set_version("1");
  master.Send(last, registration);
  EXPECT_EQ(last.Take().registered().return_spread_milliseconds(), expected);
  // The first agent is told so when it is pinged, and when it comes back.
  agent->received.clear();
  master.Advance(absl::Seconds(15));
  EXPECT_EQ(agent->Take().ping().return_spread_milliseconds(), expected);
  AgentSession& again = master.NewAgentSession();
  master.Send(again, ReregisterWithTask());
  EXPECT_EQ(again.Take().reregistered().return_spread_milliseconds(), expected);
}

TEST_F(AgentTest, AnUnreachableAgentComesBackWithItsTasks) {
  master.Close(*agent);
  master.Advance(absl::Seconds(80));
  scheduler->Drain();
  AgentSession& again = master.NewAgentSession();
  master.Send(again, ReregisterWithTask());
  EXPECT_TRUE(again.Take().has_reregistered());
  const v1::TaskStatus status = scheduler->TakeUpdate();
  EXPECT_EQ(status.state(), v1::TASK_RUNNING);
  EXPECT_EQ(status.reason(), v1::TaskStatus::REASON_AGENT_REREGISTERED);
  EXPECT_EQ(scheduler->TakeOffer().resources(0).scalar().value(), 7);
  const auto tasks = master.Read(v1::master::Call::GET_TASKS).get_tasks();
  EXPECT_EQ(tasks.tasks_size(), 1);
  EXPECT_EQ(tasks.unreachable_tasks_size(), 0);
}

// As Mesos' master: an agent that is cut off is not removed for operators.
TEST_F(AgentTest, OperatorsHearOfACutOffAgentByItsTasksOnly) {
  Follower& follower = master.Follow();
  master.Close(*agent);
  master.Advance(absl::Seconds(80));
  const std::string told = follower.Drain();
  EXPECT_NE(told.find("TASK_UPDATED"), std::string::npos) << told;
  EXPECT_EQ(told.find("AGENT_REMOVED"), std::string::npos) << told;
  AgentSession& again = master.NewAgentSession();
  master.Send(again, ReregisterWithTask());
  EXPECT_EQ(follower.Take().task_added().task().task_id().value(), "t1");
  const v1::master::Event added = follower.Take();
  ASSERT_EQ(added.type(), v1::master::Event::AGENT_ADDED);
  ASSERT_EQ(added.agent_added().agent().allocated_resources_size(), 2);
  EXPECT_EQ(added.agent_added().agent().allocated_resources(0).scalar().value(), 1);
}

TEST_F(AgentTest, ReconcilesUnreachableTasks) {
  master.Close(*agent);
  master.Advance(absl::Seconds(80));
  scheduler->Drain();
  for (const std::string& agent_id : {agent->agent_id, std::string()}) {
    SchedulerCall call = master.MakeCall(*scheduler, SchedulerCall::RECONCILE);
    SchedulerCall::Reconcile::Task* task = call.mutable_reconcile()->add_tasks();
    task->mutable_task_id()->set_value("t1");
    if (!agent_id.empty()) task->mutable_agent_id()->set_value(agent_id);
    master.Call(*scheduler, call);
    const v1::TaskStatus status = scheduler->TakeUpdate();
    EXPECT_EQ(status.state(), v1::TASK_UNREACHABLE);
    EXPECT_TRUE(status.has_unreachable_time());
    EXPECT_EQ(status.message(), "Reconciliation: Task is unreachable");
  }
}

TEST_F(AgentTest, UnregisteringLosesItsTasks) {
  internal::AgentMessage message;
  message.mutable_unregister_agent();
  master.Send(*agent, message);
  EXPECT_TRUE(agent->closed);
  const v1::TaskStatus status = scheduler->TakeUpdate();
  EXPECT_EQ(status.state(), v1::TASK_LOST);
  EXPECT_EQ(status.message(), "Agent host1 removed: the agent unregistered");
  EXPECT_EQ(scheduler->Drain(), "RESCIND FAILURE");
  EXPECT_EQ(master.Stats().agents, 0u);
}

TEST_F(AgentTest, ANewcomerAtItsAddressRemovesADisconnectedAgent) {
  master.RegisterAgent("cpus:8;mem:4096");
  EXPECT_EQ(master.Stats().agents, 2u);
  master.Close(*agent);
  EXPECT_EQ(master.Stats().tasks, 1u);
  // The newest at the address is the one that a further newcomer replaces; the first goes by its
  // deadline.
  master.Advance(absl::Seconds(80));
  EXPECT_EQ(master.Stats().agents, 1u);
}

TEST_F(AgentTest, ANewcomerAfterADisconnectionTakesTheAddress) {
  master.Close(*agent);
  scheduler->Drain();
  AgentSession& newcomer = master.RegisterAgent("cpus:8;mem:4096");
  EXPECT_NE(newcomer.agent_id, agent->agent_id);
  EXPECT_EQ(master.Stats().agents, 1u);
  EXPECT_EQ(scheduler->TakeUpdate().message(),
            "Agent host1 removed: a new agent registered at the same address");
}

TEST_F(AgentTest, MarkedGoneItIsShutDownAndNeverTakenBack) {
  v1::master::Call call;
  call.set_type(v1::master::Call::MARK_AGENT_GONE);
  call.mutable_mark_agent_gone()->mutable_agent_id()->set_value(agent->agent_id);
  EXPECT_TRUE(master.Operate(call, nullptr).ok());
  EXPECT_EQ(agent->Take().shutdown().message(), "Agent has been marked gone");
  EXPECT_TRUE(agent->closed);
  const v1::TaskStatus status = scheduler->TakeUpdate();
  EXPECT_EQ(status.state(), v1::TASK_GONE_BY_OPERATOR);
  EXPECT_EQ(status.reason(), v1::TaskStatus::REASON_AGENT_REMOVED_BY_OPERATOR);
  AgentSession& again = master.NewAgentSession();
  master.Send(again, ReregisterWithTask());
  EXPECT_TRUE(again.Take().has_shutdown());
  EXPECT_TRUE(again.closed);
}

TEST_F(AgentTest, MarkedGoneWhileUnreachableItsTasksEnd) {
  master.Close(*agent);
  master.Advance(absl::Seconds(80));
  scheduler->Drain();
  v1::master::Call call;
  call.set_type(v1::master::Call::MARK_AGENT_GONE);
  call.mutable_mark_agent_gone()->mutable_agent_id()->set_value(agent->agent_id);
  EXPECT_TRUE(master.Operate(call, nullptr).ok());
  EXPECT_EQ(scheduler->TakeUpdate().state(), v1::TASK_GONE_BY_OPERATOR);
  EXPECT_EQ(master.Read(v1::master::Call::GET_TASKS).get_tasks().unreachable_tasks_size(), 0);
  call.mutable_mark_agent_gone()->mutable_agent_id()->set_value("nobody");
  EXPECT_EQ(master.Operate(call, nullptr).message(), "Agent 'nobody' not found");
}

TEST_F(AgentTest, OtherResourcesAreTakenWhereItsTasksFit) {
  AgentSession& again = master.NewAgentSession();
  internal::AgentMessage message = ReregisterWithTask();
  message.mutable_reregister_agent()->mutable_info()->clear_resources();
  ParseResources("cpus:4;mem:1024",
                 message.mutable_reregister_agent()->mutable_info()->mutable_resources());
  scheduler->Drain();
  master.Send(again, message);
  EXPECT_TRUE(again.Take().has_reregistered());
  scheduler->Expect(Event::RESCIND);
  EXPECT_EQ(scheduler->TakeOffer().resources(0).scalar().value(), 3);
}

TEST_F(AgentTest, LessThanItsTasksUseIsRefused) {
  AgentSession& again = master.NewAgentSession();
  internal::AgentMessage message = ReregisterWithTask();
  message.mutable_reregister_agent()->mutable_info()->clear_resources();
  ParseResources("cpus:0.5;mem:1024",
                 message.mutable_reregister_agent()->mutable_info()->mutable_resources());
  master.Send(again, message);
  ASSERT_TRUE(again.closed);
  EXPECT_EQ(again.closed->code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(again.closed->message().find("cpus:1"), absl::string_view::npos) << *again.closed;
}

// A master that has just started, and an agent with a running task of a framework that it has never
// seen.
struct NewMasterTest : testing::Test {
  NewMasterTest() : agent(master.NewAgentSession()) {
    agent.agent_id = "m0-S5";
    internal::AgentMessage message = Reregister("m0-S5", "cpus:8;mem:4096");
    AddFramework(message, "m0-0001", master.FrameworkInfo("web"));
    *message.mutable_reregister_agent()->add_tasks() =
        master.RunningTask("t1", "m0-0001", "m0-S5", "cpus:1;mem:32", "web");
    v1::ExecutorInfo* executor = message.mutable_reregister_agent()->add_executors();
    executor->mutable_executor_id()->set_value("e1");
    executor->mutable_framework_id()->set_value("m0-0001");
    executor->mutable_command()->set_value("executor");
    ParseResources("cpus:1;mem:32", executor->mutable_resources());
    for (v1::Resource& resource : *executor->mutable_resources()) {
      resource.mutable_allocation_info()->set_role("web");
    }
    master.Send(agent, message);
    EXPECT_TRUE(agent.Take().has_reregistered());
  }

  Harness master;
  AgentSession& agent;
};

TEST_F(NewMasterTest, AdoptsTheTaskTheExecutorAndTheFramework) {
  EXPECT_EQ(master.Stats().tasks, 1u);
  const auto frameworks = master.Read(v1::master::Call::GET_FRAMEWORKS).get_frameworks();
  ASSERT_EQ(frameworks.frameworks_size(), 1);
  EXPECT_TRUE(frameworks.frameworks(0).recovered());
  EXPECT_FALSE(frameworks.frameworks(0).active());

  v1::FrameworkInfo info = master.FrameworkInfo("web");
  info.mutable_id()->set_value("m0-0001");
  SchedulerSession& scheduler = master.Subscribe(info);
  EXPECT_EQ(scheduler.TakeOffer().resources(0).scalar().value(), 6);
  master.SendUpdate(agent, "m0-0001", "t1", v1::TASK_FINISHED);
  EXPECT_EQ(scheduler.TakeUpdate().state(), v1::TASK_FINISHED);
  EXPECT_EQ(scheduler.TakeOffer().resources(0).scalar().value(), 1);
}

TEST_F(NewMasterTest, KeepsTheFrameworkUntilAgentsHadTimeToReturn) {
  master.Advance(absl::Minutes(9));
  EXPECT_EQ(master.Stats().frameworks, 1u);
  master.Advance(absl::Minutes(2));
  EXPECT_EQ(master.Stats().frameworks, 0u);
  EXPECT_TRUE(agent.Take().has_shutdown_framework());
}

TEST_F(NewMasterTest, TellsASchedulerThatIsThereAlready) {
  v1::FrameworkInfo info = master.FrameworkInfo("web");
  info.mutable_id()->set_value("m0-0002");
  SchedulerSession& scheduler = master.Subscribe(info);
  scheduler.Drain();
  AgentSession& other = master.NewAgentSession();
  internal::AgentMessage message = Reregister("m0-S6", "cpus:8;mem:4096");
  AddFramework(message, "m0-0002", info);
  *message.mutable_reregister_agent()->add_tasks() =
      master.RunningTask("t9", "m0-0002", "m0-S6", "cpus:1;mem:32", "web");
  master.Send(other, message);
  const v1::TaskStatus status = scheduler.TakeUpdate();
  EXPECT_EQ(status.message(), "Unknown agent reregistered");
  EXPECT_EQ(status.state(), v1::TASK_RUNNING);
}

TEST_F(NewMasterTest, ATaskIdThatRunsOnTwoAgentsIsKilledOnTheSecond) {
  AgentSession& other = master.NewAgentSession();
  internal::AgentMessage message = Reregister("m0-S6", "cpus:8;mem:4096");
  AddFramework(message, "m0-0001", master.FrameworkInfo("web"));
  *message.mutable_reregister_agent()->add_tasks() =
      master.RunningTask("t1", "m0-0001", "m0-S6", "cpus:1;mem:32", "web");
  master.Send(other, message);
  EXPECT_TRUE(other.Take().has_reregistered());
  EXPECT_EQ(other.Take().kill_task().task_id().value(), "t1");
  EXPECT_EQ(master.Stats().tasks, 1u);
}

TEST(AgentSessionTest, AFirstMessageThatDoesNotRegisterEndsTheSession) {
  Harness master;
  AgentSession& agent = master.NewAgentSession();
  internal::AgentMessage message;
  message.mutable_pong()->set_sequence(1);
  master.Send(agent, message);
  ASSERT_TRUE(agent.closed);
  EXPECT_EQ(agent.closed->code(), absl::StatusCode::kFailedPrecondition);
}

TEST(AgentSessionTest, RefusesAbsurdResources) {
  Harness master;
  AgentSession& agent = master.NewAgentSession();
  internal::AgentMessage message;
  *message.mutable_register_agent()->mutable_info() = Harness::AgentInfo("cpus:-1;mem:4096");
  message.mutable_register_agent()->set_version("1.12.0");
  master.Send(agent, message);
  ASSERT_TRUE(agent.closed);
  EXPECT_EQ(agent.closed->code(), absl::StatusCode::kInvalidArgument);
}

TEST(AgentSessionTest, NeverGivesAnIdThatAnAgentCameWith) {
  Harness master;
  master.Send(master.NewAgentSession(), Reregister("m1-S0", "cpus:8;mem:4096"));
  EXPECT_EQ(master.RegisterAgent("cpus:8;mem:4096", "host2").agent_id, "m1-S1");
}

internal::AgentMessage Talkative(int port, size_t bytes) {
  internal::AgentMessage message;
  v1::AgentInfo* info = message.mutable_register_agent()->mutable_info();
  *info = Harness::AgentInfo("cpus:1;mem:64", "host", port);
  v1::Attribute* attribute = info->add_attributes();
  attribute->set_name("a");
  attribute->set_type(v1::Value::TEXT);
  attribute->mutable_text()->set_value(std::string(bytes, 'x'));
  return message;
}

// Anybody may register agents, from one address as many as it likes.
TEST(AgentInfoBudgetTest, WhatTheAgentsOfOneHostSayIsBounded) {
  constexpr size_t kBytes = 1'000'000;
  Harness master;
  std::vector<AgentSession*> sessions;
  int port = 1;
  while (sessions.size() < 100) {
    AgentSession& session = master.NewAgentSession();
    master.Send(session, Talkative(port++, kBytes));
    if (session.closed.has_value()) {
      EXPECT_TRUE(absl::IsResourceExhausted(*session.closed)) << *session.closed;
      EXPECT_THAT(session.closed->message(),
                  testing::HasSubstr("The agents of 10.0.0.1 would say"));
      break;
    }
    session.agent_id = session.Take().registered().agent_id().value();
    sessions.push_back(&session);
  }
  EXPECT_EQ(sessions.size(), limits::kMaxAgentInfosBytesPerHost / (kBytes + 200));
  EXPECT_EQ(master.Stats().agent_infos_refused, 1u);
  EXPECT_LE(master.Stats().agent_info_bytes, limits::kMaxAgentInfosBytesPerHost);
  EXPECT_LE(master.registry().bytes(), limits::kMaxAgentInfosBytesPerHost + 10'000);

  // Another host has its own.
  AgentSession& elsewhere = master.NewAgentSession();
  master.Handle(AgentMessageReceived{
      elsewhere.id, std::make_shared<const internal::AgentMessage>(Talkative(1, kBytes)),
      auth::Anonymous("10.0.0.2")});
  EXPECT_FALSE(elsewhere.closed.has_value());

  // One that is away says no more than its name, here and in the registry, and leaves its room.
  const size_t before = master.registry().bytes();
  master.Close(*sessions[0]);
  master.answer_pings = true;
  master.Advance(absl::Minutes(10));
  EXPECT_EQ(master.Stats().agents_unreachable, 1u);
  EXPECT_LT(master.registry().bytes(), before - kBytes + 1'000);
  AgentSession& next = master.NewAgentSession();
  master.Send(next, Talkative(port++, kBytes));
  EXPECT_FALSE(next.closed.has_value());
}

// Many at once, while the registry takes its time.
TEST(AgentInfoBudgetTest, WhatIsOnItsWayIntoTheRegistryCounts) {
  Harness master;
  master.hold_writes = true;
  size_t refused = 0;
  for (int i = 0; i < 300; ++i) {
    AgentSession& session = master.NewAgentSession();
    master.Send(session, Talkative(i + 1, 1'000'000));
    refused += session.closed.has_value();
    master.Close(session);
  }
  EXPECT_GT(refused, 260u);
  EXPECT_LE(master.Stats().agent_info_bytes, limits::kMaxAgentInfosBytesPerHost);
  master.hold_writes = false;
  master.CommitWrites();
  EXPECT_EQ(master.Stats().agent_info_bytes, 0u);
}

TEST(AgentInfoBudgetTest, AnAgentThatSaysTheSameComesBackWhateverOthersSay) {
  Harness master;
  std::vector<AgentSession*> sessions;
  for (int port = 1; port <= 34; ++port) {
    AgentSession& session = master.NewAgentSession();
    master.Send(session, Talkative(port, port == 1 ? 100 : 1'000'000));
    sessions.push_back(&session);
  }
  const std::string id = sessions[0]->Take().registered().agent_id().value();
  master.Close(*sessions[0]);
  const auto again = [&](size_t bytes) {
    internal::AgentMessage message;
    *message.mutable_reregister_agent()->mutable_info() =
        Talkative(1, bytes).register_agent().info();
    message.mutable_reregister_agent()->mutable_info()->mutable_id()->set_value(id);
    message.mutable_reregister_agent()->set_version("1.12.0");
    return message;
  };
  AgentSession& more = master.NewAgentSession();
  master.Send(more, again(1'000'000));
  ASSERT_TRUE(more.closed.has_value());
  EXPECT_TRUE(absl::IsResourceExhausted(*more.closed)) << *more.closed;
  AgentSession& same = master.NewAgentSession();
  master.Send(same, again(100));
  EXPECT_FALSE(same.closed.has_value());
  EXPECT_TRUE(same.Take().has_reregistered());
}

}  // namespace
}  // namespace mesos::master
