#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <set>

#include "common/runtime/random.h"
#include "tests/unit/driver/driver_core_harness.h"

namespace mesos::scheduler_driver {
namespace {

// A framework's driver, and an agent that sends its oldest update until it hears of it, over a
// connection that breaks. An acknowledgement that is on its way when the connection breaks may be
// lost.
class World {
 public:
  static constexpr int kUpdates = 40;

  explicit World(uint64_t seed)
      : random_(seed), implicit_(random_.Below(2) == 0), driver_(implicit_) {
    driver_.Do(Start{});
    dialed_ = driver_.All<OpenSession>().at(0).session;
  }

  bool Done() const { return made_ == kUpdates && unacknowledged_.empty(); }

  void Step() {
    switch (random_.Below(6)) {
      case 0:
        ConnectOrBreak();
        break;
      case 1:
        if (made_ < kUpdates) unacknowledged_.push_back("uuid-" + std::to_string(made_++));
        break;
      case 2:
        if (connected_ && !unacknowledged_.empty()) {
          driver_.Do(EventReceived{dialed_, UpdateEvent("t", unacknowledged_.front())});
          Drain();
        }
        break;
      case 3:
      case 4:
        Handle();
        break;
      case 5:
        if (to_acknowledge_.empty()) break;
        driver_.Make(AcknowledgeCall("t", to_acknowledge_.front()));
        to_acknowledge_.pop_front();
        Drain();
        break;
    }
  }

  void CheckEnd() {
    EXPECT_EQ(made_, kUpdates);
    EXPECT_TRUE(unacknowledged_.empty()) << unacknowledged_.size() << " updates are left";
    EXPECT_EQ(handled_.size(), static_cast<size_t>(kUpdates));
  }

 private:
  void ConnectOrBreak() {
    if (!connected_) {
      if (dialed_ == SessionId::kNone) {
        driver_.TickAt(driver_.core().NextDeadline());
        ASSERT_TRUE(driver_.Has<OpenSession>());
        dialed_ = driver_.All<OpenSession>()[0].session;
      }
      driver_.Do(SessionOpened{dialed_});
      connected_ = true;
      driver_.Do(EventReceived{dialed_, SubscribedEvent()});
      Drain();
    } else if (random_.Below(4) == 0) {
      connected_ = false;
      driver_.Do(
          SessionClosed{std::exchange(dialed_, SessionId::kNone), absl::UnavailableError("x")});
      Drain();
    }
  }

  // The framework handles the update that it got first.
  void Handle() {
    if (in_callback_.empty()) return;
    const StatusUpdate update = in_callback_.front();
    in_callback_.pop_front();
    handled_.insert(update.status->uuid());
    if (!implicit_) to_acknowledge_.push_back(update.status->uuid());
    driver_.Do(StatusUpdateReturned{update.status});
    Drain();
  }

  void Drain() {
    for (const auto& effect : driver_.effects()) {
      if (const auto* update = std::get_if<StatusUpdate>(&effect)) in_callback_.push_back(*update);
      const auto* send = std::get_if<SendCall>(&effect);
      if (send == nullptr || send->call->type() != Call::ACKNOWLEDGE) continue;
      ASSERT_TRUE(connected_) << "an acknowledgement went to a session that is gone";
      const std::string uuid = send->call->acknowledge().uuid();
      ASSERT_TRUE(handled_.count(uuid)) << "acknowledged before it was handled";
      if (random_.Below(10) == 0) continue;  // lost on its way
      auto it = std::find(unacknowledged_.begin(), unacknowledged_.end(), uuid);
      if (it != unacknowledged_.end()) unacknowledged_.erase(it);
    }
  }

  Random random_;
  const bool implicit_;
  Driver driver_;
  SessionId dialed_ = SessionId::kNone;
  bool connected_ = false;
  int made_ = 0;
  std::deque<std::string> unacknowledged_;  // at the agent, in order of making
  std::set<std::string> handled_;           // by the framework
  std::deque<StatusUpdate> in_callback_;    // delivered, not yet handled
  std::deque<std::string> to_acknowledge_;  // explicitly, later
};

TEST(DriverCorePropertyTest, EveryUpdateIsAcknowledgedOrComesAgainOverRandomDisconnects) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    World world(seed);
    for (int step = 0; step < 10'000 && !world.Done(); ++step) {
      world.Step();
      ASSERT_FALSE(testing::Test::HasFatalFailure());
    }
    world.CheckEnd();
  }
}

}  // namespace
}  // namespace mesos::scheduler_driver
