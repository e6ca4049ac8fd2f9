#include <algorithm>
#include <csignal>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "agent/checkpoint/paths.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/agent/agent_harness.h"

namespace mesos::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Event = v1::executor::Event;

class AgentRecoveryTest : public testing::Test {
 protected:
  AgentRecoveryTest() {
    agent_.Register();
    agent_.TakeMessages();
  }

  v1::TaskStatus OneUpdate() {
    std::vector<v1::TaskStatus> updates = agent_.TakeUpdates();
    EXPECT_THAT(updates, SizeIs(1));
    return updates.empty() ? v1::TaskStatus() : updates[0];
  }

  internal::ReregisterAgent Reregistration() {
    for (const internal::AgentMessage& message : agent_.TakeMessages()) {
      if (message.has_reregister_agent()) return message.reregister_agent();
    }
    ADD_FAILURE() << "no reregistration";
    return {};
  }

  AgentHarness agent_;
};

TEST_F(AgentRecoveryTest, KeepsItsIdAndReattachesWhatRuns) {
  const std::string container = agent_.RunToRunning(CommandTask("t1", "sleep 1000"));
  agent_.Restart();
  const std::vector<ReattachContainer> reattached = agent_.Take<ReattachContainer>();
  ASSERT_THAT(reattached, SizeIs(1));
  EXPECT_EQ(reattached[0].container_id, container);
  EXPECT_EQ(reattached[0].runtime_directory, "/run/mesos/containers/" + container);
  EXPECT_FALSE(reattached[0].rebooted);
  agent_.Started(container);
  agent_.Register();
  const internal::ReregisterAgent message = Reregistration();
  EXPECT_EQ(message.info().id().value(), kAgentId);
  ASSERT_EQ(message.tasks_size(), 1);
  EXPECT_EQ(message.tasks(0).state(), v1::TASK_RUNNING);
  EXPECT_EQ(message.tasks(0).statuses_size(), 2);
  EXPECT_EQ(message.frameworks_size(), 1);
  EXPECT_EQ(message.executors_size(), 0);
  EXPECT_THAT(agent_.TakeUpdates(), IsEmpty());
  agent_.Exited(container, ExitStatus(0));
  EXPECT_EQ(OneUpdate().state(), v1::TASK_FINISHED);
}

TEST_F(AgentRecoveryTest, ReportsTheTrueEndOfWhatEndedMeanwhile) {
  const std::string container = agent_.RunToRunning(CommandTask("t1"));
  agent_.Restart();
  agent_.Exited(container, ExitStatus(3));
  agent_.Register();
  const v1::TaskStatus status = OneUpdate();
  EXPECT_EQ(status.state(), v1::TASK_FAILED);
  EXPECT_EQ(status.message(), "Command exited with status 3");
}

TEST_F(AgentRecoveryTest, SendsUnacknowledgedUpdatesAgainInOrder) {
  agent_.RunTasks(TestFramework(), {CommandTask("t1")});
  const std::string container = agent_.Take<LaunchContainer>().at(0).spec.container_id;
  agent_.Started(container);
  const v1::TaskStatus starting = OneUpdate();
  agent_.Exited(container, ExitStatus(0));
  agent_.Restart();
  agent_.Register();
  const v1::TaskStatus again = OneUpdate();
  EXPECT_EQ(again.uuid(), starting.uuid());
  agent_.Acknowledge(again);
  agent_.Acknowledge(OneUpdate());
  const v1::TaskStatus finished = OneUpdate();
  EXPECT_EQ(finished.state(), v1::TASK_FINISHED);
  // Nothing is found of a container that ended and was dealt with.
  agent_.Exited(container, std::nullopt, "no launcher");
  agent_.Acknowledge(finished);
  EXPECT_THAT(agent_.TakeUpdates(), IsEmpty());
  EXPECT_EQ(agent_.core().Stats().executors, 0u);
}

TEST_F(AgentRecoveryTest, StartedBeforeTheCrashButNotReportedIsReportedNow) {
  agent_.RunTasks(TestFramework(), {CommandTask("t1")});
  const std::string container = agent_.Take<LaunchContainer>().at(0).spec.container_id;
  agent_.Restart();
  agent_.Started(container);
  agent_.Register();
  const v1::TaskStatus starting = OneUpdate();
  EXPECT_EQ(starting.state(), v1::TASK_STARTING);
  agent_.Acknowledge(starting);
  EXPECT_EQ(OneUpdate().state(), v1::TASK_RUNNING);
}

