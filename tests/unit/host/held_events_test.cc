#include "master/reign/held_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <variant>
#include <vector>

namespace mesos::master {
namespace {

SchedulerCallReceived CallOf(uint64_t session) {
  return {SessionId{session}, nullptr, auth::Anonymous()};
}
AgentMessageReceived MessageOf(uint64_t session) {
  return {SessionId{session}, nullptr, auth::Anonymous()};
}

TEST(HeldEventsTest, GivesWhatItHoldsInOrderAndOnce) {
  HeldEvents held;
  EXPECT_TRUE(held.Add(CallOf(1), 10));
  EXPECT_TRUE(held.Add(MessageOf(2), 10));
  held.AddClosed(AgentSessionClosed{SessionId{2}});
  const std::vector<Event> events = held.Take();
  ASSERT_EQ(events.size(), 3u);
  EXPECT_TRUE(std::holds_alternative<SchedulerCallReceived>(events[0]));
  EXPECT_TRUE(std::holds_alternative<AgentMessageReceived>(events[1]));
  EXPECT_TRUE(std::holds_alternative<AgentSessionClosed>(events[2]));
  EXPECT_TRUE(held.Take().empty());
}

TEST(HeldEventsTest, KeepsNothingOfSessionsThatSaidNothing) {
  HeldEvents held;
  for (uint64_t session = 1; session < 1000; ++session) {
    held.AddClosed(SchedulerSessionClosed{SessionId{session}});
    held.AddClosed(AgentSessionClosed{SessionId{session}});
  }
  EXPECT_TRUE(held.Take().empty());
  // An agent's session is not the scheduler's of the same number, and none ends twice.
  EXPECT_TRUE(held.Add(MessageOf(1), 10));
  held.AddClosed(SchedulerSessionClosed{SessionId{1}});
  held.AddClosed(AgentSessionClosed{SessionId{1}});
  held.AddClosed(AgentSessionClosed{SessionId{1}});
  EXPECT_EQ(held.Take().size(), 2u);
  held.AddClosed(AgentSessionClosed{SessionId{1}});
  EXPECT_TRUE(held.Take().empty());
}

TEST(HeldEventsTest, HoldsNoMoreThanTwiceItsCountHoweverManySessionsComeAndGo) {
  HeldEvents held;
  for (uint64_t session = 1; session <= 2 * limits::kMaxHeldEvents; ++session) {
    held.Add(MessageOf(session), 0);
    held.AddClosed(AgentSessionClosed{SessionId{session}});
  }
  EXPECT_LE(held.Take().size(), 2 * limits::kMaxHeldEvents);
}

TEST(HeldEventsTest, TakesNothingBeyondItsBytesUntilItIsEmptied) {
  HeldEvents held;
  EXPECT_TRUE(held.Add(CallOf(1), limits::kMaxHeldBytes - 1));
  EXPECT_FALSE(held.Add(CallOf(1), 2));
  EXPECT_TRUE(held.Add(CallOf(1), 1));
  held.AddClosed(SchedulerSessionClosed{SessionId{1}});
  EXPECT_EQ(held.Take().size(), 3u);
  EXPECT_TRUE(held.Add(CallOf(1), 2));
}

TEST(HeldEventsTest, TakesNothingBeyondItsCount) {
  HeldEvents held;
  for (size_t i = 0; i < limits::kMaxHeldEvents; ++i) ASSERT_TRUE(held.Add(CallOf(1), 0));
  EXPECT_FALSE(held.Add(CallOf(1), 0));
}

}  // namespace
}  // namespace mesos::master
