// What an agent says that does not hold together: it is refused or left out, and changes nothing.

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/json/json_codec.h"
#include "gmock/gmock.h"
#include "google/protobuf/unknown_field_set.h"
#include "tests/unit/master/harness.h"

namespace mesos::master {
namespace {

using Event = SchedulerEventMessage;
using testing::HasSubstr;

constexpr char kResources[] = "cpus:8;mem:4096;ports:[31000-31009]";

// A framework with a running task "t1" of one port on the first agent, offers of all the rest.
struct HostileAgentTest : testing::Test {
  HostileAgentTest()
      : info(master.FrameworkInfo("web")),
        scheduler(master.Subscribe(info)),
        agent(master.RegisterAgent(kResources)) {
    const v1::Offer offer = scheduler.TakeOffer();
    master.Launch(scheduler, offer, master.CommandTask("t1", offer, "ports:[31000-31000]"));
    EXPECT_TRUE(agent.Take().has_run_tasks());
    master.SendUpdate(agent, scheduler.framework_id, "t1", v1::TASK_RUNNING);
    scheduler.Drain();
  }

  v1::Task Task(const std::string& id, const std::string& resources,
                const std::string& agent_id) const {
    return Harness::RunningTask(id, scheduler.framework_id, agent_id, resources, "web");
  }

  internal::AgentMessage Return(const std::string& agent_id, const std::vector<v1::Task>& tasks) {
    internal::AgentMessage message;
    internal::ReregisterAgent& back = *message.mutable_reregister_agent();
    *back.mutable_info() = Harness::AgentInfo(kResources);
    back.mutable_info()->mutable_id()->set_value(agent_id);
    back.set_version("1.12.0");
    v1::FrameworkInfo& framework = *back.add_frameworks();
    framework = info;
    framework.mutable_id()->set_value(scheduler.framework_id);
    for (const v1::Task& task : tasks) *back.add_tasks() = task;
    return message;
  }

  // Why the agent of that message is refused.
  std::string Refusal(const internal::AgentMessage& message) {
    AgentSession& session = master.NewAgentSession();
    master.Send(session, message);
    EXPECT_TRUE(session.received.empty());
    if (session.closed) return std::string(session.closed->message());
    ADD_FAILURE() << "It was not refused";
    return "";
  }

  AgentSession& TakeBack(const std::string& agent_id, const std::vector<v1::Task>& tasks) {
    AgentSession& session = master.NewAgentSession();
    session.agent_id = agent_id;
    master.Send(session, Return(agent_id, tasks));
    EXPECT_TRUE(session.Take().has_reregistered());
    return session;
  }

  std::vector<v1::Task> Tasks() {
    const auto tasks = master.Read(v1::master::Call::GET_TASKS).get_tasks().tasks();
    return {tasks.begin(), tasks.end()};
  }

  // What the framework uses of `name`, as operators read it: "[31000-31001]" or "3".
  std::string Used(const std::string& name) {
    const auto frameworks = master.Read(v1::master::Call::GET_FRAMEWORKS).get_frameworks();
    const auto used = ResourceSet::FromProto(frameworks.frameworks(0).allocated_resources());
    if (!used.ok()) return used.status().ToString();
    for (const ResourceSet::Entry& entry : used->entries()) {
      if (entry.identity->name() == name) return entry.value.ToString();
    }
    return "";
  }

  void Finish(AgentSession& session, const std::string& task_id) {
    scheduler.Drain();
    master.SendUpdate(session, scheduler.framework_id, task_id, v1::TASK_FINISHED);
    master.Acknowledge(scheduler, scheduler.TakeUpdate());
    scheduler.Drain();
  }