TEST_F(AgentRecoveryTest, TaskThatNeverReachedItsLauncherIsDropped) {
  agent_.RunTasks(TestFramework(), {CommandTask("t1")});
  const std::string container = agent_.Take<LaunchContainer>().at(0).spec.container_id;
  agent_.Restart();
  agent_.Exited(container, std::nullopt, "nothing was found of it");
  agent_.Register();
  const v1::TaskStatus status = OneUpdate();
  EXPECT_EQ(status.state(), v1::TASK_DROPPED);
  EXPECT_EQ(status.reason(), v1::TaskStatus::REASON_AGENT_RESTARTED);
}

TEST_F(AgentRecoveryTest, KillThatWasAskedForBeforeTheCrashStaysAKill) {
  const v1::FrameworkInfo framework = TestFramework(kFrameworkId, true, /*killing_state=*/false);
  const std::string container = agent_.RunToRunning(CommandTask("t1", "sleep 1000"), framework);
  agent_.KillTask("t1");
  agent_.Restart();
  agent_.Exited(container, SignalStatus(SIGTERM));
  agent_.Register();
  EXPECT_EQ(OneUpdate().state(), v1::TASK_KILLED);
}

TEST_F(AgentRecoveryTest, RebootEndsWhatHasNoKnownEnd) {
  const std::string known = agent_.RunToRunning(CommandTask("t1"));
  const std::string unknown = agent_.RunToRunning(CommandTask("t2"));
  agent_.Restart(/*rebooted=*/true);
  for (const ReattachContainer& reattach : agent_.Take<ReattachContainer>()) {
    EXPECT_TRUE(reattach.rebooted);
  }
  agent_.Exited(known, ExitStatus(0));
  agent_.Exited(unknown, std::nullopt, "no termination file");
  agent_.Register();
  const std::vector<v1::TaskStatus> updates = agent_.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(2));
  EXPECT_EQ(updates[0].state(), v1::TASK_FINISHED);
  EXPECT_EQ(updates[1].state(), v1::TASK_FAILED);
  EXPECT_EQ(updates[1].reason(), v1::TaskStatus::REASON_AGENT_RESTARTED);
}

TEST_F(AgentRecoveryTest, WhatMayHaveRunBeforeABootIsNotCalledDropped) {
  agent_.RunTasks(TestFramework(), {CommandTask("t1")});
  const std::string container = agent_.Take<LaunchContainer>().at(0).spec.container_id;
  agent_.Restart(/*rebooted=*/true);
  agent_.Exited(container, std::nullopt, "nothing was found of it");
  agent_.Register();
  EXPECT_EQ(OneUpdate().state(), v1::TASK_FAILED);
}

TEST_F(AgentRecoveryTest, CompletedRunsAreOnlyRemovedLater) {
  const std::string container = agent_.RunToRunning(CommandTask("t1"));
  agent_.Exited(container, ExitStatus(0));
  agent_.Acknowledge(OneUpdate());
  agent_.Restart();
  EXPECT_THAT(agent_.Take<ReattachContainer>(), IsEmpty());
  EXPECT_EQ(agent_.core().Stats().tasks, 0u);
  agent_.Advance(absl::Hours(24 * 8));
  EXPECT_THAT(agent_.Take<RemoveDirectory>(), Not(IsEmpty()));
}

TEST_F(AgentRecoveryTest, TornUpdateIsDroppedAndLaterOnesStandBehindWholeRecords) {
  const std::string container = agent_.RunToRunning(CommandTask("t1"));
  std::string updates_file;
  for (const auto& [path, node] : agent_.fs().nodes()) {
    if (absl::EndsWith(path, "task.updates")) updates_file = path;
  }
  ASSERT_NE(updates_file, "");
  ASSERT_TRUE(
      agent_.fs().Append(updates_file, std::string("\x40\0\0\0\1\2\3\4abc", 11), Sync::kYes).ok());
  agent_.Restart();
  agent_.Exited(container, ExitStatus(0));
  agent_.Restart();
  agent_.Exited(container, std::nullopt, "gone");
  agent_.Register();
  EXPECT_EQ(OneUpdate().state(), v1::TASK_FINISHED);
}

