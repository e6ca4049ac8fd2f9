// What there is much of goes out page by page, as the scheduler reads.

#include <set>

#include "common/base/limits.h"
#include "tests/unit/master/harness.h"

namespace mesos::master {
namespace {

using Event = SchedulerEventMessage;

constexpr size_t kPage = 10'000;

// One agent that returns with `count` tasks of a framework, which then subscribes.
struct PagingTest : testing::Test {
  explicit PagingTest(size_t page_bytes = kPage) : master(Options(page_bytes)) {
    master.hold_drains = true;
  }

  static MasterOptions Options(size_t page_bytes) {
    MasterOptions options = Harness::DefaultOptions();
    options.page_bytes = page_bytes;
    return options;
  }

  AgentSession& ReturnWithTasks(int count) {
    AgentSession& agent = master.NewAgentSession();
    internal::AgentMessage message;
    internal::ReregisterAgent& again = *message.mutable_reregister_agent();
    *again.mutable_info() = master.AgentInfo("cpus:100000;mem:4096");
    again.mutable_info()->mutable_id()->set_value("old-S1");
    again.set_version("1");
    v1::FrameworkInfo& framework = *again.add_frameworks();
    framework = master.FrameworkInfo("web");
    framework.mutable_id()->set_value("old-0001");
    for (int i = 0; i < count; ++i) {
      *again.add_tasks() =
          master.RunningTask(absl::StrCat("t", i), "old-0001", "old-S1", "cpus:0.1", "web");
    }
    master.Send(agent, message);
    agent.received.clear();
    return agent;
  }

  SchedulerSession& SubscribeAgain() {
    v1::FrameworkInfo info = master.FrameworkInfo("web");
    info.mutable_id()->set_value("old-0001");
    SchedulerSession& scheduler = master.TrySubscribe(info);
    scheduler.framework_id = "old-0001";
    master.Call(scheduler, master.MakeCall(scheduler, SchedulerCall::SUPPRESS));
    scheduler.received.clear();
    while (master.held_drains() > 0) master.Drain();
    scheduler.received.clear();
    return scheduler;
  }

  void ReconcileAll(SchedulerSession& scheduler) {
    SchedulerCall call = master.MakeCall(scheduler, SchedulerCall::RECONCILE);
    call.mutable_reconcile();
    master.Call(scheduler, call);
  }

  // Takes what was received, which is no more than a page and one event, and says of which tasks.
  std::vector<std::string> TakePage(SchedulerSession& scheduler) {
    std::vector<std::string> tasks;
    size_t bytes = 0;
    while (!scheduler.received.empty()) {
      const Event event = scheduler.Expect(Event::UPDATE);
      bytes += event.ByteSizeLong();
      tasks.push_back(event.update().status().task_id().value());
    }
    EXPECT_LE(bytes, 3 * kPage);
    return tasks;
  }

