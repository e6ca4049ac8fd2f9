// What the core counts for metrics. That counts and books agree, the invariants check after every
// event of every test.

#include "master/core/views/figures.h"

#include "gmock/gmock.h"
#include "tests/unit/master/harness.h"

namespace mesos::master {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Pair;
using ::testing::SizeIs;
using Call = v1::scheduler::Call;
using EventType = v1::scheduler::Event;

TEST(FiguresTest, CountCallsEventsAndStates) {
  Harness master;
  SchedulerSession& scheduler = master.Subscribe(master.FrameworkInfo("web"));
  AgentSession& agent = master.RegisterAgent("cpus:8;mem:4096");
  const v1::Offer offer = scheduler.TakeOffer();
  EXPECT_EQ(master.Figures().counters.offered.regular[0], 8'000u);

  master.Launch(scheduler, offer, master.CommandTask("t1", offer, "cpus:1;mem:32"));
  MasterFigures figures = master.Figures();
  EXPECT_EQ(figures.counters.standing[v1::TASK_STAGING], 1u);
  EXPECT_EQ(figures.counters.total.regular[0], 8'000u);
  EXPECT_EQ(figures.counters.used.regular[0], 1'000u);
  EXPECT_EQ(figures.counters.calls[Call::ACCEPT], 1u);

  master.SendUpdate(agent, scheduler.framework_id, "t1", v1::TASK_RUNNING);
  master.SendUpdate(agent, scheduler.framework_id, "t1", v1::TASK_FAILED);
  figures = master.Figures();
  EXPECT_EQ(figures.counters.standing[v1::TASK_RUNNING], 0u);
  EXPECT_EQ(figures.counters.ended[v1::TASK_FAILED], 1u);
  EXPECT_THAT(figures.counters.ended_for, IsEmpty()) << "no reason was given";
  EXPECT_EQ(figures.counters.used.regular[0], 0u);
  ASSERT_THAT(figures.frameworks, SizeIs(1));
  const FrameworkFigures& framework = figures.frameworks[0];
  EXPECT_EQ(framework.info->id().value(), scheduler.framework_id);
  EXPECT_TRUE(framework.connected);
  EXPECT_THAT(framework.roles, ElementsAre(Pair("web", false)));
  EXPECT_EQ(framework.counters.calls[Call::SUBSCRIBE], 1u);
  EXPECT_EQ(framework.counters.calls[Call::ACCEPT], 1u);
  EXPECT_EQ(framework.counters.operations[v1::Offer::Operation::LAUNCH], 1u);
  EXPECT_EQ(framework.counters.events[EventType::UPDATE], 2u);
  EXPECT_EQ(framework.counters.events[EventType::SUBSCRIBED], 1u);
  EXPECT_EQ(framework.counters.offers_accepted, 1u);
  EXPECT_EQ(framework.counters.ended[v1::TASK_FAILED], 1u);
  EXPECT_THAT(figures.roles, ElementsAre(Key("web")));
}

TEST(FiguresTest, CountTasksThatWereRefused) {
  Harness master;
  SchedulerSession& scheduler = master.Subscribe(master.FrameworkInfo("web"));
  master.RegisterAgent("cpus:8;mem:4096");
  const v1::Offer offer = scheduler.TakeOffer();
  master.Launch(scheduler, offer, master.CommandTask("t1", offer, "cpus:100;mem:32"));
  const MasterFigures figures = master.Figures();
  EXPECT_EQ(figures.counters.ended[v1::TASK_ERROR], 1u);
  EXPECT_THAT(figures.counters.ended_for,
              ElementsAre(Pair(std::tuple(v1::TASK_ERROR, v1::TaskStatus::SOURCE_MASTER,
                                          v1::TaskStatus::REASON_TASK_INVALID),
                               1u)));
}

TEST(FiguresTest, KeepAFrameworkThatIsOverAndWhatItsTasksCameTo) {
  Harness master;
  SchedulerSession& scheduler = master.Subscribe(master.FrameworkInfo("web"));
  master.RegisterAgent("cpus:8;mem:4096");
  const v1::Offer offer = scheduler.TakeOffer();
  master.Launch(scheduler, offer, master.CommandTask("t1", offer, "cpus:1;mem:32"));
  master.Call(scheduler, master.MakeCall(scheduler, Call::TEARDOWN));
  const MasterFigures figures = master.Figures();
  EXPECT_EQ(figures.frameworks_connected, 0u);
  ASSERT_THAT(figures.frameworks, SizeIs(1));
  EXPECT_FALSE(figures.frameworks[0].connected);
  EXPECT_EQ(figures.frameworks[0].counters.calls[Call::TEARDOWN], 1u);
  EXPECT_EQ(figures.frameworks[0].counters.ended[v1::TASK_KILLED], 1u);
  EXPECT_EQ(figures.counters.ended_for.at({v1::TASK_KILLED, v1::TaskStatus::SOURCE_MASTER,
                                           v1::TaskStatus::REASON_FRAMEWORK_REMOVED}),
            1u);
  EXPECT_EQ(figures.counters.standing, TaskTally{});
  EXPECT_EQ(figures.counters.used, ScalarTotals{});
  EXPECT_THAT(figures.roles, IsEmpty());
}

TEST(FiguresTest, CountAgentsThatGoAndTheirTasks) {
  Harness master;
  master.answer_pings = false;
  SchedulerSession& scheduler = master.Subscribe(master.FrameworkInfo("web"));
  master.RegisterAgent("cpus:8;mem:4096");
  const v1::Offer offer = scheduler.TakeOffer();
  master.Launch(scheduler, offer, master.CommandTask("t1", offer, "cpus:1;mem:32"));
  master.Advance(absl::Hours(1));
  const MasterFigures figures = master.Figures();
  EXPECT_EQ(figures.unreachable_agents, 1u);
  EXPECT_EQ(figures.unreachable_tasks + figures.counters.ended[v1::TASK_LOST], 1u);
  EXPECT_EQ(figures.counters.total, ScalarTotals{});
  EXPECT_EQ(figures.counters.used, ScalarTotals{});
  EXPECT_EQ(figures.counters.register_agent, 1u);
}

TEST(FiguresTest, CountFiltersAndShares) {
  Harness master;
  SchedulerSession& scheduler = master.Subscribe(master.FrameworkInfo("web"));
  master.RegisterAgent("cpus:8;mem:4096");
  const v1::Offer offer = scheduler.TakeOffer();
  EXPECT_EQ(master.Figures().roles.at("web").dominant_share, 1) << "all of it is offered";
  master.Decline(scheduler, offer, 1000);
  const MasterFigures figures = master.Figures();
  EXPECT_EQ(figures.roles.at("web").filtered_agents, 1u);
  EXPECT_EQ(figures.roles.at("web").dominant_share, 0);
  EXPECT_EQ(figures.frameworks[0].counters.offers_declined, 1u);
}

}  // namespace
}  // namespace mesos::master