TEST_F(AgentRecoveryTest, ExecutorThatComesBackGoesOn) {
  agent_.RunTasks(TestFramework(), {ExecutorTask("t1", "e1"), ExecutorTask("t2", "e1")});
  const std::string container = agent_.Take<LaunchContainer>().at(0).spec.container_id;
  agent_.Started(container);
  agent_.ExecutorSubscribe("e1", SessionId{500});
  agent_.ExecutorUpdate("e1", SessionId{500}, "t1", v1::TASK_RUNNING);
  agent_.Acknowledge(OneUpdate());

  agent_.Restart();
  agent_.Started(container);
  v1::executor::Call::Subscribe subscribe;
  *subscribe.add_unacknowledged_tasks() = ExecutorTask("t2", "e1");
  v1::TaskStatus& status = *subscribe.add_unacknowledged_updates()->mutable_status();
  status.mutable_task_id()->set_value("t1");
  status.set_state(v1::TASK_FINISHED);
  status.set_source(v1::TaskStatus::SOURCE_EXECUTOR);
  status.set_uuid("0123456789abcdef");
  agent_.ExecutorSubscribe("e1", SessionId{1}, subscribe);
  const std::vector<Event> events = agent_.TakeExecutorEvents();
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].type(), Event::SUBSCRIBED);
  EXPECT_EQ(events[1].type(), Event::ACKNOWLEDGED);
  agent_.Register();
  EXPECT_EQ(OneUpdate().state(), v1::TASK_FINISHED);
  agent_.Advance(absl::Seconds(5));
  EXPECT_THAT(agent_.Take<DestroyContainer>(), IsEmpty());
}

TEST_F(AgentRecoveryTest, TaskThatTheExecutorDoesNotKnowIsDropped) {
  agent_.RunTasks(TestFramework(), {ExecutorTask("t1", "e1")});
  const std::string container = agent_.Take<LaunchContainer>().at(0).spec.container_id;
  agent_.Restart();
  agent_.Started(container);
  agent_.ExecutorSubscribe("e1", SessionId{1});
  agent_.Register();
  const v1::TaskStatus status = OneUpdate();
  EXPECT_EQ(status.state(), v1::TASK_DROPPED);
  EXPECT_EQ(status.reason(), v1::TaskStatus::REASON_AGENT_RESTARTED);
}

TEST_F(AgentRecoveryTest, ExecutorThatDoesNotComeBackIsDestroyed) {
  agent_.RunTasks(TestFramework(), {ExecutorTask("t1", "e1")});
  const std::string container = agent_.Take<LaunchContainer>().at(0).spec.container_id;
  agent_.Started(container);
  agent_.ExecutorSubscribe("e1", SessionId{500});
  agent_.ExecutorUpdate("e1", SessionId{500}, "t1", v1::TASK_RUNNING);
  agent_.Acknowledge(OneUpdate());
  agent_.Restart();
  agent_.Started(container);
  agent_.Register();
  const internal::ReregisterAgent message = Reregistration();
  EXPECT_EQ(message.executors_size(), 1);
  agent_.Advance(absl::Seconds(3));
  EXPECT_THAT(agent_.Take<DestroyContainer>(), SizeIs(1));
  agent_.Exited(container, SignalStatus(SIGKILL));
  const v1::TaskStatus status = OneUpdate();
  EXPECT_EQ(status.reason(), v1::TaskStatus::REASON_EXECUTOR_REREGISTRATION_TIMEOUT);
  EXPECT_THAT(status.message(), HasSubstr("2secs"));
}

TEST_F(AgentRecoveryTest, CleanupKillsForgetsAndExits) {
  const std::string container = agent_.RunToRunning(CommandTask("t1", "sleep 1000"));
  AgentOptions options = TestOptions();
  options.cleanup = true;
  auto fs = std::make_shared<MemoryFileSystem>(agent_.fs());
  AgentHarness cleaner(options, fs);
  EXPECT_THAT(cleaner.Take<OpenMasterLink>(), IsEmpty());
  EXPECT_THAT(cleaner.Take<ReattachContainer>(), SizeIs(1));
  EXPECT_THAT(cleaner.Take<KillContainer>(), SizeIs(1));
  EXPECT_THAT(cleaner.Take<Exit>(), IsEmpty());
  cleaner.Exited(container, SignalStatus(SIGTERM));
  const std::vector<Exit> exits = cleaner.Take<Exit>();
  ASSERT_THAT(exits, SizeIs(1));
  EXPECT_TRUE(exits[0].status.ok());
  EXPECT_FALSE(fs->Exists("/work_dir/meta/slaves/latest"));
}

