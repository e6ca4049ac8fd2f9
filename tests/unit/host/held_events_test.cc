#include "master/reign/held_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <variant>
#include <vector>

namespace mesos::master {
namespace {

TEST(HeldEventsTest, GivesWhatItHoldsInOrderAndOnce) {
  HeldEvents held;
  EXPECT_TRUE(held.Add(SchedulerSessionClosed{SessionId{1}}, 10));
  held.AddClosed(AgentSessionClosed{SessionId{2}});
  const std::vector<Event> events = held.Take();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_TRUE(std::holds_alternative<SchedulerSessionClosed>(events[0]));
  EXPECT_TRUE(std::holds_alternative<AgentSessionClosed>(events[1]));
  EXPECT_TRUE(held.Take().empty());
}

TEST(HeldEventsTest, TakesNothingBeyondItsBytesUntilItIsEmptied) {
  HeldEvents held;
  EXPECT_TRUE(held.Add(Tick{}, limits::kMaxHeldBytes - 1));
  EXPECT_FALSE(held.Add(Tick{}, 2));
  EXPECT_TRUE(held.Add(Tick{}, 1));
  held.AddClosed(AgentSessionClosed{SessionId{2}});
  EXPECT_EQ(held.Take().size(), 3u);
  EXPECT_TRUE(held.Add(Tick{}, 2));
}

TEST(HeldEventsTest, TakesNothingBeyondItsCount) {
  HeldEvents held;
  for (size_t i = 0; i < limits::kMaxHeldEvents; ++i) ASSERT_TRUE(held.Add(Tick{}, 0));
  EXPECT_FALSE(held.Add(Tick{}, 0));
}

}  // namespace
}  // namespace mesos::master
