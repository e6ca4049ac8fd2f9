// The operator API's calls, held against the shape of a real master's answers.

#include "tests/unit/master/harness.h"

namespace mesos::master {
namespace {

struct OperatorTest : testing::Test {
  OperatorTest()
      : scheduler(master.Subscribe(master.FrameworkInfo("web"))),
        agent(master.RegisterAgent("cpus:8;mem:4096")) {
    const v1::Offer offer = scheduler.TakeOffer();
    master.Launch(scheduler, offer, master.CommandTask("t1", offer, "cpus:1;mem:32"), 0);
    scheduler.TakeOffer();
  }

  Harness master;
  SchedulerSession& scheduler;
  AgentSession& agent;
};

TEST_F(OperatorTest, ReadsAgents) {
  const auto agents = master.Read(v1::master::Call::GET_AGENTS).get_agents();
  ASSERT_EQ(agents.agents_size(), 1);
  const auto& read = agents.agents(0);
  EXPECT_TRUE(read.active());
  EXPECT_EQ(read.pid(), "slave(1)@10.0.0.1:5051");
  EXPECT_EQ(read.total_resources(0).role(), "*");
  EXPECT_EQ(read.total_resources(0).scalar().value(), 8);
  EXPECT_EQ(read.allocated_resources(0).scalar().value(), 1);
  EXPECT_EQ(read.allocated_resources(0).allocation_info().role(), "web");
  EXPECT_EQ(read.offered_resources(0).scalar().value(), 7);
}

TEST(AgentPidTest, HasAnIpv6AddressInBrackets) {
  Harness master;
  AgentSession& session = master.NewAgentSession();
  internal::AgentMessage message;
  *message.mutable_register_agent()->mutable_info() = master.AgentInfo("cpus:1", "h", 5051);
  master.Handle(AgentMessageReceived{
      session.id, std::make_shared<const internal::AgentMessage>(std::move(message)),
      auth::Anonymous("fd00::2")});
  const auto agents = master.Read(v1::master::Call::GET_AGENTS).get_agents();
  ASSERT_EQ(agents.agents_size(), 1);
  EXPECT_EQ(agents.agents(0).pid(), "slave(1)@[fd00::2]:5051");
}

TEST_F(OperatorTest, ReadsFrameworksAndTheirOffers) {
  const auto frameworks = master.Read(v1::master::Call::GET_FRAMEWORKS).get_frameworks();
  ASSERT_EQ(frameworks.frameworks_size(), 1);
  EXPECT_TRUE(frameworks.frameworks(0).connected());
  EXPECT_EQ(frameworks.frameworks(0).offers_size(), 1);
  EXPECT_EQ(frameworks.frameworks(0).allocated_resources(0).scalar().value(), 1);
  EXPECT_EQ(frameworks.frameworks(0).offered_resources(0).scalar().value(), 7);
}

TEST_F(OperatorTest, ReadsTheRest) {
  EXPECT_TRUE(master.Read(v1::master::Call::GET_HEALTH).get_health().healthy());
  EXPECT_EQ(master.Read(v1::master::Call::GET_VERSION).get_version().version_info().version(),
            "1.12.0");
  EXPECT_EQ(master.Read(v1::master::Call::GET_MASTER).get_master().master_info().id(), "m1");
  EXPECT_EQ(master.Read(v1::master::Call::GET_TASKS).get_tasks().tasks(0).state(),
            v1::TASK_STAGING);
  const auto state = master.Read(v1::master::Call::GET_STATE).get_state();
  EXPECT_EQ(state.get_tasks().tasks_size(), 1);
  EXPECT_EQ(state.get_agents().agents_size(), 1);
  EXPECT_EQ(state.get_frameworks().frameworks_size(), 1);
  EXPECT_FALSE(master.Read(v1::master::Call::GET_WEIGHTS).has_get_weights());
}

TEST_F(OperatorTest, ReadsRolesWithWhatIsAllocatedInThem) {
  const auto roles = master.Read(v1::master::Call::GET_ROLES).get_roles();
  ASSERT_EQ(roles.roles_size(), 1);
  EXPECT_EQ(roles.roles(0).name(), "web");
  EXPECT_EQ(roles.roles(0).weight(), 1);
  EXPECT_EQ(roles.roles(0).frameworks(0).value(), scheduler.framework_id);
  ASSERT_EQ(roles.roles(0).resources_size(), 2);
  EXPECT_EQ(roles.roles(0).resources(0).scalar().value(), 8);
}

TEST_F(OperatorTest, SetsWeightsAndRefusesBadOnes) {
  v1::master::Call call;
  call.set_type(v1::master::Call::UPDATE_WEIGHTS);
  v1::WeightInfo* weight = call.mutable_update_weights()->add_weight_infos();
  weight->set_role("w");
  weight->set_weight(-1);
  EXPECT_EQ(master.Operate(call, nullptr).message(),
            "Failed to validate update weights request JSON for role 'w': Invalid weight '-1': "
            "Weights must be "
            "positive");
  weight->set_weight(2.5);
  EXPECT_TRUE(master.Operate(call, nullptr).ok());
  EXPECT_EQ(master.Read(v1::master::Call::GET_WEIGHTS).get_weights().weight_infos(0).weight(), 2.5);
}

TEST_F(OperatorTest, TearsAFrameworkDown) {
  v1::master::Call call;
  call.set_type(v1::master::Call::TEARDOWN);
  call.mutable_teardown()->mutable_framework_id()->set_value("nobody");
  EXPECT_EQ(master.Operate(call, nullptr).message(), "No framework found with specified ID");
  call.mutable_teardown()->mutable_framework_id()->set_value(scheduler.framework_id);
  EXPECT_TRUE(master.Operate(call, nullptr).ok());
  EXPECT_TRUE(scheduler.closed);
  EXPECT_EQ(master.Stats().tasks, 0u);
}

TEST_F(OperatorTest, RefusesWhatItDoesNotDoByName) {
  v1::master::Call call;
  EXPECT_EQ(master.Operate(call, nullptr).message(),
            "Failed to validate master::Call: Expecting 'type' to be present");
  call.set_type(v1::master::Call::UPDATE_WEIGHTS);
  EXPECT_EQ(master.Operate(call, nullptr).message(),
            "Failed to validate master::Call: Expecting 'update_weights' to be present");
  call.set_type(v1::master::Call::DRAIN_AGENT);
  const absl::Status status = master.Operate(call, nullptr);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
  EXPECT_NE(status.message().find("DRAIN_AGENT"), absl::string_view::npos);
}

}  // namespace
}  // namespace mesos::master
