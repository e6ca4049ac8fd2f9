#include "tests/sim/sim_net.h"

#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A client and a server that write down what they hear.
class SimNetTest : public ::testing::Test {
 protected:
  SimNetTest()
      : world_(7), net_(world_), client_(world_.AddNode("c")), server_(world_.AddNode("s")) {
    net_.Listen(server_, "s", [this](ConnectionId id, NodeId) {
      server_link_ = id;
      return Recording(&server_heard_);
    });
  }

  Endpoint Recording(std::vector<std::string>* heard) {
    return {[heard] { heard->push_back("opened"); },
            [heard](const std::string& bytes) { heard->push_back(bytes); },
            [heard](absl::Status) { heard->push_back("closed"); }};
  }

  ConnectionId Dial() {
    const ConnectionId id = net_.Dial(client_, "s", Recording(&client_heard_));
    Run(absl::Seconds(1));
    return id;
  }

  void Run(absl::Duration duration) { world_.RunUntil(world_.now() + duration); }

  World world_;
  SimNet net_;
  NodeId client_;
  NodeId server_;
  ConnectionId server_link_ = ConnectionId::kNone;
  std::vector<std::string> client_heard_;
  std::vector<std::string> server_heard_;
};

TEST_F(SimNetTest, KeepsTheOrderOfMessages) {
  const ConnectionId link = Dial();
  for (int i = 0; i < 20; ++i) net_.Send(link, Side::kClient, std::to_string(i));
  Run(absl::Seconds(1));
  EXPECT_EQ(absl::StrJoin(server_heard_, " "), "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19");
  EXPECT_THAT(client_heard_, ElementsAre("opened"));
}

TEST_F(SimNetTest, DeliversWhatWasSentBeforeAClose) {
  const ConnectionId link = Dial();
  net_.Send(link, Side::kServer, "last words");
  net_.Close(link, Side::kServer, absl::OkStatus());
  Run(absl::Seconds(1));
  EXPECT_THAT(client_heard_, ElementsAre("opened", "last words", "closed"));
  EXPECT_THAT(server_heard_, IsEmpty());
}

TEST_F(SimNetTest, ResetIsHeardOnBothSides) {
  const ConnectionId link = Dial();
  net_.Reset(link);
  Run(absl::Seconds(1));
  EXPECT_THAT(client_heard_, ElementsAre("opened", "closed"));
  EXPECT_THAT(server_heard_, ElementsAre("closed"));
  EXPECT_THAT(net_.Connections(), IsEmpty());
}

TEST_F(SimNetTest, HalfOpenLeavesOneSideBelieving) {
  const ConnectionId link = Dial();
  net_.HalfOpen(link, Side::kClient);
  Run(absl::Seconds(1));
  net_.Send(link, Side::kServer, "into the void");
  Run(absl::Seconds(1));
  EXPECT_THAT(client_heard_, ElementsAre("opened", "closed"));
  EXPECT_THAT(server_heard_, IsEmpty());
}

TEST_F(SimNetTest, PartitionHoldsMessagesUntilItHealsInOrder) {
  const ConnectionId link = Dial();
  net_.Partition(server_, client_);
  net_.Send(link, Side::kClient, "a");
  net_.Send(link, Side::kClient, "b");
  Run(absl::Seconds(30));
  EXPECT_THAT(server_heard_, IsEmpty());
  net_.Heal();
  net_.Send(link, Side::kClient, "c");
  Run(absl::Seconds(1));
  EXPECT_THAT(server_heard_, ElementsAre("a", "b", "c"));
}

TEST_F(SimNetTest, DialsOfTheDeadAndTheCutFail) {
  net_.Partition(client_, server_);
  net_.Dial(client_, "s", Recording(&client_heard_));
  Run(absl::Minutes(1));
  EXPECT_THAT(client_heard_, ElementsAre("closed"));
  net_.Heal();
  world_.Crash(server_);
  net_.Dial(client_, "s", Recording(&client_heard_));
  Run(absl::Minutes(1));
  EXPECT_THAT(client_heard_, ElementsAre("closed", "closed"));
}

TEST_F(SimNetTest, AVanishedMachineIsNotHeardOf) {
  Dial();
  world_.Crash(server_);
  net_.NodeDown(server_, /*polite=*/false);
  Run(absl::Minutes(1));
  EXPECT_THAT(client_heard_, ElementsAre("opened"));
}

TEST_F(SimNetTest, PausedNodeHearsAllInOrderOnceItGoesOn) {
  const ConnectionId link = Dial();
  world_.Pause(server_, absl::Seconds(5));
  net_.Send(link, Side::kClient, "1");
  net_.Send(link, Side::kClient, "2");
  net_.Close(link, Side::kClient, absl::OkStatus());
  Run(absl::Seconds(4));
  EXPECT_THAT(server_heard_, IsEmpty());
  Run(absl::Seconds(2));
  EXPECT_THAT(server_heard_, ElementsAre("1", "2", "closed"));
}

TEST_F(SimNetTest, HealsOnePartitionOfMany) {
  const NodeId third = world_.AddNode("t");
  const ConnectionId link = Dial();
  net_.Partition(client_, server_);
  net_.Partition(third, server_);
  net_.Send(link, Side::kClient, "held");
  Run(absl::Seconds(1));
  net_.Heal(third, server_);
  Run(absl::Seconds(1));
  EXPECT_THAT(server_heard_, IsEmpty());
  net_.Heal(client_, server_);
  Run(absl::Seconds(1));
  EXPECT_THAT(server_heard_, ElementsAre("held"));
}

TEST_F(SimNetTest, PauseAndPartitionTogetherKeepTheOrder) {
  const ConnectionId link = Dial();
  world_.Pause(server_, absl::Seconds(5));
  net_.Send(link, Side::kClient, "1");
  Run(absl::Seconds(1));
  net_.Partition(client_, server_);
  net_.Send(link, Side::kClient, "2");
  Run(absl::Seconds(1));
  net_.Heal();
  net_.Send(link, Side::kClient, "3");
  Run(absl::Seconds(1));
  net_.Partition(client_, server_);
  net_.Send(link, Side::kClient, "4");
  Run(absl::Seconds(4));
  EXPECT_THAT(server_heard_, IsEmpty());
  net_.Heal();
  Run(absl::Seconds(1));
  EXPECT_THAT(server_heard_, ElementsAre("1", "2", "3", "4"));
}

}  // namespace
}  // namespace mesos::sim