  Harness master;
  v1::FrameworkInfo info;
  SchedulerSession& scheduler;
  AgentSession& agent;
};

// Protobuf keeps a known field of the wrong wire type as an unknown one, and writes it last.
TEST_F(HostileAgentTest, AFieldOfTheWrongWireTypeLeavesNoTraceInTheTask) {
  const v1::Task task = Task("t2", "ports:[31001-31001]", "x-S9");
  for (const int number : {v1::Task::kTaskIdFieldNumber, v1::Task::kStatusesFieldNumber,
                           v1::Task::kStatusUpdateUuidFieldNumber}) {
    Harness other;
    v1::Task hostile = task;
    hostile.GetReflection()->MutableUnknownFields(&hostile)->AddVarint(number, 1);
    // As long as what a status adds, so that it would be written over.
    hostile.GetReflection()->MutableUnknownFields(&hostile)->AddLengthDelimited(
        v1::Task::kStateFieldNumber, std::string(400, 'x'));
    internal::AgentMessage message = Return("x-S9", {hostile});
    AgentSession& session = other.NewAgentSession();
    session.agent_id = "x-S9";
    other.Send(session, message);
    EXPECT_TRUE(session.Take().has_reregistered());
    for (const v1::TaskState state : {v1::TASK_STARTING, v1::TASK_RUNNING, v1::TASK_KILLING}) {
      other.SendUpdate(session, scheduler.framework_id, "t2", state);
    }
    v1::Task told = other.Read(v1::master::Call::GET_TASKS).get_tasks().tasks(0);
    EXPECT_EQ(told.state(), v1::TASK_KILLING);
    EXPECT_EQ(told.statuses_size(), 3);
    EXPECT_TRUE(told.unknown_fields().empty());
    EXPECT_EQ(told.status_update_state(), v1::TASK_KILLING);
    told.set_state(task.state());
    told.clear_statuses();
    told.clear_status_update_state();
    told.clear_status_update_uuid();
    EXPECT_EQ(json::ToJson(told), json::ToJson(task)) << number;
  }
}

TEST_F(HostileAgentTest, TwoTasksOfOnePortAreRefused) {
  const std::string why = Refusal(Return("x-S9", {Task("a", "ports:[31001-31002]", "x-S9"),
                                                  Task("b", "ports:[31002-31003]", "x-S9")}));
  EXPECT_THAT(why, HasSubstr("Task 'b' uses ports:[31002-31003], of which other tasks"));
  EXPECT_EQ(Tasks().size(), 1u);
}

TEST_F(HostileAgentTest, APortOfATaskThatThisMasterKnowsIsRefusedAndNothingChanges) {
  ASSERT_EQ(master.Stats().offers, 1u);
  const std::string why =
      Refusal(Return(agent.agent_id, {Task("t2", "ports:[31000-31001]", agent.agent_id)}));
  EXPECT_THAT(why, HasSubstr("names task t2, which uses ports:[31000-31001], of which others"));
  EXPECT_EQ(scheduler.Drain(), "");
  EXPECT_EQ(master.Stats().offers, 1u);
  EXPECT_EQ(master.Stats().connected_agents, 1u);
  EXPECT_FALSE(agent.closed);
  ASSERT_EQ(Tasks().size(), 1u);
  EXPECT_EQ(Tasks()[0].task_id().value(), "t1");
}

TEST_F(HostileAgentTest, AnExecutorThatItDoesNotNameStaysWhereItIsRefused) {
  AgentSession& second = master.RegisterAgent(kResources, "host2");
  const v1::Offer offer = scheduler.TakeOffer();
  master.Launch(scheduler, offer, master.ExecutorTask("t2", "e1", offer, "cpus:1"), 1e6);
  scheduler.Drain();
  EXPECT_EQ(master.Read(v1::master::Call::GET_EXECUTORS).get_executors().executors_size(), 1);
  EXPECT_THAT(Refusal(Return(second.agent_id, {Task("t3", "cpus:8", second.agent_id)})),
              HasSubstr("and runs tasks that use cpus:9"));
  EXPECT_EQ(master.Read(v1::master::Call::GET_EXECUTORS).get_executors().executors_size(), 1);
}

TEST_F(HostileAgentTest, AStateThatOnlyAMasterTellsIsRefused) {
  v1::Task task = Task("t2", "cpus:1", "x-S9");
  task.set_state(v1::TASK_UNREACHABLE);
  EXPECT_THAT(Refusal(Return("x-S9", {task})),
              HasSubstr("Task 't2' is in state TASK_UNREACHABLE, which only a master can tell"));
  task.set_state(v1::TASK_RUNNING);
  task.set_status_update_state(v1::TASK_UNKNOWN);
  EXPECT_THAT(Refusal(Return("x-S9", {task})), HasSubstr("is in state TASK_UNKNOWN"));
}

// A framework's resources are free with its end, while its tasks may take a moment to go.
TEST_F(HostileAgentTest, WhatARemovedFrameworkStillRunsIsNoClaim) {
  const std::string removed = scheduler.framework_id;
  master.Call(scheduler, master.MakeCall(scheduler, SchedulerCall::TEARDOWN));
  SchedulerSession& second = master.Subscribe(master.FrameworkInfo("db"));
  const v1::Offer offer = second.TakeOffer();
  master.Launch(second, offer, master.CommandTask("t9", offer, "ports:[31000-31000]"), 1e6);
  internal::AgentMessage message =
      Return(agent.agent_id, {Task("t1", "ports:[31000-31000]", agent.agent_id)});
  internal::ReregisterAgent& back = *message.mutable_reregister_agent();
  v1::FrameworkInfo other = master.FrameworkInfo("db");
  other.mutable_id()->set_value(second.framework_id);
  *back.add_frameworks() = other;
  *back.add_tasks() =
      Harness::RunningTask("t9", second.framework_id, agent.agent_id, "ports:[31000-31000]", "db");
  AgentSession& session = master.NewAgentSession();
  master.Send(session, message);
  EXPECT_TRUE(session.Take().has_reregistered());
  EXPECT_EQ(session.Take().shutdown_framework().framework_id().value(), removed);
  ASSERT_EQ(Tasks().size(), 1u);
  EXPECT_EQ(Tasks()[0].task_id().value(), "t9");
}

// Each agent has a port 31000, and what one gives back is not the other's.
TEST_F(HostileAgentTest, OnePortOnTwoAgentsIsTwoPorts) {
  AgentSession& second = TakeBack("x-S9", {Task("t2", "ports:[31000-31000]", "x-S9")});
  EXPECT_EQ(Used("ports"), "[31000-31000]");
  Finish(agent, "t1");
  EXPECT_EQ(Used("ports"), "[31000-31000]");
  Finish(second, "t2");
  EXPECT_EQ(Used("ports"), "");
  EXPECT_TRUE(Tasks().empty());
}

TEST_F(HostileAgentTest, AnUpdateOfATaskThatIsElsewhereIsDropped) {
  AgentSession& second = master.RegisterAgent(kResources, "host2");
  scheduler.Drain();
  master.SendUpdate(second, scheduler.framework_id, "t1", v1::TASK_FAILED);
  EXPECT_EQ(scheduler.Drain(), "");
  ASSERT_EQ(Tasks().size(), 1u);
  EXPECT_EQ(Tasks()[0].state(), v1::TASK_RUNNING);
  EXPECT_EQ(master.Stats().invalid_status_updates, 1u);
  // So that the agent does not repeat it for ever.
  const internal::AcknowledgeStatusUpdate answer = second.Take().acknowledge();
  EXPECT_EQ(answer.task_id().value(), "t1");
  EXPECT_EQ(answer.framework_id().value(), scheduler.framework_id);
  EXPECT_EQ(answer.uuid().size(), 16u);
}

TEST_F(HostileAgentTest, AnUpdateTellsTheAgentThatItCameFrom) {
  internal::AgentMessage message;
  internal::StatusUpdate& update = *message.mutable_status_update();
  update.mutable_framework_id()->set_value(scheduler.framework_id);
  update.mutable_status()->mutable_task_id()->set_value("t1");
  update.mutable_status()->mutable_agent_id()->set_value("x-S9");
  update.mutable_status()->set_state(v1::TASK_KILLING);
  master.Send(agent, message);
  EXPECT_EQ(scheduler.TakeUpdate().agent_id().value(), agent.agent_id);
}

TEST_F(HostileAgentTest, AStateThatIsNotItsToTellBlocksNothing) {
  for (const v1::TaskState state : {v1::TASK_UNREACHABLE, v1::TASK_UNKNOWN}) {
    master.SendUpdate(agent, scheduler.framework_id, "t1", state);
    EXPECT_EQ(scheduler.Drain(), "");
    EXPECT_TRUE(agent.Take().has_acknowledge());
  }
  EXPECT_EQ(master.Stats().invalid_status_updates, 2u);
  // The latest state is then that of the update itself.
  master.SendUpdate(agent, scheduler.framework_id, "t1", v1::TASK_KILLING, v1::TASK_UNKNOWN);
  EXPECT_EQ(scheduler.TakeUpdate().state(), v1::TASK_KILLING);
  EXPECT_EQ(Tasks()[0].state(), v1::TASK_KILLING);
}

}  // namespace
}  // namespace mesos::master
