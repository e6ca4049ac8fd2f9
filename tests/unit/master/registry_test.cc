// What the master writes to its registry before it is true, and what the next leader makes of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "master/core/views/figures.h"
#include "tests/unit/master/harness.h"

namespace mesos::master {
namespace {

using Event = SchedulerEventMessage;

// A registry with `count` admitted agents, "old-S0" and so on.
Registry AdmittedAgents(int count) {
  Registry registry;
  for (int i = 0; i < count; ++i) {
    auto info = std::make_shared<v1::AgentInfo>(
        Harness::AgentInfo("cpus:8;mem:4096", "host" + std::to_string(i)));
    info->mutable_id()->set_value("old-S" + std::to_string(i));
    registry.Apply({AdmitAgent{std::move(info)}});
  }
  return registry;
}

MasterOptions DurableOptions() {
  MasterOptions options = Harness::DefaultOptions();
  options.durable_registry = true;
  return options;
}

internal::AgentMessage ReregisterFrom(const std::string& agent_id, const std::string& hostname,
                                      const std::vector<v1::Task>& tasks = {},
                                      const std::string& framework_id = "") {
  internal::AgentMessage message;
  internal::ReregisterAgent& reregister = *message.mutable_reregister_agent();
  *reregister.mutable_info() = Harness::AgentInfo("cpus:8;mem:4096", hostname);
  reregister.mutable_info()->mutable_id()->set_value(agent_id);
  reregister.set_version("1.12.0");
  for (const v1::Task& task : tasks) *reregister.add_tasks() = task;
  if (!framework_id.empty()) {
    v1::FrameworkInfo& framework = *reregister.add_frameworks();
    framework = Harness::FrameworkInfo("web");
    framework.mutable_id()->set_value(framework_id);
  }
  return message;
}

internal::AgentMessage Register(const std::string& hostname) {
  internal::AgentMessage message;
  *message.mutable_register_agent()->mutable_info() =
      Harness::AgentInfo("cpus:8;mem:4096", hostname);
  message.mutable_register_agent()->set_version("1.12.0");
  return message;
}

v1::master::Call GoneCall(const std::string& agent_id) {
  v1::master::Call call;
  call.set_type(v1::master::Call::MARK_AGENT_GONE);
  call.mutable_mark_agent_gone()->mutable_agent_id()->set_value(agent_id);
  return call;
}

AgentStanding StandingOf(const Harness& master, const std::string& agent_id) {
  return master.registry().agents().at(agent_id).standing;
}

// Reconciles one task; what the master answers, or nothing.
std::string Reconcile(Harness& master, SchedulerSession& scheduler, const std::string& agent_id) {
  scheduler.Drain();
  SchedulerCall call = master.MakeCall(scheduler, SchedulerCall::RECONCILE);
  SchedulerCall::Reconcile::Task* task = call.mutable_reconcile()->add_tasks();
  task->mutable_task_id()->set_value("t1");
  if (!agent_id.empty()) task->mutable_agent_id()->set_value(agent_id);
  master.Call(scheduler, call);
  if (scheduler.received.empty()) return "no answer";
  return v1::TaskState_Name(scheduler.TakeUpdate().state());
}

// ---- Admission

TEST(AdmissionTest, TellsAnAgentItsIdOnceTheRegistryHasIt) {
  Harness master(DurableOptions());
  master.hold_writes = true;
  AgentSession& agent = master.NewAgentSession();
  master.Send(agent, Register("host1"));
  EXPECT_TRUE(agent.received.empty());
  EXPECT_EQ(master.Stats().agents, 0u);
  master.CommitWrites();
  const std::string id = agent.Take().registered().agent_id().value();
  EXPECT_EQ(StandingOf(master, id), AgentStanding::kAdmitted);
  EXPECT_EQ(master.Stats().connected_agents, 1u);
}

TEST(AdmissionTest, AnAgentThatSendsTooMuchBeforeItHearsItsIdIsRefused) {
  MasterOptions options = DurableOptions();
  options.max_messages_while_joining = 2;
  Harness master(options);
  master.hold_writes = true;
  AgentSession& agent = master.NewAgentSession();
  master.Send(agent, Register("host1"));
  internal::AgentMessage pong;
  pong.mutable_pong();
  for (int i = 0; i < 2; ++i) master.Send(agent, pong);
  EXPECT_FALSE(agent.closed);
  EXPECT_EQ(master.Stats().bounds_met.messages_while_joining, 0u);
  master.Send(agent, pong);
  EXPECT_EQ(master.Stats().bounds_met.messages_while_joining, 1u);
  EXPECT_EQ(agent.closed->code(), absl::StatusCode::kResourceExhausted);
  master.CommitWrites();
  EXPECT_EQ(master.Stats().agents, 0u);
}

TEST(AdmissionTest, ForgetsAnAgentThatLeftBeforeItHeardItsId) {
  Harness master(DurableOptions());
  master.hold_writes = true;
  AgentSession& agent = master.NewAgentSession();
  master.Send(agent, Register("host1"));
  master.Close(agent);
  master.CommitWrites();
  EXPECT_EQ(master.Stats().agents, 0u);
  EXPECT_TRUE(master.registry().agents().empty());
}

TEST(AdmissionTest, WhatAnAgentSendsMeanwhileIsHandledAfterIt) {
  Harness master(DurableOptions());
  master.hold_writes = true;
  AgentSession& agent = master.NewAgentSession();
  master.Send(agent, Register("host1"));
  internal::AgentMessage unregister;
  unregister.mutable_unregister_agent();
  master.Send(agent, unregister);
  EXPECT_FALSE(agent.closed);
  master.CommitWrites();
  EXPECT_TRUE(agent.Take().has_registered());
  EXPECT_TRUE(agent.closed);
  EXPECT_TRUE(master.registry().agents().empty());
}

TEST(AdmissionTest, RefusesAnAgentThatSendsTooMuchBeforeItIsIn) {
  Harness master(DurableOptions());
  master.hold_writes = true;
  AgentSession& agent = master.NewAgentSession();
  master.Send(agent, Register("host1"));
  internal::AgentMessage pong;
  pong.mutable_pong()->set_sequence(1);
  for (int i = 0; i < 2000 && !agent.closed; ++i) master.Send(agent, pong);
  ASSERT_TRUE(agent.closed);
  EXPECT_EQ(agent.closed->code(), absl::StatusCode::kResourceExhausted);
  master.CommitWrites();
  EXPECT_EQ(master.Stats().agents, 0u);
}

TEST(AdmissionTest, ANewcomerAtItsAddressTakesADisconnectedAgentOutOfTheRegistry) {
  Harness master(DurableOptions());
  AgentSession& old = master.RegisterAgent("cpus:8;mem:4096");
  master.Close(old);
  AgentSession& next = master.RegisterAgent("cpus:8;mem:4096");
  EXPECT_EQ(master.registry().agents().count(old.agent_id), 0u);
  EXPECT_EQ(master.registry().agents().count(next.agent_id), 1u);
  EXPECT_EQ(master.Figures().counters.removed_same_address, 1u);
}

TEST(AdmissionTest, NotesChangedFactsOfAnAgentThatReturns) {
  Harness master(DurableOptions(), AdmittedAgents(1));
  AgentSession& agent = master.NewAgentSession();
  master.hold_writes = true;
  master.Send(agent, ReregisterFrom("old-S0", "renamed"));
  // It need not wait for that.
  EXPECT_TRUE(agent.Take().has_reregistered());
  EXPECT_EQ(master.held_writes(), 1u);
  master.CommitWrites();
  EXPECT_EQ(master.registry().agents().at("old-S0").info->hostname(), "renamed");
}

TEST(AdmissionTest, TakesAnAgentThatTheRegistryHasForgotten) {
  Harness master(DurableOptions());
  AgentSession& agent = master.NewAgentSession();
  master.hold_writes = true;
  master.Send(agent, ReregisterFrom("stranger-S7", "host1"));
  EXPECT_TRUE(agent.received.empty());
  master.CommitWrites();
  EXPECT_TRUE(agent.Take().has_reregistered());
  EXPECT_EQ(StandingOf(master, "stranger-S7"), AgentStanding::kAdmitted);
}

TEST(AdmissionTest, TheNewestOfTwoSessionsThatWaitIsTaken) {
  Harness master(DurableOptions());
  master.hold_writes = true;
  AgentSession& first = master.NewAgentSession();
  AgentSession& second = master.NewAgentSession();
  AgentSession& third = master.NewAgentSession();
  master.Send(first, ReregisterFrom("stranger-S7", "host1"));
  master.Send(second, ReregisterFrom("stranger-S7", "host1"));
  master.Send(third, ReregisterFrom("stranger-S7", "host1"));
  ASSERT_TRUE(second.closed);
  EXPECT_EQ(second.closed->code(), absl::StatusCode::kAborted);
  master.CommitWrites();
  EXPECT_TRUE(third.Take().has_reregistered());
  ASSERT_TRUE(first.closed);
  EXPECT_EQ(master.Stats().connected_agents, 1u);
}

TEST(AdmissionTest, AnAgentWhoseSessionEndsWhileItIsWrittenIsAwaited) {
  Harness master(DurableOptions());
  master.hold_writes = true;
  AgentSession& agent = master.NewAgentSession();
  master.Send(agent, ReregisterFrom("stranger-S7", "host1"));
  master.Close(agent);
  master.CommitWrites();
  EXPECT_EQ(master.Stats().awaited_agents, 1u);
  master.hold_writes = false;
  master.Advance(absl::Seconds(80));
  EXPECT_EQ(StandingOf(master, "stranger-S7"), AgentStanding::kUnreachable);
}

// ---- Departures

class DepartureTest : public testing::Test {
 protected:
  DepartureTest() {
    scheduler = &master.Subscribe(Harness::FrameworkInfo("web"));
    agent = &master.RegisterAgent("cpus:8;mem:4096");
    master.Launch(*scheduler, scheduler->TakeOffer(), Harness::CommandTask("t1", Offer(), ""));
    scheduler->Drain();
    agent->received.clear();
  }
  v1::Offer Offer() const {
    v1::Offer offer;
    offer.mutable_agent_id()->set_value(agent->agent_id);
    return offer;
  }

