#include "tests/sim/world.h"

#include <string>

#include "gtest/gtest.h"

namespace mesos::sim {
namespace {

TEST(WorldTest, RunsWorkInOrderOfTimeThenOfScheduling) {
  World world(1);
  const NodeId node = world.AddNode("n");
  std::string order;
  world.After(node, absl::Seconds(2), [&] { order += "c"; });
  world.After(node, absl::Seconds(1), [&] { order += "a"; });
  world.After(node, absl::Seconds(1), [&] { order += "b"; });
  const absl::Time start = world.now();
  world.RunUntil(start + absl::Seconds(3));
  EXPECT_EQ(order, "abc");
  EXPECT_EQ(world.now(), start + absl::Seconds(3));
}

TEST(WorldTest, DropsTheWorkOfACrashedProcessEvenAfterItsRestart) {
  World world(1);
  const NodeId node = world.AddNode("n");
  int ran = 0;
  world.After(node, absl::Seconds(1), [&] { ran += 1; });
  world.Crash(node);
  world.After(node, absl::Seconds(1), [&] { ran += 10; });
  world.Restart(node);
  world.After(node, absl::Seconds(1), [&] { ran += 100; });
  world.AfterAlways(absl::Seconds(1), [&] { ran += 1000; });
  world.RunUntil(world.now() + absl::Seconds(5));
  EXPECT_EQ(ran, 1100);
}

TEST(WorldTest, PausedNodeDoesItsWorkInOrderOnceItGoesOn) {
  World world(1);
  const NodeId paused = world.AddNode("p");
  const NodeId other = world.AddNode("o");
  std::string order;
  world.After(paused, absl::Seconds(1), [&] { order += "a"; });
  world.After(paused, absl::Seconds(2), [&] { order += "b"; });
  world.After(other, absl::Seconds(3), [&] { order += "-"; });
  world.After(paused, absl::Seconds(9), [&] { order += "c"; });
  world.Pause(paused, absl::Seconds(5));
  EXPECT_TRUE(world.Paused(paused));
  world.RunUntil(world.now() + absl::Seconds(4));
  EXPECT_EQ(order, "-");
  world.RunUntil(world.now() + absl::Seconds(1));
  EXPECT_EQ(order, "-ab");
  EXPECT_FALSE(world.Paused(paused));
  world.RunUntil(world.now() + absl::Seconds(5));
  EXPECT_EQ(order, "-abc");
}

TEST(WorldTest, PausedNodeThatCrashesDropsItsWorkButNotWhatIsHeldForIt) {
  World world(1);
  const NodeId node = world.AddNode("n");
  std::string ran;
  world.After(node, absl::Seconds(1), [&] { ran += "own"; });
  world.Pause(node, absl::Seconds(5));
  world.Hold(node, [&] { ran += "held"; });
  world.RunUntil(world.now() + absl::Seconds(2));
  world.Crash(node);
  world.Restart(node);
  world.RunUntil(world.now() + absl::Seconds(9));
  EXPECT_EQ(ran, "held");
}

TEST(WorldTest, TraceHashTellsHistoriesApart) {
  World a(1), b(1);
  const NodeId node_a = a.AddNode("n");
  const NodeId node_b = b.AddNode("n");
  a.Note(node_a, "same");
  b.Note(node_b, "same");
  EXPECT_EQ(a.trace().hash(), b.trace().hash());
  b.Note(node_b, "more");
  EXPECT_NE(a.trace().hash(), b.trace().hash());
}

}  // namespace
}  // namespace mesos::sim
