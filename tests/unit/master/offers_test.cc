// Offers: what they say, when they come, how they end.

#include <limits>

#include "tests/unit/master/harness.h"

namespace mesos::master {
namespace {

using Event = SchedulerEventMessage;

TEST(OfferTest, ForAFrameworkOfOneRoleHasTheOldForm) {
  Harness master;
  v1::FrameworkInfo info;
  info.set_user("root");
  info.set_name("old");
  SchedulerSession& scheduler = master.Subscribe(info);
  master.RegisterAgent("cpus:8;mem:4096");
  const v1::Offer offer = scheduler.TakeOffer();
  EXPECT_FALSE(offer.has_allocation_info());
  for (const v1::Resource& resource : offer.resources()) {
    EXPECT_FALSE(resource.has_allocation_info());
    EXPECT_TRUE(resource.has_role());
    EXPECT_EQ(resource.role(), "*");
  }
}

TEST(OfferTest, OffersOfAllAgentsComeInOneEvent) {
  Harness master;
  master.RegisterAgent("cpus:8;mem:4096", "host1");
  master.RegisterAgent("cpus:8;mem:4096", "host2");
  SchedulerSession& scheduler = master.Subscribe(master.FrameworkInfo("web"));
  EXPECT_EQ(scheduler.Expect(Event::OFFERS).offers().offers_size(), 2);
  EXPECT_TRUE(scheduler.received.empty());
}

TEST(DeclineTest, WithoutFilterComesAgainAfterFiveSeconds) {
  Harness master;
  SchedulerSession& scheduler = master.Subscribe(master.FrameworkInfo("web"));
  master.RegisterAgent("cpus:8;mem:4096");
  master.Decline(scheduler, scheduler.TakeOffer(), std::nullopt);
  EXPECT_TRUE(scheduler.received.empty());
  master.Advance(absl::Milliseconds(4900));
  EXPECT_TRUE(scheduler.received.empty());
  master.Advance(absl::Milliseconds(200));
  scheduler.TakeOffer();
}

// A scheduler that declines in a loop gets no more offers than passes there are.
TEST(DeclineTest, WithZeroSecondsComesAgainAfterAnAllocationInterval) {
  Harness master;
  SchedulerSession& scheduler = master.Subscribe(master.FrameworkInfo("web"));
  master.RegisterAgent("cpus:8;mem:4096");
  for (int i = 0; i < 5; ++i) {
    master.Decline(scheduler, scheduler.TakeOffer(), 0);
    master.Advance(absl::Milliseconds(999));
    EXPECT_TRUE(scheduler.received.empty());
    master.Advance(absl::Milliseconds(1));
  }
  scheduler.TakeOffer();
  EXPECT_EQ(master.Stats().offers_sent, 6u);
}

TEST(DeclineTest, WithZeroSecondsLeavesWhatIsFreedMeanwhile) {
  Harness master;
  SchedulerSession& scheduler = master.Subscribe(master.FrameworkInfo("web"));
  AgentSession& agent = master.RegisterAgent("cpus:8;mem:4096");
  const v1::Offer offer = scheduler.TakeOffer();
  master.Launch(scheduler, offer, master.CommandTask("a", offer, "cpus:3;mem:32"));
  master.Decline(scheduler, scheduler.TakeOffer(), 0);
  master.SendUpdate(agent, scheduler.framework_id, "a", v1::TASK_FINISHED);
  scheduler.TakeUpdate();
  EXPECT_EQ(scheduler.TakeOffer().resources(0).scalar().value(), 8);
}

TEST(DeclineTest, AbsurdSecondsCountAsTheDefault) {
  for (double seconds : {-1.0, -1e300, std::numeric_limits<double>::quiet_NaN()}) {
    Harness master;
    SchedulerSession& scheduler = master.Subscribe(master.FrameworkInfo("web"));
    master.RegisterAgent("cpus:8;mem:4096");
    master.Decline(scheduler, scheduler.TakeOffer(), seconds);
    EXPECT_TRUE(scheduler.received.empty()) << seconds;
    master.Advance(absl::Milliseconds(5100));
    scheduler.TakeOffer();
  }
}

TEST(DeclineTest, FromOneGoesToTheOther) {
  Harness master;
  SchedulerSession& one = master.Subscribe(master.FrameworkInfo("a"));
  SchedulerSession& other = master.Subscribe(master.FrameworkInfo("b"));
  master.RegisterAgent("cpus:8;mem:4096");
  master.Decline(one, one.TakeOffer(), 100);
  EXPECT_EQ(other.TakeOffer().allocation_info().role(), "b");
}

TEST(DeclineTest, OfUnknownAndForeignOffersIsIgnored) {
  Harness master;
  SchedulerSession& one = master.Subscribe(master.FrameworkInfo("a"));
  SchedulerSession& other = master.Subscribe(master.FrameworkInfo("b"));
  master.RegisterAgent("cpus:8;mem:4096");
  v1::Offer offer = one.TakeOffer();
  master.Decline(other, offer, 0);
  EXPECT_EQ(master.Stats().offers, 1u);
  for (const char* id :
       {"no-such-offer", "m1-O", "m1-O00", "m1-O18446744073709551616", "m1-O-0", ""}) {
    offer.mutable_id()->set_value(id);
    master.Decline(one, offer, 0);
  }
  EXPECT_EQ(master.Stats().offers, 1u);
}

TEST(OfferTimeoutTest, RescindsAndOffersAnew) {
  MasterOptions options = Harness::DefaultOptions();
  options.offer_timeout = absl::Seconds(3);
  Harness master(options);
  SchedulerSession& scheduler = master.Subscribe(master.FrameworkInfo("web"));
  master.RegisterAgent("cpus:8;mem:4096");
  const v1::Offer offer = scheduler.TakeOffer();
  master.Advance(absl::Milliseconds(3100));
  EXPECT_EQ(scheduler.Expect(Event::RESCIND).rescind().offer_id().value(), offer.id().value());
  EXPECT_NE(scheduler.TakeOffer().id().value(), offer.id().value());
}

TEST(SuppressTest, StopsOffersUntilRevive) {
  Harness master;
  SchedulerSession& scheduler = master.Subscribe(master.FrameworkInfo("web"));
  master.Call(scheduler, master.MakeCall(scheduler, SchedulerCall::SUPPRESS));
  master.RegisterAgent("cpus:8;mem:4096");
  EXPECT_TRUE(scheduler.received.empty());
  SchedulerCall foreign = master.MakeCall(scheduler, SchedulerCall::REVIVE);
  foreign.mutable_revive()->add_roles("not-mine");
  EXPECT_TRUE(master.CallForAnswer(scheduler, foreign).ok());
  EXPECT_TRUE(scheduler.received.empty());
  master.Call(scheduler, master.MakeCall(scheduler, SchedulerCall::REVIVE));
  scheduler.TakeOffer();
}

TEST(SuppressTest, AtSubscribeStopsOffersOfThatRole) {
  Harness master;
  master.RegisterAgent("cpus:8;mem:4096");
  SchedulerSession& scheduler = master.NewSchedulerSession();
  SchedulerCall call;
  call.set_type(SchedulerCall::SUBSCRIBE);
  *call.mutable_subscribe()->mutable_framework_info() = master.FrameworkInfo("web");
  call.mutable_subscribe()->mutable_framework_info()->add_roles("db");
  call.mutable_subscribe()->add_suppressed_roles("web");
  master.Call(scheduler, call);
  scheduler.Expect(Event::SUBSCRIBED);
  scheduler.Expect(Event::HEARTBEAT);
  EXPECT_EQ(scheduler.TakeOffer().allocation_info().role(), "db");
}

TEST(ReviveTest, DropsFilters) {
  Harness master;
  SchedulerSession& scheduler = master.Subscribe(master.FrameworkInfo("web"));
  master.RegisterAgent("cpus:8;mem:4096");
  master.Decline(scheduler, scheduler.TakeOffer(), 1e6);
  EXPECT_TRUE(scheduler.received.empty());
  master.Call(scheduler, master.MakeCall(scheduler, SchedulerCall::REVIVE));
  scheduler.TakeOffer();
}

}  // namespace
}  // namespace mesos::master
