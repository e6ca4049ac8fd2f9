// What is not needed any more goes by its age, and earlier where the disk fills up.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/core/garbage_collector.h"
#include "tests/unit/agent/agent_harness.h"

namespace mesos::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr absl::Duration kDelay = absl::Hours(100);
const absl::Time kStart = absl::FromUnixSeconds(1'000'000'000);

std::vector<std::string> Keys(const std::vector<GarbageCollector::Removal>& removals) {
  std::vector<std::string> keys;
  for (const auto& removal : removals) keys.push_back(removal.key);
  return keys;
}

TEST(AllowedAgeTest, ShrinksAsTheDiskFillsUp) {
  EXPECT_EQ(AllowedAge(kDelay, 0.25, 0), absl::Hours(75));
  EXPECT_EQ(AllowedAge(kDelay, 0.25, 0.5), absl::Hours(25));
  EXPECT_EQ(AllowedAge(kDelay, 0.25, 0.75), absl::ZeroDuration());
  EXPECT_EQ(AllowedAge(kDelay, 0.25, 1), absl::ZeroDuration());
  EXPECT_EQ(AllowedAge(kDelay, 0, 0), kDelay);
}

TEST(GarbageCollectorTest, PrunesTheOldestFirstAndWhatIsYoungEnoughNot) {
  GarbageCollector garbage(kDelay);
  garbage.Schedule(kStart + absl::Hours(2), {"young", {}, {}});
  garbage.Schedule(kStart + absl::Hours(1), {"middle", {}, {}});
  garbage.Schedule(kStart, {"old", {}, {}});
  const absl::Time now = kStart + absl::Hours(3);
  EXPECT_THAT(garbage.PopDue(now), IsEmpty());
  garbage.Prune(now, absl::Hours(2));
  EXPECT_EQ(garbage.NextDeadline(), absl::InfinitePast());
  EXPECT_THAT(Keys(garbage.PopDue(now)), ElementsAre("old", "middle"));
  EXPECT_EQ(garbage.pruned(), 2u);
  EXPECT_EQ(garbage.NextDeadline(), kStart + absl::Hours(102));
  // Of its own age, later: that is not pruning.
  EXPECT_THAT(Keys(garbage.PopDue(kStart + absl::Hours(102))), ElementsAre("young"));
  EXPECT_EQ(garbage.pruned(), 2u);
}

TEST(GarbageCollectorTest, SparesWhatIsScheduledAfterTheMeasurement) {
  GarbageCollector garbage(kDelay);
  garbage.Schedule(kStart, {"before", {}, {}});
  garbage.Prune(kStart, absl::ZeroDuration());
  garbage.Schedule(kStart + absl::Seconds(1), {"after", {}, {}});
  EXPECT_THAT(Keys(garbage.PopDue(kStart + absl::Seconds(1))), ElementsAre("before"));
}

TEST(GarbageCollectorTest, GivesSoManyAtOnceAndTheRestNext) {
  GarbageCollector garbage(kDelay);
  for (size_t i = 0; i < GarbageCollector::kMaxPopped + 1; ++i) {
    garbage.Schedule(kStart, {absl::StrCat(i), {}, {}});
  }
  garbage.Prune(kStart, absl::ZeroDuration());
  EXPECT_THAT(garbage.PopDue(kStart), SizeIs(GarbageCollector::kMaxPopped));
  EXPECT_EQ(garbage.NextDeadline(), absl::InfinitePast());
  EXPECT_THAT(garbage.PopDue(kStart), SizeIs(1));
  EXPECT_EQ(garbage.NextDeadline(), absl::InfiniteFuture());
}

class DiskWatchTest : public testing::Test {
 protected:
  // Runs a task to its end; its sandbox is garbage then.
  std::string RunToEnd(const std::string& task) {
    agent_.Restart();  // its link has been silent for too long
    agent_.Register();
    const std::string container = agent_.RunToRunning(CommandTask(task));
    agent_.Exited(container, ExitStatus(0));
    for (const v1::TaskStatus& status : agent_.TakeUpdates()) agent_.Acknowledge(status);
    agent_.Take<RemoveDirectory>();
    return absl::StrCat("/work_dir/slaves/master-S0/frameworks/framework-1/executors/", task,
                        "/runs/", container);
  }

  void Measured(absl::StatusOr<double> usage) {
    agent_.Take<MeasureDisk>();
    agent_.Handle(DiskMeasured{std::move(usage)});
    agent_.Advance(absl::ZeroDuration());
  }

  std::vector<std::string> Removed() {
    std::vector<std::string> paths;
    for (const RemoveDirectory& removal : agent_.Take<RemoveDirectory>()) {
      paths.push_back(removal.path);
    }
    return paths;
  }

  AgentHarness agent_;
};

TEST_F(DiskWatchTest, MeasuresAtTheStartAndSomeTimeAfterEachAnswer) {
  EXPECT_THAT(agent_.Take<MeasureDisk>(), SizeIs(1));
  agent_.Advance(absl::Hours(1));
  EXPECT_THAT(agent_.Take<MeasureDisk>(), IsEmpty());
  agent_.Handle(DiskMeasured{0.5});
  EXPECT_EQ(agent_.core().Stats().disk_usage, 0.5);
  EXPECT_EQ(agent_.core().Stats().allowed_sandbox_age, TestOptions().gc_delay * 0.4);
  agent_.Advance(TestOptions().disk_watch_interval);
  EXPECT_THAT(agent_.Take<MeasureDisk>(), SizeIs(1));
  agent_.Handle(DiskMeasured{absl::UnavailableError("gone")});
  EXPECT_EQ(agent_.core().Stats().disk_measurements_failed, 1u);
  agent_.Advance(TestOptions().disk_watch_interval);
  EXPECT_THAT(agent_.Take<MeasureDisk>(), SizeIs(1));
}

TEST_F(DiskWatchTest, RemovesWhatIsTooOldForAFullDiskTheOldestFirst) {
  const std::string oldest = RunToEnd("t1");
  agent_.Advance(absl::Hours(24));
  const std::string older = RunToEnd("t2");
  agent_.Advance(absl::Hours(24));
  const std::string young = RunToEnd("t3");
  Measured(0.2);  // 7 days * (1 - 0.1 - 0.2) is longer than 2 days
  EXPECT_THAT(Removed(), IsEmpty());
  Measured(0.8);  // 16.8 hours
  EXPECT_THAT(Removed(), ElementsAre(oldest, older));
  Measured(0.9);
  EXPECT_THAT(Removed(), ElementsAre(young));
  EXPECT_GT(agent_.core().Stats().pruned_removals, 2u);
}

TEST_F(DiskWatchTest, AnAgentThatStartsAgainKnowsHowOldSandboxesAre) {
  const std::string old = RunToEnd("t1");
  agent_.Advance(absl::Hours(48));
  const std::string young = RunToEnd("t2");
  agent_.Restart();
  Measured(0.8);
  EXPECT_THAT(Removed(), ElementsAre(old));
  agent_.Restart();
  agent_.Advance(TestOptions().gc_delay);
  EXPECT_THAT(Removed(), ElementsAre(young));
}

TEST_F(DiskWatchTest, ASentinelThatTellsNoTimeMakesItsSandboxAYoungOne) {
  RunToEnd("t1");
  for (const auto& [path, node] : agent_.fs().nodes()) {
    if (!path.ends_with("executor.sentinel")) continue;
    ASSERT_TRUE(agent_.fs().WriteAtomically(path, "", Sync::kYes).ok());
    break;
  }
  agent_.Advance(absl::Hours(48));
  agent_.Restart();
  Measured(0.8);
  EXPECT_THAT(Removed(), IsEmpty());
  Measured(0.9);
  EXPECT_THAT(Removed(), SizeIs(1));
}

}  // namespace
}  // namespace mesos::agent
