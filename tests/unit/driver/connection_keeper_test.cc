#include "common/reconnect/connection_keeper.h"

#include <algorithm>

#include "gtest/gtest.h"

namespace mesos {
namespace {

class ConnectionKeeperTest : public testing::Test {
 protected:
  static ConnectionKeeper::Options Options() {
    ConnectionKeeper::Options options;
    options.backoff_minimum = absl::Milliseconds(100);
    options.backoff_maximum = absl::Minutes(1);
    options.unreachable_maximum = absl::Seconds(2);
    return options;
  }

  // A session that stands, is taken by the server, and lasts so long.
  void Stand(ConnectionKeeper& keeper, absl::Duration lasts) {
    const SessionId session = keeper.Dial(now_);
    ASSERT_TRUE(keeper.Opened(now_, session));
    keeper.Settled(now_);
    now_ += lasts;
    ASSERT_TRUE(keeper.Closed(now_, session));
  }

  // The wait after a dial that `reaches` the server, which does not take the client.
  absl::Duration WaitAfterFailure(ConnectionKeeper& keeper, bool reaches) {
    const SessionId session = keeper.Dial(now_);
    if (reaches) keeper.Opened(now_, session);
    keeper.Closed(now_, session);
    return keeper.Next() - now_;
  }

  absl::Time now_ = absl::UnixEpoch() + absl::Hours(1);
};

TEST_F(ConnectionKeeperTest, ComesBackAtOnceAfterASessionThatLasted) {
  ConnectionKeeper keeper(Options(), 1);
  Stand(keeper, absl::Seconds(10));
  EXPECT_EQ(keeper.Next(), now_);
  EXPECT_EQ(keeper.PopDue(now_).action, ConnectionKeeper::Action::kDial);
}

TEST_F(ConnectionKeeperTest, ManyComeBackSpreadOverWhatTheServerTold) {
  constexpr int kClients = 2'000;
  constexpr int kParts = 10;
  int dials[kParts] = {};
  for (int i = 0; i < kClients; ++i) {
    ConnectionKeeper keeper(Options(), static_cast<uint64_t>(i));
    keeper.set_return_spread(absl::Seconds(10));
    Stand(keeper, absl::Seconds(10));
    const absl::Duration wait = keeper.Next() - now_;
    ASSERT_GE(wait, absl::ZeroDuration());
    ASSERT_LT(wait, absl::Seconds(10));
    ++dials[static_cast<int>(absl::ToDoubleSeconds(wait))];
  }
  EXPECT_GT(*std::min_element(dials, dials + kParts), kClients / kParts / 2);
  EXPECT_LT(*std::max_element(dials, dials + kParts), kClients / kParts * 3 / 2);
}

TEST_F(ConnectionKeeperTest, WaitsGrowWhereTheServerTakesAndDropsClients) {
  ConnectionKeeper keeper(Options(), 1);
  absl::Duration least = absl::Milliseconds(50);
  for (int i = 0; i < 8; ++i) {
    Stand(keeper, absl::Milliseconds(10));
    EXPECT_GE(keeper.Next() - now_, least);
    EXPECT_LE(keeper.Next() - now_, least * 2);
    least *= 2;
  }
  Stand(keeper, absl::Seconds(10));
  EXPECT_EQ(keeper.Next(), now_);
}

TEST_F(ConnectionKeeperTest, WaitsGrowToOneBoundWhileNobodyAnswersAndToAnotherWhileRefused) {
  ConnectionKeeper keeper(Options(), 1);
  for (int i = 0; i < 20; ++i) EXPECT_LE(WaitAfterFailure(keeper, false), absl::Seconds(2));
  EXPECT_GE(WaitAfterFailure(keeper, false), absl::Seconds(1));
  for (int i = 0; i < 20; ++i) EXPECT_LE(WaitAfterFailure(keeper, true), absl::Minutes(1));
  EXPECT_GE(WaitAfterFailure(keeper, true), absl::Seconds(30));
  EXPECT_LE(WaitAfterFailure(keeper, false), absl::Seconds(2));
}

TEST_F(ConnectionKeeperTest, FailuresOfManyAreSpreadToo) {
  ConnectionKeeper keeper(Options(), 1);
  keeper.set_return_spread(absl::Seconds(10));
  Stand(keeper, absl::Seconds(10));
  for (int i = 0; i < 5; ++i) {
    const absl::Duration wait = WaitAfterFailure(keeper, false);
    EXPECT_GE(wait, absl::Seconds(5));
    EXPECT_LE(wait, absl::Seconds(10));
  }
}

// The session of a dial is not the one that was settled before.
TEST_F(ConnectionKeeperTest, DialThatFailsIsNoSettledSession) {
  ConnectionKeeper keeper(Options(), 1);
  Stand(keeper, absl::Seconds(10));
  const SessionId session = keeper.Dial(now_);
  now_ += absl::Seconds(5);
  ASSERT_TRUE(keeper.Closed(now_, session));
  EXPECT_GE(keeper.Next() - now_, absl::Milliseconds(50));
}

}  // namespace
}  // namespace mesos
