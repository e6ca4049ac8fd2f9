#include "tests/sim/sim_zk.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/sim/sim_executor.h"

namespace mesos::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using zookeeper::CreateMode;
using zookeeper::Session;

constexpr absl::Duration kTimeout = absl::Seconds(6);

// A process on a node, with one session.
struct Client {
  Client(World& world, SimZk& zk, const std::string& name)
      : node(world.AddNode(name)), executor(world, node) {
    session = zk.Sessions(executor, node,
                          kTimeout)({.connected = [this] { heard.push_back("connected"); },
                                     .disconnected = [this] { heard.push_back("disconnected"); },
                                     .ended = [this](absl::Status) { heard.push_back("ended"); }});
  }

  const NodeId node;
  SimExecutor executor;
  std::vector<std::string> heard;
  std::unique_ptr<Session> session;
};

class SimZkTest : public ::testing::Test {
 protected:
  SimZkTest() : world_(3), net_(world_), zk_(world_, net_) {
    zk_.Start();
    one_.emplace(world_, zk_, "one");
    two_.emplace(world_, zk_, "two");
    Run(absl::Seconds(2));
  }

  void Run(absl::Duration duration) { world_.RunUntil(world_.now() + duration); }

  absl::Status Create(Client& client, const std::string& path, CreateMode mode) {
    std::optional<absl::Status> created;
    client.session->Create(path, "", mode,
                           [&](absl::StatusOr<std::string> made) { created = made.status(); });
    Run(absl::Seconds(1));
    return created.value_or(absl::DeadlineExceededError("no answer"));
  }

  // What the client is told of a read with a watch; "!" once it fires.
  void Follow(Client& client, const std::string& path, std::vector<std::string>* told) {
    client.session->Children(
        path, [told] { told->push_back("!"); },
        [told](absl::StatusOr<std::vector<std::string>> names) {
          told->push_back(names.ok() ? std::to_string(names->size()) : "?");
        });
    Run(absl::Seconds(1));
  }

  World world_;
  SimNet net_;
  SimZk zk_;
  std::optional<Client> one_, two_;
};

TEST_F(SimZkTest, IdleSessionLives) {
  ASSERT_TRUE(Create(*one_, "/c-", CreateMode::kEphemeralSequential).ok());
  Run(absl::Minutes(2));
  EXPECT_THAT(one_->heard, ElementsAre("connected"));
  EXPECT_THAT(zk_.tree().ChildrenOf("/"), SizeIs(1));
}

TEST_F(SimZkTest, NodesOfAClientThatCrashedGoOnlyWithItsSession) {
  ASSERT_TRUE(Create(*one_, "/c-", CreateMode::kEphemeralSequential).ok());
  world_.Crash(one_->node);
  net_.NodeDown(one_->node, /*polite=*/true);
  one_->session = nullptr;
  Run(kTimeout / 2);
  EXPECT_THAT(zk_.tree().ChildrenOf("/"), SizeIs(1));
  Run(kTimeout);
  EXPECT_THAT(zk_.tree().ChildrenOf("/"), IsEmpty());
}

TEST_F(SimZkTest, ClosedSessionEndsAtOnceAndWatchersHear) {
  ASSERT_TRUE(Create(*one_, "/c-", CreateMode::kEphemeralSequential).ok());
  std::vector<std::string> told;
  Follow(*two_, "/", &told);
  one_->session = nullptr;
  Run(absl::Seconds(1));
  EXPECT_THAT(told, ElementsAre("1", "!"));
  EXPECT_THAT(zk_.tree().ChildrenOf("/"), IsEmpty());
}

TEST_F(SimZkTest, ClientThatIsCutOffHearsOfTheLossAndThenOfTheEnd) {
  ASSERT_TRUE(Create(*one_, "/c-", CreateMode::kEphemeralSequential).ok());
  net_.Partition(one_->node, zk_.node());
  Run(kTimeout);
  EXPECT_THAT(one_->heard, ElementsAre("connected", "disconnected"));
  EXPECT_TRUE(absl::IsUnavailable(Create(*one_, "/d", CreateMode::kPersistent)) ||
              one_->heard.size() == 2);
  Run(kTimeout);
  EXPECT_THAT(zk_.tree().ChildrenOf("/"), IsEmpty());
  net_.Heal();
  Run(kTimeout);
  EXPECT_THAT(one_->heard, ElementsAre("connected", "disconnected", "ended"));
}

TEST_F(SimZkTest, ClientThatIsNotHeardForTheLongestTimeoutHasNoSession) {
  EXPECT_EQ(zk_.LongestTimeout(zk_.node()), absl::ZeroDuration());
  ASSERT_TRUE(Create(*one_, "/c-", CreateMode::kEphemeralSequential).ok());
  net_.Partition(one_->node, zk_.node());
  Run(zk_.LongestTimeout(one_->node));
  EXPECT_THAT(zk_.tree().ChildrenOf("/"), IsEmpty());
  EXPECT_THAT(one_->heard, ElementsAre("connected", "disconnected"));
}

TEST_F(SimZkTest, WatchThatFiredWhileItsClientWasAwayIsHeardWhenItIsBack) {
  std::vector<std::string> told;
  Follow(*one_, "/", &told);
  net_.Reset(net_.Connections().front());  // the older client's
  Run(absl::Milliseconds(1));
  ASSERT_TRUE(Create(*two_, "/c", CreateMode::kPersistent).ok());
  Run(absl::Seconds(3));
  EXPECT_THAT(told, ElementsAre("0", "!"));
  EXPECT_THAT(one_->heard, ElementsAre("connected", "disconnected", "connected"));
}

TEST_F(SimZkTest, RestartOfTheServiceEndsNoSession) {
  ASSERT_TRUE(Create(*one_, "/c-", CreateMode::kEphemeralSequential).ok());
  zk_.Crash();
  Run(kTimeout * 2);
  zk_.Start();
  Run(kTimeout);
  EXPECT_THAT(one_->heard, ElementsAre("connected", "disconnected", "connected"));
  EXPECT_THAT(zk_.tree().ChildrenOf("/"), SizeIs(1));
}

TEST_F(SimZkTest, PausedClientLosesItsSessionAndHearsOfItLate) {
  ASSERT_TRUE(Create(*one_, "/c-", CreateMode::kEphemeralSequential).ok());
  world_.Pause(one_->node, kTimeout * 2);
  Run(kTimeout * 2 - absl::Seconds(1));
  EXPECT_THAT(zk_.tree().ChildrenOf("/"), IsEmpty());
  EXPECT_THAT(one_->heard, ElementsAre("connected"));
  Run(kTimeout);
  EXPECT_THAT(one_->heard, ElementsAre("connected", "disconnected", "ended"));
}

TEST_F(SimZkTest, SilencesADestroyedSession) {
  bool answered = false;
  one_->session->Get("/", nullptr, [&](absl::StatusOr<zookeeper::Node>) { answered = true; });
  one_->session = nullptr;
  Run(absl::Seconds(5));
  EXPECT_FALSE(answered);
  EXPECT_THAT(one_->heard, ElementsAre("connected"));
}

}  // namespace
}  // namespace mesos::sim
