#include "common/base/deadlines.h"

#include <memory>
#include <string>

#include "gtest/gtest.h"

namespace mesos {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'000'000);

TEST(DeadlinesTest, PopsWhatIsDueInOrderOfTimeThenArming) {
  Deadlines<std::string> deadlines;
  deadlines.Arm(kStart + absl::Seconds(2), "third");
  deadlines.Arm(kStart + absl::Seconds(1), "first");
  deadlines.Arm(kStart + absl::Seconds(1), "second");
  deadlines.Arm(kStart + absl::Seconds(9), "later");
  EXPECT_EQ(deadlines.Next(), kStart + absl::Seconds(1));
  EXPECT_EQ(deadlines.PopDue(kStart), std::nullopt);
  const absl::Time now = kStart + absl::Seconds(2);
  EXPECT_EQ(deadlines.PopDue(now), "first");
  EXPECT_EQ(deadlines.PopDue(now), "second");
  EXPECT_EQ(deadlines.PopDue(now), "third");
  EXPECT_EQ(deadlines.PopDue(now), std::nullopt);
  EXPECT_EQ(deadlines.size(), 1u);
  EXPECT_EQ(deadlines.Next(), kStart + absl::Seconds(9));
}

TEST(DeadlinesTest, ACancelledOneNeverComes) {
  Deadlines<std::string> deadlines;
  const DeadlineId a = deadlines.Arm(kStart, "a");
  const DeadlineId b = deadlines.Arm(kStart, "b");
  EXPECT_NE(a, b);
  deadlines.Cancel(a);
  EXPECT_EQ(deadlines.PopDue(kStart), "b");
  EXPECT_EQ(deadlines.size(), 0u);
  EXPECT_EQ(deadlines.Next(), absl::InfiniteFuture());
}

TEST(DeadlinesTest, CancellingWhatIsNotThereDoesNothing) {
  Deadlines<std::string> deadlines;
  deadlines.Cancel(DeadlineId::kNone);
  const DeadlineId a = deadlines.Arm(kStart, "a");
  EXPECT_EQ(deadlines.PopDue(kStart), "a");
  const DeadlineId b = deadlines.Arm(kStart, "b");
  deadlines.Cancel(a);
  deadlines.Cancel(a);
  EXPECT_NE(a, b);
  EXPECT_EQ(deadlines.PopDue(kStart), "b");
}

TEST(DeadlinesTest, ArmingFromAHandlerIsSeenInTheSameDrain) {
  Deadlines<int> deadlines;
  deadlines.Arm(kStart, 3);
  int handled = 0;
  while (auto due = deadlines.PopDue(kStart)) {
    ++handled;
    if (*due > 0) deadlines.Arm(kStart, *due - 1);
  }
  EXPECT_EQ(handled, 4);
}

TEST(DeadlinesTest, HoldsWhatCanOnlyBeMoved) {
  Deadlines<std::unique_ptr<int>> deadlines;
  deadlines.Arm(kStart, std::make_unique<int>(7));
  EXPECT_EQ(**deadlines.PopDue(kStart), 7);
}

TEST(DeadlinesTest, TheEndsOfTimeAreTimesToo) {
  Deadlines<std::string> deadlines;
  deadlines.Arm(absl::InfiniteFuture(), "never");
  deadlines.Arm(absl::InfinitePast(), "always");
  EXPECT_EQ(deadlines.PopDue(kStart), "always");
  EXPECT_EQ(deadlines.PopDue(kStart), std::nullopt);
  EXPECT_EQ(deadlines.Next(), absl::InfiniteFuture());
}

}  // namespace
}  // namespace mesos