TEST_F(AgentRecoveryTest, WritesWhereItRanAndForgetsACopyBefore) {
  AgentOptions options = TestOptions();
  options.machine = {"machine", "product", "/work_dir"};
  AgentCore copy(options,
                 RecoveredState{.machine = MachineIdentity{"other", "", ""}, .copied = true}, 1);
  const Effects effects = copy.Start(absl::FromUnixSeconds(1));
  const auto* checkpoint = std::get_if<Checkpoint>(&effects.back());
  ASSERT_NE(checkpoint, nullptr);
  std::vector<std::string> paths;
  for (const CheckpointWrite& write : checkpoint->writes) paths.push_back(write.path);
  // A crash between the two must not make the copy's agent out of it.
  EXPECT_THAT(paths, testing::IsSupersetOf(
                         std::vector<std::string>{meta::LatestAgentLink(), meta::Machine()}));
  EXPECT_LT(std::find(paths.begin(), paths.end(), meta::LatestAgentLink()),
            std::find(paths.begin(), paths.end(), meta::Machine()));
}

TEST_F(AgentRecoveryTest, CleanupOfNothingExitsAtOnce) {
  AgentOptions options = TestOptions();
  options.cleanup = true;
  AgentHarness cleaner(options);
  const std::vector<Exit> exits = cleaner.Take<Exit>();
  ASSERT_THAT(exits, SizeIs(1));
  EXPECT_TRUE(exits[0].status.ok());
}

// A crash after any number of writes leaves a tree that recovers, and an agent that reaches the
// end.
TEST_F(AgentRecoveryTest, EveryPrefixOfTheWritesRecovers) {
  agent_.Take<Checkpoint>();
  const MemoryFileSystem before = agent_.fs();
  const std::string container = agent_.RunToRunning(CommandTask("t1"));
  agent_.Exited(container, ExitStatus(0));
  agent_.Acknowledge(OneUpdate());
  std::vector<CheckpointWrite> writes;
  for (const Checkpoint& checkpoint : agent_.Take<Checkpoint>()) {
    writes.insert(writes.end(), checkpoint.writes.begin(), checkpoint.writes.end());
  }
  ASSERT_GT(writes.size(), 5u);
  for (size_t count = 0; count <= writes.size(); ++count) {
    for (const bool torn : {false, true}) {
      auto fs = std::make_shared<MemoryFileSystem>(before);
      for (size_t i = 0; i < count; ++i) {
        const CheckpointWrite& write = writes[i];
        const std::string path = std::string(kMetaDirectory) + "/" + write.path;
        const bool last = i + 1 == count;
        switch (write.kind) {
          case CheckpointWrite::Kind::kReplace:
            ASSERT_TRUE(fs->WriteAtomically(path, write.bytes, Sync::kYes).ok());
            break;
          case CheckpointWrite::Kind::kAppend:
            ASSERT_TRUE(fs->Append(path,
                                   write.bytes.substr(0, last && torn ? write.bytes.size() / 2
                                                                      : std::string::npos),
                                   Sync::kYes)
                            .ok());
            break;
          case CheckpointWrite::Kind::kSymlink:
            ASSERT_TRUE(fs->Symlink(write.bytes, path).ok());
            break;
          case CheckpointWrite::Kind::kRemove:
            ASSERT_TRUE(fs->RemoveAll(path).ok());
            break;
        }
      }
      AgentHarness agent(TestOptions(), fs);
      const bool reattaches = !agent.Take<ReattachContainer>().empty();
      if (reattaches) agent.Exited(container, ExitStatus(0));
      agent.Register();
      for (std::vector<v1::TaskStatus> updates = agent.TakeUpdates(); !updates.empty();
           updates = agent.TakeUpdates()) {
        agent.Acknowledge(updates[0]);
      }
      EXPECT_EQ(agent.core().Stats().tasks, 0u) << count << torn;
      EXPECT_EQ(agent.core().Stats().pending_updates, 0u) << count << torn;
    }
  }
}

}  // namespace
}  // namespace mesos::agent