  Harness master;
};

TEST_F(PagingTest, ReconcilesAllTasksAsTheSchedulerReads) {
  ReturnWithTasks(1000);
  SchedulerSession& scheduler = SubscribeAgain();
  ReconcileAll(scheduler);
  std::set<std::string> told;
  int pages = 0;
  do {
    for (std::string& id : TakePage(scheduler)) EXPECT_TRUE(told.insert(std::move(id)).second);
    EXPECT_EQ(told.size() < 1000, master.held_drains() > 0);
    master.Drain();
    ++pages;
  } while (!scheduler.received.empty());
  EXPECT_EQ(told.size(), 1000u);
  EXPECT_GT(pages, 5);
  EXPECT_GE(master.Figures().counters.full_pages, 5u);
}

TEST_F(PagingTest, TasksThatEndMeanwhileHideNoOthers) {
  AgentSession& agent = ReturnWithTasks(1000);
  SchedulerSession& scheduler = SubscribeAgain();
  ReconcileAll(scheduler);
  std::set<std::string> told;
  int ended = 0;
  while (true) {
    for (std::string& id : TakePage(scheduler)) told.insert(std::move(id));
    if (master.held_drains() == 0) break;
    // Those told and those still to be told, so that the list moves on both sides.
    for (int place : {3 * ended, 999 - 2 * ended}) {
      const std::string id = absl::StrCat("t", place);
      master.SendUpdate(agent, scheduler.framework_id, id, v1::TASK_FINISHED);
      master.Acknowledge(scheduler, scheduler.TakeUpdate());
      told.insert(id);
    }
    ++ended;
    master.Drain();
  }
  EXPECT_EQ(told.size(), 1000u);
  EXPECT_GT(ended, 2);
}

TEST_F(PagingTest, AskingAgainMeanwhileTellsAllOnceMore) {
  ReturnWithTasks(200);
  SchedulerSession& scheduler = SubscribeAgain();
  for (int i = 0; i < 3; ++i) {
    ReconcileAll(scheduler);
  }
  size_t told = TakePage(scheduler).size();
  while (master.held_drains() > 0) {
    master.Drain();
    told += TakePage(scheduler).size();
  }
  EXPECT_EQ(told, 400u);
}

TEST_F(PagingTest, NamedTasksAreAnsweredInOrder) {
  SchedulerSession& scheduler = master.Subscribe(master.FrameworkInfo("web"));
  SchedulerCall call = master.MakeCall(scheduler, SchedulerCall::RECONCILE);
  for (int i = 0; i < 300; ++i) {
    call.mutable_reconcile()->add_tasks()->mutable_task_id()->set_value(absl::StrCat("t", i));
  }
  master.Call(scheduler, call);
  std::vector<std::string> told = TakePage(scheduler);
  EXPECT_LT(told.size(), 300u);
  while (master.held_drains() > 0) {
    master.Drain();
    for (std::string& id : TakePage(scheduler)) told.push_back(std::move(id));
  }
  ASSERT_EQ(told.size(), 300u);
  for (int i = 0; i < 300; ++i) EXPECT_EQ(told[i], absl::StrCat("t", i));
}

TEST_F(PagingTest, NamedCallsThatWaitAreBoundedInBytes) {
  SchedulerSession& scheduler = master.Subscribe(master.FrameworkInfo("web"));
  SchedulerCall call = master.MakeCall(scheduler, SchedulerCall::RECONCILE);
  for (int i = 0; i < 60'000; ++i) {
    call.mutable_reconcile()->add_tasks()->mutable_task_id()->set_value(std::string(200, 'x'));
  }
  size_t bytes = 0;
  absl::Status answer;
  while ((answer = master.CallForAnswer(scheduler, call)).ok()) {
    bytes += call.ByteSizeLong();
    ASSERT_LE(bytes, limits::kMaxPagedCallBytes);
  }
  EXPECT_EQ(answer.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_GT(bytes + call.ByteSizeLong(), limits::kMaxPagedCallBytes);
  EXPECT_EQ(master.Stats().calls_rejected, 1u);
}

TEST_F(PagingTest, OffersOfManyAgentsAreTakenPageByPage) {
  for (int i = 0; i < 300; ++i) {
    master.RegisterAgent("cpus:8;mem:4096", absl::StrCat("host", i));
  }
  SchedulerSession& scheduler = master.Subscribe(master.FrameworkInfo("web"));
  EXPECT_EQ(master.Stats().offers, 300u);
  std::set<std::string> told;
  while (true) {
    size_t bytes = 0;
    while (!scheduler.received.empty()) {
      const Event event = scheduler.Expect(Event::OFFERS);
      bytes += event.ByteSizeLong();
      for (const v1::Offer& offer : event.offers().offers()) told.insert(offer.id().value());
    }
    EXPECT_LE(bytes, 2 * kPage);
    EXPECT_EQ(master.Stats().offers_sent, told.size());
    if (master.held_drains() == 0) break;
    master.Drain();
  }
  EXPECT_EQ(told.size(), 300u);
}

TEST_F(PagingTest, AnOfferThatGoesBeforeItWasToldIsNeverHeardOf) {
  std::vector<AgentSession*> agents;
  for (int i = 0; i < 300; ++i) {
    agents.push_back(&master.RegisterAgent("cpus:8;mem:4096", absl::StrCat("host", i)));
  }
  SchedulerSession& scheduler = master.Subscribe(master.FrameworkInfo("web"));
  std::set<std::string> told;
  const auto take = [&] {
    while (!scheduler.received.empty()) {
      const Event event = scheduler.Take();
      for (const v1::Offer& offer : event.offers().offers()) told.insert(offer.agent_id().value());
      if (event.has_rescind()) ADD_FAILURE() << "Rescinds what was not told";
    }
  };
  take();
  std::set<std::string> gone;
  for (AgentSession* agent : agents) {
    if (told.count(agent->agent_id) > 0) continue;
    gone.insert(agent->agent_id);
    master.Close(*agent);
    if (gone.size() == 100) break;
  }
  EXPECT_EQ(gone.size(), 100u);
  while (master.held_drains() > 0) {
    master.Drain();
    take();
  }
  EXPECT_EQ(told.size(), 200u);
  for (const std::string& agent : gone) EXPECT_EQ(told.count(agent), 0u) << agent;
}

TEST_F(PagingTest, ANewSessionHearsNothingThatTheOldOneWaitedFor) {
  ReturnWithTasks(500);
  SchedulerSession& old = SubscribeAgain();
  ReconcileAll(old);
  EXPECT_GT(master.held_drains(), 0u);
  SchedulerSession& scheduler = SubscribeAgain();
  master.Drain();
  EXPECT_TRUE(scheduler.received.empty());
  ReconcileAll(scheduler);
  EXPECT_FALSE(TakePage(scheduler).empty());
}

struct LargeOffersTest : PagingTest {
  LargeOffersTest() : PagingTest(limits::kPageBytes) {}
};

TEST_F(LargeOffersTest, AnEventOfOffersIsBoundedInBytes) {
  constexpr int kAgents = 25;
  for (int i = 0; i < kAgents; ++i) {
    AgentSession& agent = master.NewAgentSession();
    internal::AgentMessage message;
    internal::RegisterAgent& registration = *message.mutable_register_agent();
    *registration.mutable_info() = master.AgentInfo("cpus:8;mem:4096", absl::StrCat("host", i));
    v1::Attribute& attribute = *registration.mutable_info()->add_attributes();
    attribute.set_name("large");
    attribute.set_type(v1::Value::TEXT);
    attribute.mutable_text()->set_value(std::string((i % 5 == 0 ? 800 : 300) << 10, 'x'));
    registration.set_version("1");
    master.Send(agent, message);
  }
  SchedulerSession& scheduler = master.Subscribe(master.FrameworkInfo("web"));
  int offers = 0;
  int events = 0;
  while (true) {
    for (; !scheduler.received.empty(); ++events) {
      const Event event = scheduler.Expect(Event::OFFERS);
      EXPECT_LE(event.ByteSizeLong(), limits::kMaxOffersBytes + 100);
      offers += event.offers().offers_size();
    }
    if (master.held_drains() == 0) break;
    master.Drain();
  }
  EXPECT_EQ(offers, kAgents);
  EXPECT_LT(events, kAgents);
}

}  // namespace
}  // namespace mesos::master
