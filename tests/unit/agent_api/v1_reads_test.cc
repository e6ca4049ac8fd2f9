#include "agent/api/v1_reads.h"

#include <unistd.h>

#include "agent/api/call_actions.h"
#include "agent/api/visible.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/agent/agent_harness.h"
#include "tests/unit/auth/test_gate.h"

namespace mesos::agent {
namespace {

using v1::agent::Call;
using v1::agent::Response;

class V1ReadsTest : public testing::Test {
 protected:
  V1ReadsTest() { agent_.Register(); }

  absl::StatusOr<Response> Ask(Call::Type type) {
    Call call;
    call.set_type(type);
    return Read(call, *agent_.core().TakeSnapshot(agent_.now()), [] { return ProcessTable({}); });
  }

  AgentHarness agent_;
};

TEST_F(V1ReadsTest, TellsTheTasksOfEachStage) {
  agent_.RunToRunning(CommandTask("running", "sleep 1000"));
  const std::string done = agent_.RunToRunning(CommandTask("completed"));
  agent_.Exited(done, ExitStatus(0));
  agent_.Acknowledge(agent_.TakeUpdates().at(0));
  const std::string unacknowledged = agent_.RunToRunning(CommandTask("terminated"));
  agent_.Exited(unacknowledged, ExitStatus(1));
  agent_.RunTasks(TestFramework(), {ExecutorTask("queued", "e1")});
  agent_.HoldCheckpoints(true);
  agent_.RunTasks(TestFramework(), {CommandTask("pending")});
  const Response state = *Ask(Call::GET_STATE);
  const auto& tasks = state.get_state().get_tasks();
  ASSERT_EQ(tasks.launched_tasks_size(), 1);
  EXPECT_EQ(tasks.launched_tasks(0).task_id().value(), "running");
  EXPECT_EQ(tasks.launched_tasks(0).statuses_size(), 2);
  ASSERT_EQ(tasks.completed_tasks_size(), 1);
  EXPECT_EQ(tasks.completed_tasks(0).status_update_state(), v1::TASK_FINISHED);
  EXPECT_FALSE(tasks.completed_tasks(0).status_update_uuid().empty());
  EXPECT_EQ(tasks.completed_tasks(0).task_id().value(), "completed");
  ASSERT_EQ(tasks.terminated_tasks_size(), 1);
  EXPECT_EQ(tasks.terminated_tasks(0).state(), v1::TASK_FAILED);
  EXPECT_EQ(tasks.terminated_tasks(0).status_update_state(), v1::TASK_FAILED);
  ASSERT_EQ(tasks.queued_tasks_size(), 1);
  EXPECT_EQ(tasks.queued_tasks(0).executor_id().value(), "e1");
  ASSERT_EQ(tasks.pending_tasks_size(), 1);
  EXPECT_EQ(tasks.pending_tasks(0).task_id().value(), "pending");
  EXPECT_EQ(Ask(Call::GET_TASKS)->get_tasks().ShortDebugString(), tasks.ShortDebugString());
  agent_.HoldCheckpoints(false);
}

TEST_F(V1ReadsTest, TellsExecutorsAndFrameworksThatRanAndRun) {
  const std::string done = agent_.RunToRunning(CommandTask("done"), TestFramework("framework-2"));
  agent_.Exited(done, ExitStatus(0));
  agent_.Acknowledge(agent_.TakeUpdates().at(0), "framework-2");
  agent_.RunToRunning(CommandTask("runs", "sleep 1000"));
  const Response executors = *Ask(Call::GET_EXECUTORS);
  ASSERT_EQ(executors.get_executors().executors_size(), 1);
  EXPECT_EQ(executors.get_executors().executors(0).executor_info().name(),
            "Command Executor (Task: runs) (Command: sh -c 'sleep 1000')");
  EXPECT_EQ(executors.get_executors().completed_executors_size(), 1);
  const Response frameworks = *Ask(Call::GET_FRAMEWORKS);
  ASSERT_EQ(frameworks.get_frameworks().frameworks_size(), 1);
  EXPECT_EQ(frameworks.get_frameworks().frameworks(0).framework_info().id().value(), kFrameworkId);
  EXPECT_EQ(frameworks.get_frameworks().completed_frameworks_size(), 1);
}

TEST_F(V1ReadsTest, TellsWhatAContainerUsesAndHolds) {
  EXPECT_FALSE(Ask(Call::GET_CONTAINERS)->has_get_containers());
  const std::string container = agent_.RunToRunning(CommandTask("runs", "sleep 1000"));
  launcher::ProcessStat stat;
  stat.user_ticks = 3 * static_cast<uint64_t>(sysconf(_SC_CLK_TCK));
  stat.resident_pages = 1;
  Call call;
  call.set_type(Call::GET_CONTAINERS);
  const Response response = *Read(call, *agent_.core().TakeSnapshot(agent_.now()), [&] {
    return ProcessTable({{1234, stat}});
  });
  ASSERT_EQ(response.get_containers().containers_size(), 1);
  const auto& got = response.get_containers().containers(0);
  EXPECT_EQ(got.container_id().value(), container);
  EXPECT_EQ(got.container_status().executor_pid(), 1234u);
  const v1::ResourceStatistics& statistics = got.resource_statistics();
  EXPECT_EQ(statistics.timestamp(), absl::ToDoubleSeconds(agent_.now() - absl::UnixEpoch()));
  EXPECT_EQ(statistics.cpus_user_time_secs(), 3);
  EXPECT_EQ(statistics.mem_rss_bytes(), static_cast<uint64_t>(sysconf(_SC_PAGESIZE)));
  // The task's share, and the executor's that stands for it.
  const ResourceSet held = *ResourceSet::FromProto(CommandTask("runs").resources());
  EXPECT_DOUBLE_EQ(statistics.cpus_soft_limit(),
                   static_cast<double>(held.Scalar("cpus")) / 1000 + 0.1);
  EXPECT_EQ(statistics.mem_limit_bytes(), (static_cast<uint64_t>(held.Scalar("mem")) / 1000 + 32)
                                              << 20);
}

TEST_F(V1ReadsTest, AnswersEmptyWhereMesosWould) {
  EXPECT_EQ(Ask(Call::GET_OPERATIONS)->ShortDebugString(),
            "type: GET_OPERATIONS get_operations { }");
  EXPECT_EQ(Ask(Call::GET_RESOURCE_PROVIDERS)->ShortDebugString(),
            "type: GET_RESOURCE_PROVIDERS get_resource_providers { }");
}

TEST_F(V1ReadsTest, NamesTheCallThatItDoesNotAnswer) {
  const absl::Status status = Ask(Call::PRUNE_IMAGES).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(status.message(), testing::HasSubstr("PRUNE_IMAGES"));
  const absl::Status nothing =
      Read(Call(), *agent_.core().TakeSnapshot(agent_.now()), &ProcessTable::Read).status();
  EXPECT_EQ(nothing.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(nothing.message(), "Failed to validate agent::Call: Expecting 'type' to be present");
}

TEST_F(V1ReadsTest, SnapshotStaysAsItWas) {
  const std::string container = agent_.RunToRunning(CommandTask("runs", "sleep 1000"));
  const std::shared_ptr<const Snapshot> snapshot = agent_.core().TakeSnapshot(agent_.now());
  agent_.Exited(container, ExitStatus(0));
  agent_.Acknowledge(agent_.TakeUpdates().at(0));
  const Executor& executor = snapshot->frameworks.at(kFrameworkId).executors.at("runs");
  EXPECT_EQ(snapshot->Render(executor, executor.tasks.at("runs")).state(), v1::TASK_RUNNING);
}

TEST_F(V1ReadsTest, ASnapshotHoldsWhatItsCallerMaySee) {
  v1::FrameworkInfo mine = TestFramework("framework-ada");
  mine.set_user("ada");
  v1::FrameworkInfo other = TestFramework("framework-bob");
  other.set_user("bob");
  agent_.RunTasks(mine, {CommandTask("shown"), ExecutorTask("of-secret", "secret")});
  agent_.RunTasks(other, {CommandTask("hidden")});
  const auto whole = agent_.core().TakeSnapshot(agent_.now());
  EXPECT_EQ(Visible(whole, auth::Visibility::All()), whole);
  const auto seen = Visible(whole, auth::Visibility(std::make_shared<RulesOfUser>("ada")));
  ASSERT_EQ(seen->frameworks.size(), 1u);
  const Framework& framework = seen->frameworks.at("framework-ada");
  ASSERT_EQ(framework.executors.size(), 1u);
  EXPECT_EQ(framework.executors.begin()->second.tasks.count("shown"), 1u);
  EXPECT_EQ(whole->frameworks.size(), 2u);
}

TEST(AgentCallActionsTest, WhatReadsChangesNothing) {
  for (int type = Call::Type_MIN; type <= Call::Type_MAX; ++type) {
    if (!Call::Type_IsValid(type)) continue;
    const auto call = static_cast<Call::Type>(type);
    const std::string& name = Call::Type_Name(call);
    const bool reads = name.rfind("GET_", 0) == 0 || name == "LIST_FILES" || name == "READ_FILE" ||
                       name == "UNKNOWN";
    EXPECT_EQ(auth::Changes(ActionOf(call)), !reads) << name;
    EXPECT_NE(ActionOf(call), auth::Action::kCallApi) << name;
  }
}

}  // namespace
}  // namespace mesos::agent
