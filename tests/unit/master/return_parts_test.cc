// Agents that return with more than goes well into one message.

#include "common/base/limits.h"
#include "tests/unit/master/harness.h"

namespace mesos::master {
namespace {

constexpr char kAgent[] = "old-S1";
constexpr char kFramework[] = "old-0001";

internal::AgentMessage Part(int first, int count, size_t label_bytes = 10) {
  internal::AgentMessage message;
  internal::ReregistrationPart& part = *message.mutable_reregistration_part();
  for (int i = first; i < first + count; ++i) {
    v1::Task& task = *part.add_tasks();
    task = Harness::RunningTask(absl::StrCat("t", i), kFramework, kAgent, "cpus:0.1", "web");
    v1::Label& label = *task.mutable_labels()->add_labels();
    label.set_key("k");
    label.set_value(std::string(label_bytes, 'x'));
  }
  return message;
}

internal::AgentMessage End() {
  internal::AgentMessage message;
  internal::ReregisterAgent& again = *message.mutable_reregister_agent();
  *again.mutable_info() = Harness::AgentInfo("cpus:1000;mem:4096");
  again.mutable_info()->mutable_id()->set_value(kAgent);
  again.set_version("1");
  return message;
}

internal::AgentMessage WithFramework(internal::AgentMessage part) {
  v1::FrameworkInfo& framework = *part.mutable_reregistration_part()->add_frameworks();
  framework = Harness::FrameworkInfo("web");
  framework.mutable_id()->set_value(kFramework);
  return part;
}

TEST(ReturnPartsTest, ArePutTogetherWithTheMessageThatEndsThem) {
  Harness master;
  AgentSession& agent = master.NewAgentSession();
  master.Send(agent, WithFramework(Part(0, 2)));
  master.Send(agent, Part(2, 3));
  EXPECT_EQ(master.Stats().agents, 0u);
  internal::AgentMessage end = End();
  *end.mutable_reregister_agent()->mutable_tasks() = Part(5, 1).reregistration_part().tasks();
  master.Send(agent, end);
  EXPECT_EQ(agent.Take().reregistered().agent_id().value(), kAgent);
  EXPECT_EQ(master.Stats().tasks, 6u);
  EXPECT_EQ(master.Figures().counters.reregistration_parts, 2u);
}

TEST(ReturnPartsTest, GoWithTheirSession) {
  Harness master;
  AgentSession& lost = master.NewAgentSession();
  master.Send(lost, WithFramework(Part(0, 2)));
  master.Close(lost);
  AgentSession& agent = master.NewAgentSession();
  master.Send(agent, WithFramework(Part(2, 1)));
  master.Send(agent, End());
  EXPECT_EQ(agent.Take().reregistered().agent_id().value(), kAgent);
  EXPECT_EQ(master.Stats().tasks, 1u);
}

TEST(ReturnPartsTest, OfARegisteredAgentAreIgnored) {
  Harness master;
  AgentSession& agent = master.RegisterAgent("cpus:8;mem:4096");
  master.Send(agent, Part(0, 2));
  EXPECT_FALSE(agent.closed);
  EXPECT_EQ(master.Stats().tasks, 0u);
}

TEST(ReturnPartsTest, OfOneAgentAreBoundedInBytes) {
  Harness master;
  AgentSession& agent = master.NewAgentSession();
  const internal::AgentMessage part = Part(0, 1, 16 << 20);
  for (size_t sent = 0; !agent.closed; sent += 16 << 20) {
    ASSERT_LE(sent, limits::kMaxReturnBytes);
    master.Send(agent, part);
  }
  EXPECT_EQ(agent.closed->code(), absl::StatusCode::kResourceExhausted);
}

TEST(ReturnPartsTest, OfAllAgentsAreBoundedAndWhoComesLaterDialsAgain) {
  Harness master;
  const internal::AgentMessage part = Part(0, 1, 31 << 20);
  std::vector<AgentSession*> agents;
  size_t held = 0;
  while (true) {
    AgentSession& agent = master.NewAgentSession();
    agents.push_back(&agent);
    for (int i = 0; i < 3 && !agent.closed; ++i) master.Send(agent, part);
    if (agent.closed) break;
    held += 3 * (31 << 20);
    ASSERT_LE(held, limits::kMaxReturningBytes);
  }
  EXPECT_EQ(agents.back()->closed->code(), absl::StatusCode::kUnavailable);
  agents.pop_back();
  for (AgentSession* agent : agents) EXPECT_FALSE(agent->closed);
  master.Close(*agents.front());
  AgentSession& again = master.NewAgentSession();
  master.Send(again, part);
  EXPECT_FALSE(again.closed);
}

}  // namespace
}  // namespace mesos::master
