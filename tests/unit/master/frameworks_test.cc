// The life of a framework: SUBSCRIBE, failover, disconnection, UPDATE_FRAMEWORK, removal, and the
// sessions of it.

#include "common/base/limits.h"
#include "gmock/gmock.h"
#include "tests/unit/master/harness.h"

namespace mesos::master {
namespace {

using Event = SchedulerEventMessage;

TEST(SubscribeTest, NamesTheMasterAndBeatsAtOnceAndThenEveryInterval) {
  Harness master;
  SchedulerSession& scheduler = master.TrySubscribe(master.FrameworkInfo("web"));
  const Event::Subscribed subscribed = scheduler.Expect(Event::SUBSCRIBED).subscribed();
  EXPECT_EQ(subscribed.framework_id().value(), "m1-0000");
  EXPECT_EQ(subscribed.heartbeat_interval_seconds(), 15);
  EXPECT_EQ(subscribed.master_info().id(), "m1");
  EXPECT_EQ(subscribed.master_info().pid(), "master@127.0.0.1:5050");
  EXPECT_EQ(subscribed.master_info().ip(), 16777343u);
  EXPECT_EQ(scheduler.Drain(), "HEARTBEAT");
  master.Advance(absl::Seconds(46));
  EXPECT_EQ(scheduler.Drain(), "HEARTBEAT HEARTBEAT HEARTBEAT");
}

TEST(SubscribeTest, PutsAMastersIpv6AddressInBrackets) {
  MasterOptions options = Harness::DefaultOptions();
  options.ip = "fd00::1";
  Harness master(options);
  const Event event = master.TrySubscribe(master.FrameworkInfo("web")).Expect(Event::SUBSCRIBED);
  EXPECT_EQ(event.subscribed().master_info().pid(), "master@[fd00::1]:5050");
  EXPECT_EQ(event.subscribed().master_info().address().ip(), "fd00::1");
}

TEST(SubscribeTest, RefusesARoleBesideRolesWithAnErrorEvent) {
  Harness master;
  v1::FrameworkInfo info = master.FrameworkInfo("web");
  info.set_role("a");
  SchedulerSession& scheduler = master.TrySubscribe(info);
  EXPECT_EQ(scheduler.Expect(Event::ERROR).error().message(),
            "'FrameworkInfo.role' must not be set when the framework is MULTI_ROLE capable");
  ASSERT_TRUE(scheduler.closed);
  EXPECT_TRUE(scheduler.closed->ok());
  EXPECT_EQ(master.Stats().frameworks, 0u);
}

TEST(SubscribeTest, TakesAnUnknownIdAsItsOwn) {
  Harness master;
  v1::FrameworkInfo info = master.FrameworkInfo("web");
  info.mutable_id()->set_value("m0-0007");
  EXPECT_EQ(master.Subscribe(info).framework_id, "m0-0007");
}

TEST(SubscribeTest, NeverGivesAnIdThatAClientMadeUp) {
  Harness master;
  v1::FrameworkInfo info = master.FrameworkInfo("web");
  info.mutable_id()->set_value("m1-0000");
  master.Subscribe(info);
  EXPECT_EQ(master.Subscribe(master.FrameworkInfo("web")).framework_id, "m1-0001");
}

TEST(SubscribeTest, AgainOnTheSameSessionIsAnsweredAgain) {
  Harness master;
  SchedulerSession& scheduler = master.Subscribe(master.FrameworkInfo("web"));
  SchedulerCall call = master.MakeCall(scheduler, SchedulerCall::SUBSCRIBE);
  *call.mutable_subscribe()->mutable_framework_info() = master.FrameworkInfo("web");
  *call.mutable_subscribe()->mutable_framework_info()->mutable_id() = call.framework_id();
  master.Call(scheduler, call);
  EXPECT_EQ(scheduler.Drain(), "SUBSCRIBED HEARTBEAT");
  EXPECT_FALSE(scheduler.closed);
}

TEST(SubscribeTest, AsAnotherFrameworkOnTheSameSessionEndsIt) {
  Harness master;
  SchedulerSession& scheduler = master.Subscribe(master.FrameworkInfo("web"));
  SchedulerCall call;
  call.set_type(SchedulerCall::SUBSCRIBE);
  *call.mutable_subscribe()->mutable_framework_info() = master.FrameworkInfo("web");
  master.Call(scheduler, call);
  EXPECT_EQ(scheduler.Drain(), "ERROR");
  EXPECT_TRUE(scheduler.closed);
}

TEST(FailoverTest, ASecondInstanceReplacesTheFirst) {
  Harness master;
  SchedulerSession& first = master.Subscribe(master.FrameworkInfo("web"));
  AgentSession& agent = master.RegisterAgent("cpus:8;mem:4096");
  const v1::Offer offer = first.TakeOffer();
  master.Launch(first, offer, master.CommandTask("t1", offer, "cpus:1;mem:32"), 1000);
  EXPECT_TRUE(agent.Take().has_run_tasks());

  v1::FrameworkInfo info = master.FrameworkInfo("web");
  info.mutable_id()->set_value(first.framework_id);
  SchedulerSession& second = master.Subscribe(info);
  EXPECT_EQ(second.framework_id, first.framework_id);
  EXPECT_EQ(first.Expect(Event::ERROR).error().message(), "Framework failed over");
  ASSERT_TRUE(first.closed);
  EXPECT_TRUE(first.closed->ok());
  EXPECT_TRUE(agent.Take().has_update_framework());
  EXPECT_EQ(master.Stats().tasks, 1u);
  // What the first instance refused is offered to the second.
  EXPECT_EQ(second.TakeOffer().resources(0).scalar().value(), 7);

  master.SendUpdate(agent, second.framework_id, "t1", v1::TASK_RUNNING);
  EXPECT_EQ(second.TakeUpdate().state(), v1::TASK_RUNNING);
  EXPECT_TRUE(first.received.empty());
}

TEST(FailoverTest, OffersOfTheFirstInstanceAreOfferedToTheSecond) {
  Harness master;
  SchedulerSession& first = master.Subscribe(master.FrameworkInfo("web"));
  master.RegisterAgent("cpus:8;mem:4096");
  const v1::Offer old = first.TakeOffer();
  v1::FrameworkInfo info = master.FrameworkInfo("web");
  info.mutable_id()->set_value(first.framework_id);
  SchedulerSession& second = master.Subscribe(info);
  EXPECT_NE(second.TakeOffer().id().value(), old.id().value());
  EXPECT_EQ(first.Drain(), "ERROR");
}

TEST(DisconnectionTest, OffersComeBackAndTasksStayUntilTheFailoverTimeout) {
  Harness master;
  SchedulerSession& scheduler = master.Subscribe(master.FrameworkInfo("web"));
  AgentSession& agent = master.RegisterAgent("cpus:8;mem:4096");
  const v1::Offer offer = scheduler.TakeOffer();
  master.Launch(scheduler, offer, master.CommandTask("t1", offer, "cpus:1;mem:32"));
  agent.Take();
  master.Close(scheduler);
  EXPECT_EQ(master.Stats().offers, 0u);
  master.Advance(absl::Seconds(59));
  EXPECT_EQ(master.Stats().tasks, 1u);
  EXPECT_TRUE(agent.received.empty());
  master.Advance(absl::Seconds(2));
  EXPECT_EQ(agent.Take().shutdown_framework().framework_id().value(), scheduler.framework_id);
  EXPECT_EQ(master.Stats().tasks, 0u);
  EXPECT_EQ(master.Stats().frameworks, 0u);
  const v1::Task task = master.Read(v1::master::Call::GET_TASKS).get_tasks().completed_tasks(0);
  EXPECT_EQ(task.state(), v1::TASK_KILLED);
  EXPECT_EQ(task.statuses(0).reason(), v1::TaskStatus::REASON_FRAMEWORK_REMOVED);
}

TEST(DisconnectionTest, ComesBackWithinTheTimeout) {
  Harness master;
  SchedulerSession& scheduler = master.Subscribe(master.FrameworkInfo("web"));
  master.Close(scheduler);
  master.Advance(absl::Seconds(30));
  v1::FrameworkInfo info = master.FrameworkInfo("web");
  info.mutable_id()->set_value(scheduler.framework_id);
  SchedulerSession& again = master.Subscribe(info);
  master.Advance(absl::Seconds(100));
  EXPECT_EQ(master.Stats().frameworks, 1u);
  EXPECT_FALSE(again.closed);
}

TEST(DisconnectionTest, WithoutTimeoutRemovesAtOnce) {
  Harness master;
  v1::FrameworkInfo info = master.FrameworkInfo("web");
  info.set_failover_timeout(0);
  SchedulerSession& scheduler = master.Subscribe(info);
  master.Close(scheduler);
  EXPECT_EQ(master.Stats().frameworks, 0u);
}

TEST(TeardownTest, KillsAtTheAgentsAndRefusesTheIdAfter) {
  Harness master;
  SchedulerSession& scheduler = master.Subscribe(master.FrameworkInfo("web"));
  AgentSession& agent = master.RegisterAgent("cpus:8;mem:4096");
  const v1::Offer offer = scheduler.TakeOffer();
  master.Launch(scheduler, offer, master.ExecutorTask("t1", "e1", offer, "cpus:1;mem:32"));
  agent.Take();
  master.Call(scheduler, master.MakeCall(scheduler, SchedulerCall::TEARDOWN));
  ASSERT_TRUE(scheduler.closed);
  EXPECT_TRUE(scheduler.closed->ok());
  EXPECT_TRUE(agent.Take().has_shutdown_framework());
  EXPECT_EQ(master.Stats().tasks, 0u);

  v1::FrameworkInfo info = master.FrameworkInfo("web");
  info.mutable_id()->set_value(scheduler.framework_id);
  SchedulerSession& again = master.TrySubscribe(info);
  EXPECT_EQ(again.Expect(Event::ERROR).error().message(), "Framework has been removed");
  EXPECT_TRUE(again.closed);
}

TEST(TeardownTest, RemembersOnlySoManyFrameworks) {
  MasterOptions options = Harness::DefaultOptions();
  options.max_completed_frameworks = 2;
  Harness master(options);
  for (int i = 0; i < 3; ++i) {
    SchedulerSession& scheduler = master.Subscribe(master.FrameworkInfo("web"));
    master.Call(scheduler, master.MakeCall(scheduler, SchedulerCall::TEARDOWN));
  }
  EXPECT_EQ(
      master.Read(v1::master::Call::GET_FRAMEWORKS).get_frameworks().completed_frameworks_size(),
      2);
}

SchedulerCall Update(const Harness& master, const SchedulerSession& scheduler,
                     v1::FrameworkInfo info) {
  SchedulerCall call;
  call.set_type(SchedulerCall::UPDATE_FRAMEWORK);
  call.mutable_framework_id()->set_value(scheduler.framework_id);
  info.mutable_id()->set_value(scheduler.framework_id);
  *call.mutable_update_framework()->mutable_framework_info() = std::move(info);
  return call;
}

TEST(UpdateFrameworkTest, RescindsTheOffersOfRolesThatItLeaves) {
  Harness master;
  SchedulerSession& scheduler = master.Subscribe(master.FrameworkInfo("web"));
  master.RegisterAgent("cpus:8;mem:4096");
  const v1::Offer offer = scheduler.TakeOffer();
  EXPECT_TRUE(
      master.CallForAnswer(scheduler, Update(master, scheduler, master.FrameworkInfo("db"))).ok());
  EXPECT_EQ(scheduler.Expect(Event::RESCIND).rescind().offer_id().value(), offer.id().value());
  EXPECT_EQ(scheduler.TakeOffer().allocation_info().role(), "db");
}

TEST(UpdateFrameworkTest, TellsTheAgentsOfItsTasks) {
  Harness master;
  SchedulerSession& scheduler = master.Subscribe(master.FrameworkInfo("web"));
  AgentSession& agent = master.RegisterAgent("cpus:8;mem:4096");
  const v1::Offer offer = scheduler.TakeOffer();
  master.Launch(scheduler, offer, master.CommandTask("t1", offer, "cpus:1;mem:32"));
  agent.Take();
  v1::FrameworkInfo info = master.FrameworkInfo("web");
  info.set_name("renamed");
  EXPECT_TRUE(master.CallForAnswer(scheduler, Update(master, scheduler, info)).ok());
  EXPECT_EQ(agent.Take().update_framework().framework().name(), "renamed");
}

TEST(UpdateFrameworkTest, RefusesAnotherUser) {
  Harness master;
  SchedulerSession& scheduler = master.Subscribe(master.FrameworkInfo("web"));
  v1::FrameworkInfo info = master.FrameworkInfo("web");
  info.set_user("somebody");
  const absl::Status status = master.CallForAnswer(scheduler, Update(master, scheduler, info));
  EXPECT_EQ(status.message(),
            "FrameworkInfo update is not valid: Updating 'FrameworkInfo.user' is unsupported; "
            "attempted to update "
            "from 'root' to 'somebody'");
}

TEST(UpdateFrameworkTest, SaysWhichPartOfTheCallIsNotValid) {
  Harness master;
  SchedulerSession& scheduler = master.Subscribe(master.FrameworkInfo("web"));
  v1::FrameworkInfo twice = master.FrameworkInfo("web");
  twice.add_roles("web");
  EXPECT_EQ(master.CallForAnswer(scheduler, Update(master, scheduler, twice)).message(),
            "Supplied FrameworkInfo is not valid: 'FrameworkInfo.roles' contains duplicate items: "
            "{ web }");
  SchedulerCall suppress = Update(master, scheduler, master.FrameworkInfo("web"));
  suppress.mutable_update_framework()->add_suppressed_roles("elsewhere");
  EXPECT_EQ(master.CallForAnswer(scheduler, suppress).message(),
            "'UpdateFramework' call is not valid: Suppressed roles { elsewhere } are not contained "
            "in the set of roles");
}

TEST(SessionTest, AFirstCallOtherThanSubscribeEndsTheSession) {
  Harness master;
  SchedulerSession& scheduler = master.NewSchedulerSession();
  scheduler.framework_id = "nobody";
  master.Call(scheduler, master.MakeCall(scheduler, SchedulerCall::REVIVE));
  ASSERT_TRUE(scheduler.closed);
  EXPECT_EQ(scheduler.closed->message(), "Framework cannot be found");
}

TEST(SessionTest, ACallWithATokenIsAnsweredInstead) {
  Harness master;
  SchedulerSession& scheduler = master.NewSchedulerSession();
  scheduler.framework_id = "nobody";
  EXPECT_EQ(
      master.CallForAnswer(scheduler, master.MakeCall(scheduler, SchedulerCall::REVIVE)).message(),
      "Framework cannot be found");
  SchedulerCall empty;
  EXPECT_EQ(master.CallForAnswer(scheduler, empty).message(),
            "Failed to validate scheduler::Call: Expecting 'type' to be present");
  EXPECT_FALSE(scheduler.closed);
}

TEST(SessionTest, ACallForAnotherFrameworkIsRejected) {
  Harness master;
  SchedulerSession& one = master.Subscribe(master.FrameworkInfo("web"));
  SchedulerSession& other = master.Subscribe(master.FrameworkInfo("web"));
  SchedulerCall call = master.MakeCall(other, SchedulerCall::TEARDOWN);
  master.Call(one, call);
  const Event event = one.Expect(Event::CALL_REJECTED);
  EXPECT_EQ(event.call_rejected().type(), SchedulerCall::TEARDOWN);
  EXPECT_EQ(event.call_rejected().message(),
            "This session is subscribed as framework m1-0000, not as m1-0001");
  EXPECT_EQ(master.Stats().frameworks, 2u);
  EXPECT_FALSE(one.closed);
}

TEST(SessionTest, ACallApartFromItsSessionIsTakenByItsStreamIdAlone) {
  Harness master;
  v1::FrameworkInfo info = master.FrameworkInfo("web");
  info.set_failover_timeout(60);
  SchedulerSession& scheduler = master.Subscribe(info);
  const SchedulerCall revive = master.MakeCall(scheduler, SchedulerCall::REVIVE);
  EXPECT_TRUE(master.CallApart(scheduler.id, "its-id", revive).ok());
  EXPECT_EQ(master.CallApart(SessionId::kNone, "other", revive),
            absl::InvalidArgumentError("The stream ID 'other' included in this request didn't "
                                       "match the stream ID currently associated with framework "
                                       "ID m1-0000"));
  EXPECT_EQ(master.CallApart(SessionId::kNone, std::nullopt, revive),
            absl::InvalidArgumentError(
                "All non-subscribe calls should include the 'Mesos-Stream-Id' header"));
  SchedulerCall unknown = revive;
  unknown.mutable_framework_id()->set_value("nobody");
  EXPECT_EQ(master.CallApart(SessionId::kNone, "other", unknown),
            absl::InvalidArgumentError("Framework cannot be found"));
  master.Close(scheduler);
  EXPECT_EQ(master.CallApart(SessionId::kNone, "its-id", revive),
            absl::PermissionDeniedError("Framework is not subscribed"));
}

TEST(SessionTest, ALateCallOfAReplacedSessionDoesNothing) {
  Harness master;
  SchedulerSession& first = master.Subscribe(master.FrameworkInfo("web"));
  v1::FrameworkInfo info = master.FrameworkInfo("web");
  info.mutable_id()->set_value(first.framework_id);
  SchedulerSession& second = master.Subscribe(info);
  EXPECT_FALSE(master.CallForAnswer(first, master.MakeCall(first, SchedulerCall::TEARDOWN)).ok());
  master.Close(first);
  EXPECT_FALSE(second.closed);
  EXPECT_EQ(master.Stats().frameworks, 1u);
}

TEST(SessionTest, RequestAndInverseOfferCallsAreTakenAndHaveNoEffect) {
  Harness master;
  SchedulerSession& scheduler = master.Subscribe(master.FrameworkInfo("web"));
  SchedulerCall call = master.MakeCall(scheduler, SchedulerCall::REQUEST);
  call.mutable_request();
  EXPECT_TRUE(master.CallForAnswer(scheduler, call).ok());
  EXPECT_TRUE(scheduler.received.empty());
}

// 900 roles of 120 components each made a tree of 140 MB.
TEST(RoleNodesTest, AllFrameworksTogetherAreBounded) {
  Harness master;
  v1::FrameworkInfo info = Harness::FrameworkInfo("x");
  info.clear_role();
  info.clear_roles();
  info.clear_capabilities();
  info.add_capabilities()->set_type(v1::FrameworkInfo::Capability::MULTI_ROLE);
  info.set_failover_timeout(0);
  std::string tail;
  for (int i = 1; i < 100; ++i) tail += "/a";
  for (int i = 0; i < 100; ++i) info.add_roles("r" + std::to_string(i) + tail);
  std::vector<SchedulerSession*> sessions;
  for (size_t nodes = 0; nodes < limits::kMaxRoleNodes; nodes += 10'000) {
    sessions.push_back(&master.Subscribe(info));
  }
  EXPECT_EQ(master.Stats().role_nodes, limits::kMaxRoleNodes);
  SchedulerSession& refused = master.TrySubscribe(Harness::FrameworkInfo("small"));
  const SchedulerEventMessage error = refused.Expect(SchedulerEventMessage::ERROR);
  EXPECT_THAT(error.error().message(),
              testing::StartsWith("The roles of all frameworks would have 200001 path components"));
  EXPECT_TRUE(refused.closed.has_value());
  // What is there may stay, say the same again, and become less.
  v1::FrameworkInfo less = info;
  less.mutable_roles()->RemoveLast();
  for (const v1::FrameworkInfo& again : {info, less}) {
    SchedulerCall update = master.MakeCall(*sessions[0], SchedulerCall::UPDATE_FRAMEWORK);
    *update.mutable_update_framework()->mutable_framework_info() = again;
    update.mutable_update_framework()->mutable_framework_info()->mutable_id()->set_value(
        sessions[0]->framework_id);
    EXPECT_TRUE(master.CallForAnswer(*sessions[0], update).ok());
  }
  master.Subscribe(Harness::FrameworkInfo("small"));
  master.Close(*sessions[1]);
  EXPECT_EQ(master.Stats().role_nodes, limits::kMaxRoleNodes - 100 + 1 - 10'000);
}

TEST(OfferConstraintsTest, AreKeptShownAndChangedWithTheFramework) {
  Harness master;
  SchedulerSession& session = master.NewSchedulerSession();
  SchedulerCall subscribe;
  subscribe.set_type(SchedulerCall::SUBSCRIBE);
  *subscribe.mutable_subscribe()->mutable_framework_info() = Harness::FrameworkInfo("web");
  const auto constrain = [](v1::scheduler::OfferConstraints* out, const std::string& role) {
    auto* constraint =
        (*out->mutable_role_constraints())[role].add_groups()->add_attribute_constraints();
    constraint->mutable_selector()->set_attribute_name("rack");
    constraint->mutable_predicate()->mutable_text_equals()->set_value("r1");
  };
  constrain(subscribe.mutable_subscribe()->mutable_offer_constraints(), "web");
  master.Call(session, subscribe);
  session.framework_id =
      session.Expect(SchedulerEventMessage::SUBSCRIBED).subscribed().framework_id().value();
  const auto shown = [&] {
    return master.Read(v1::master::Call::GET_FRAMEWORKS)
        .get_frameworks()
        .frameworks(0)
        .offer_constraints()
        .ShortDebugString();
  };
  EXPECT_EQ(shown(), subscribe.subscribe().offer_constraints().ShortDebugString());

  SchedulerCall update = master.MakeCall(session, SchedulerCall::UPDATE_FRAMEWORK);
  v1::FrameworkInfo* info = update.mutable_update_framework()->mutable_framework_info();
  *info = Harness::FrameworkInfo("web");
  info->mutable_id()->set_value(session.framework_id);
  constrain(update.mutable_update_framework()->mutable_offer_constraints(), "elsewhere");
  const absl::Status foreign = master.CallForAnswer(session, update);
  EXPECT_TRUE(absl::IsInvalidArgument(foreign));
  EXPECT_THAT(foreign.message(),
              testing::HasSubstr("'UpdateFramework' call is not valid: Offer constraints specify"));
  EXPECT_NE(shown(), "");
  update.mutable_update_framework()->clear_offer_constraints();
  EXPECT_TRUE(master.CallForAnswer(session, update).ok());
  EXPECT_EQ(shown(), "");
}

}  // namespace
}  // namespace mesos::master
