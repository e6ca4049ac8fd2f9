// The main job: a scheduler subscribes, is offered, launches, hears of its tasks and acknowledges.

#include "tests/unit/master/harness.h"

namespace mesos::master {
namespace {

TEST(MainPathTest, RunsATaskFromOfferToAcknowledgement) {
  Harness master;
  SchedulerSession& scheduler = master.Subscribe(master.FrameworkInfo("web"));
  EXPECT_EQ(scheduler.framework_id, "m1-0000");
  AgentSession& agent = master.RegisterAgent("cpus:8;mem:4096;ports:[31000-32000]");
  EXPECT_EQ(agent.agent_id, "m1-S0");

  const v1::Offer offer = scheduler.TakeOffer();
  EXPECT_EQ(offer.id().value(), "m1-O0");
  EXPECT_EQ(offer.agent_id().value(), "m1-S0");
  EXPECT_EQ(offer.url().address().ip(), "10.0.0.1");
  EXPECT_EQ(offer.allocation_info().role(), "web");
  ASSERT_EQ(offer.resources_size(), 3);
  EXPECT_EQ(offer.resources(0).allocation_info().role(), "web");

  master.Launch(scheduler, offer, master.CommandTask("t1", offer, "cpus:1;mem:32"));
  const internal::RunTasks run = agent.Take().run_tasks();
  ASSERT_EQ(run.tasks_size(), 1);
  EXPECT_EQ(run.framework().id().value(), scheduler.framework_id);
  EXPECT_EQ(run.tasks(0).task_id().value(), "t1");
  // What is left is offered at once, without a filter.
  EXPECT_EQ(scheduler.TakeOffer().resources(0).scalar().value(), 7);

  master.SendUpdate(agent, scheduler.framework_id, "t1", v1::TASK_RUNNING);
  v1::TaskStatus status = scheduler.TakeUpdate();
  EXPECT_EQ(status.state(), v1::TASK_RUNNING);
  master.Acknowledge(scheduler, status);
  EXPECT_EQ(agent.Take().acknowledge().uuid(), status.uuid());

  master.SendUpdate(agent, scheduler.framework_id, "t1", v1::TASK_FINISHED);
  status = scheduler.TakeUpdate();
  EXPECT_EQ(status.state(), v1::TASK_FINISHED);
  // Its resources are offered again within the same event.
  EXPECT_EQ(scheduler.TakeOffer().resources(0).scalar().value(), 1);
  EXPECT_EQ(master.Stats().tasks, 1u);
  master.Acknowledge(scheduler, status);
  EXPECT_EQ(agent.Take().acknowledge().task_id().value(), "t1");
  EXPECT_EQ(master.Stats().tasks, 0u);
  EXPECT_EQ(master.Read(v1::master::Call::GET_TASKS).get_tasks().completed_tasks_size(), 1);
}

}  // namespace
}  // namespace mesos::master