  Harness master{DurableOptions()};
  SchedulerSession* scheduler = nullptr;
  AgentSession* agent = nullptr;
};

TEST_F(DepartureTest, NobodyHearsOfAnUnreachableAgentBeforeTheRegistry) {
  master.Close(*agent);
  scheduler->Drain();
  master.hold_writes = true;
  master.Advance(absl::Seconds(80));
  EXPECT_EQ(scheduler->Drain().find("FAILURE"), std::string::npos);
  EXPECT_EQ(master.Stats().agents, 1u);
  master.CommitWrites();
  EXPECT_NE(scheduler->Drain().find("FAILURE"), std::string::npos);
  EXPECT_EQ(StandingOf(master, agent->agent_id), AgentStanding::kUnreachable);
}

TEST_F(DepartureTest, AnAgentThatReturnsWhileItBecomesUnreachableIsTakenAfterwards) {
  master.Close(*agent);
  master.hold_writes = true;
  master.Advance(absl::Seconds(80));
  AgentSession& again = master.NewAgentSession();
  master.Send(again, ReregisterFrom(agent->agent_id, "host1"));
  EXPECT_TRUE(again.received.empty());
  master.CommitWrites();
  EXPECT_TRUE(again.Take().has_reregistered());
  EXPECT_EQ(StandingOf(master, agent->agent_id), AgentStanding::kAdmitted);
}

TEST_F(DepartureTest, AnAgentThatIsMarkedGoneWhileItReturnsIsShutDown) {
  master.Close(*agent);
  master.hold_writes = true;
  master.Handle(OperatorCallReceived{
      CallToken{77}, std::make_shared<const v1::master::Call>(GoneCall(agent->agent_id)),
      auth::Anonymous()});
  AgentSession& again = master.NewAgentSession();
  master.Send(again, ReregisterFrom(agent->agent_id, "host1"));
  master.CommitWrites();
  EXPECT_TRUE(again.Take().has_shutdown());
  EXPECT_EQ(StandingOf(master, agent->agent_id), AgentStanding::kGone);
}

TEST_F(DepartureTest, EveryCallThatMarksAnAgentGoneIsAnsweredOnce) {
  master.hold_writes = true;
  for (uint64_t token : {71, 72, 73}) {
    master.Handle(OperatorCallReceived{
        CallToken{token}, std::make_shared<const v1::master::Call>(GoneCall(agent->agent_id)),
        auth::Anonymous()});
    EXPECT_FALSE(master.OperatorAnswer(CallToken{token}));
  }
  master.CommitWrites();
  for (uint64_t token : {71, 72, 73}) {
    ASSERT_TRUE(master.OperatorAnswer(CallToken{token}));
    EXPECT_TRUE(master.OperatorAnswer(CallToken{token})->ok());
  }
  EXPECT_TRUE(agent->closed);
}

TEST_F(DepartureTest, AnAgentThatUnregistersLeavesTheRegistry) {
  internal::AgentMessage message;
  message.mutable_unregister_agent();
  master.Send(*agent, message);
  EXPECT_TRUE(master.registry().agents().empty());
}

TEST_F(DepartureTest, AFailedWriteEndsTheLeadership) {
  master.hold_writes = true;
  AgentSession& other = master.NewAgentSession();
  master.Send(other, Register("host2"));
  master.FailWrite(absl::AbortedError("the store belongs to another master now"));
  ASSERT_TRUE(master.abdicated());
  EXPECT_EQ(master.abdicated()->code(), absl::StatusCode::kAborted);
  EXPECT_TRUE(other.received.empty());
  // It does nothing any more.
  scheduler->Drain();
  master.Call(*scheduler, master.MakeCall(*scheduler, SchedulerCall::TEARDOWN));
  EXPECT_EQ(master.Stats().frameworks, 1u);
}

TEST(RemovalRateTest, AgentsBecomeUnreachableOneAfterTheOther) {
  MasterOptions options = DurableOptions();
  options.agent_removal_spacing = absl::Minutes(10);
  Harness master(options);
  std::vector<AgentSession*> agents;
  for (int i = 0; i < 3; ++i) {
    agents.push_back(&master.RegisterAgent("cpus:8;mem:4096", "host" + std::to_string(i)));
  }
  for (AgentSession* agent : agents) master.Close(*agent);
  master.Advance(absl::Seconds(80));
  EXPECT_EQ(master.Stats().agents_unreachable, 1u);
  EXPECT_EQ(master.Stats().removals_scheduled, 3u);
  // One of those that wait comes back: its turn passes.
  AgentSession& again = master.NewAgentSession();
  master.Send(again, ReregisterFrom(agents[1]->agent_id, "host1"));
  EXPECT_TRUE(again.Take().has_reregistered());
  EXPECT_EQ(master.Stats().removals_canceled, 1u);
  master.Advance(absl::Minutes(9));
  EXPECT_EQ(master.Stats().agents_unreachable, 1u);
  master.Advance(absl::Minutes(1));
  EXPECT_EQ(master.Stats().agents_unreachable, 2u);
  EXPECT_EQ(StandingOf(master, agents[2]->agent_id), AgentStanding::kUnreachable);
  EXPECT_EQ(StandingOf(master, agents[1]->agent_id), AgentStanding::kAdmitted);
}

TEST(RemovalRateTest, APongCancelsTheRemovalOfASilentAgent) {
  MasterOptions options = DurableOptions();
  options.agent_removal_spacing = absl::Hours(1);
  Harness master(options);
  AgentSession& first = master.RegisterAgent("cpus:8;mem:4096", "host1");
  AgentSession& second = master.RegisterAgent("cpus:8;mem:4096", "host2");
  master.answer_pings = false;
  master.Advance(absl::Seconds(91));
  EXPECT_EQ(master.Stats().agents_unreachable, 1u);
  AgentSession& silent = first.closed ? second : first;
  EXPECT_FALSE(silent.closed);
  internal::AgentMessage pong;
  pong.mutable_pong()->set_sequence(1);
  master.Send(silent, pong);
  EXPECT_EQ(master.Stats().removals_canceled, 1u);
  master.answer_pings = true;
  master.Advance(absl::Hours(2));
  EXPECT_EQ(master.Stats().agents_unreachable, 1u);
}

// ---- The next leader

TEST(FailoverTest, WaitsForTheAgentsOfTheRegistry) {
  Harness master(DurableOptions(), AdmittedAgents(3));
  SchedulerSession& scheduler = master.Subscribe(Harness::FrameworkInfo("web"));
  const auto agents = master.Read(v1::master::Call::GET_AGENTS).get_agents();
  EXPECT_EQ(agents.recovered_agents_size(), 3);
  EXPECT_EQ(Reconcile(master, scheduler, "old-S1"), "no answer");
  EXPECT_EQ(Reconcile(master, scheduler, ""), "no answer");
  // The registry would have it.
  EXPECT_EQ(Reconcile(master, scheduler, "old-S9"), "TASK_UNKNOWN");

  AgentSession& agent = master.NewAgentSession();
  master.Send(agent, ReregisterFrom("old-S1", "host1",
                                    {Harness::RunningTask("t1", scheduler.framework_id, "old-S1",
                                                          "cpus:1;mem:32", "web")},
                                    scheduler.framework_id));
  EXPECT_TRUE(agent.Take().has_reregistered());
  EXPECT_EQ(Reconcile(master, scheduler, "old-S1"), "TASK_RUNNING");
  EXPECT_EQ(Reconcile(master, scheduler, ""), "TASK_RUNNING");
  EXPECT_EQ(master.Read(v1::master::Call::GET_AGENTS).get_agents().recovered_agents_size(), 2);
}

TEST(FailoverTest, TasksThatWereToBeExpectedAreNotTold) {
  Harness master(DurableOptions(), AdmittedAgents(1));
  SchedulerSession& scheduler = master.Subscribe(Harness::FrameworkInfo("web"));
  AgentSession& agent = master.NewAgentSession();
  master.Send(agent, ReregisterFrom("old-S0", "host0",
                                    {Harness::RunningTask("t1", scheduler.framework_id, "old-S0",
                                                          "cpus:1;mem:32", "web")},
                                    scheduler.framework_id));
  EXPECT_EQ(scheduler.Drain(), "OFFERS");
}

TEST(FailoverTest, AgentsThatDoNotComeBackBecomeUnreachable) {
  Harness master(DurableOptions(), AdmittedAgents(2));
  SchedulerSession& scheduler = master.Subscribe(Harness::FrameworkInfo("web"));
  AgentSession& agent = master.NewAgentSession();
  master.Send(agent, ReregisterFrom("old-S1", "host1"));
  master.Advance(absl::Minutes(10) + absl::Seconds(1));
  EXPECT_EQ(StandingOf(master, "old-S0"), AgentStanding::kUnreachable);
  EXPECT_EQ(StandingOf(master, "old-S1"), AgentStanding::kAdmitted);
  EXPECT_EQ(master.Stats().recovery_removals, 1u);
  EXPECT_NE(scheduler.Drain().find("FAILURE"), std::string::npos);
  EXPECT_EQ(Reconcile(master, scheduler, "old-S0"), "TASK_UNREACHABLE");
}

TEST(FailoverTest, GivesUpLeadingWhereMoreAreMissingThanMayBe) {
  MasterOptions options = DurableOptions();
  options.recovery_agent_removal_limit = 0.4;
  Harness master(options, AdmittedAgents(4));
  for (int i = 0; i < 2; ++i) {
    const std::string number = std::to_string(i);
    master.Send(master.NewAgentSession(), ReregisterFrom("old-S" + number, "host" + number));
  }
  master.Advance(absl::Minutes(11));
  ASSERT_TRUE(master.abdicated());
  EXPECT_THAT(std::string(master.abdicated()->message()),
              testing::HasSubstr("2 of 4 agents of the registry did not come back within 10m"));
  EXPECT_EQ(StandingOf(master, "old-S3"), AgentStanding::kAdmitted);
}

TEST(FailoverTest, KnowsWhoWasUnreachableAndWhoIsGone) {
  Registry registry = AdmittedAgents(2);
  const absl::Time since = Harness::DefaultOptions().start_time - absl::Hours(1);
  registry.Apply({MarkUnreachable{"old-S0", since}, MarkGone{"old-S1", since}});
  Harness master(DurableOptions(), registry);
  SchedulerSession& scheduler = master.Subscribe(Harness::FrameworkInfo("web"));
  EXPECT_EQ(Reconcile(master, scheduler, "old-S0"), "TASK_UNREACHABLE");
  EXPECT_EQ(Reconcile(master, scheduler, "old-S1"), "TASK_GONE_BY_OPERATOR");
  AgentSession& gone = master.NewAgentSession();
  master.Send(gone, ReregisterFrom("old-S1", "host1"));
  EXPECT_TRUE(gone.Take().has_shutdown());
  AgentSession& back = master.NewAgentSession();
  master.Send(back, ReregisterFrom("old-S0", "host0"));
  EXPECT_TRUE(back.Take().has_reregistered());
  EXPECT_EQ(StandingOf(master, "old-S0"), AgentStanding::kAdmitted);
}

TEST(FailoverTest, WeightsOutliveTheMaster) {
  Harness master(DurableOptions());
  v1::master::Call call;
  call.set_type(v1::master::Call::UPDATE_WEIGHTS);
  v1::WeightInfo* weight = call.mutable_update_weights()->add_weight_infos();
  weight->set_role("web");
  weight->set_weight(2.5);
  EXPECT_TRUE(master.Operate(call, nullptr).ok());
  Harness next(DurableOptions(), master.registry());
  const auto weights = next.Read(v1::master::Call::GET_WEIGHTS).get_weights();
  ASSERT_EQ(weights.weight_infos_size(), 1);
  EXPECT_EQ(weights.weight_infos(0).weight(), 2.5);
}

TEST(FailoverTest, ARecoveredAgentMayBeMarkedGone) {
  Harness master(DurableOptions(), AdmittedAgents(1));
  EXPECT_TRUE(master.Operate(GoneCall("old-S0"), nullptr).ok());
  EXPECT_EQ(StandingOf(master, "old-S0"), AgentStanding::kGone);
  EXPECT_EQ(master.Stats().awaited_agents, 0u);
  EXPECT_EQ(master.Operate(GoneCall("old-S5"), nullptr).code(), absl::StatusCode::kNotFound);
}

// ---- Forgetting

TEST(RegistryCollectionTest, ForgetsTheOldAndTheTooMany) {
  MasterOptions options = DurableOptions();
  options.registry_max_agent_age = absl::Hours(24);
  options.registry_max_agent_count = 2;
  Registry registry = AdmittedAgents(5);
  const absl::Time start = options.start_time;
  registry.Apply({MarkUnreachable{"old-S0", start - absl::Hours(1)},
                  MarkUnreachable{"old-S1", start - absl::Hours(3)},
                  MarkUnreachable{"old-S2", start - absl::Hours(2)},
                  MarkGone{"old-S3", start - absl::Hours(25)}});
  Harness master(options, registry);
  master.Send(master.NewAgentSession(), ReregisterFrom("old-S4", "host4"));
  master.Advance(absl::Minutes(16));
  std::vector<std::string> left;
  for (const auto& [id, agent] : master.registry().agents()) left.push_back(id);
  EXPECT_THAT(left, testing::ElementsAre("old-S0", "old-S2", "old-S4"));
  SchedulerSession& scheduler = master.Subscribe(Harness::FrameworkInfo("web"));
  EXPECT_EQ(Reconcile(master, scheduler, "old-S1"), "TASK_UNKNOWN");
}

TEST(RegistryCollectionTest, AnAgentThatReturnsMeanwhileIsAdmittedAfterwards) {
  MasterOptions options = DurableOptions();
  options.registry_max_agent_age = absl::Hours(1);
  Registry registry = AdmittedAgents(1);
  registry.Apply({MarkUnreachable{"old-S0", options.start_time - absl::Hours(2)}});
  Harness master(options, registry);
  master.hold_writes = true;
  master.Advance(absl::Minutes(16));
  ASSERT_EQ(master.held_writes(), 1u);
  AgentSession& agent = master.NewAgentSession();
  master.Send(agent, ReregisterFrom("old-S0", "host0"));
  EXPECT_TRUE(agent.received.empty());
  master.CommitWrites();
  EXPECT_TRUE(agent.Take().has_reregistered());
  EXPECT_EQ(StandingOf(master, "old-S0"), AgentStanding::kAdmitted);
}

}  // namespace
}  // namespace mesos::master
