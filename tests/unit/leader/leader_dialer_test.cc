#include "common/leader/leader_dialer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/runtime/fake_executor.h"
#include "common/zookeeper/fake_zookeeper.h"

namespace mesos::leader {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string MasterInfo(int port) {
  return absl::StrCat(R"({"id":"m","ip":0,"port":5050,"address":{"ip":"10.0.0.1","port":)", port,
                      "}}");
}

// What is dialed notes what happens to it.
class NotingStream : public rpc::Stream<std::string> {
 public:
  NotingStream(std::vector<std::string>& notes, std::string target)
      : notes_(notes), target_(std::move(target)) {
    notes_.push_back("dial " + target_);
  }
  ~NotingStream() override { notes_.push_back("drop " + target_); }
  void Send(std::shared_ptr<const std::string> message) override {
    notes_.push_back("send " + *message + " to " + target_);
  }
  void Close(absl::Status) override { notes_.push_back("close " + target_); }

 private:
  std::vector<std::string>& notes_;
  const std::string target_;
};

TEST(LeaderDialerTest, DialsAFixedAddressAsItIs) {
  FakeExecutor executor;
  std::vector<std::string> notes;
  LeaderDialer<int, std::string> dialer(
      *ParseMasterAddress("host:5050"),
      [&](const std::string& target, Executor&, rpc::StreamObserver<int>) {
        return std::make_unique<NotingStream>(notes, target);
      });
  dialer.Dial(executor, {})->Send(std::make_shared<std::string>("m"));
  EXPECT_THAT(notes, ElementsAre("dial host:5050", "send m to host:5050", "drop host:5050"));
}

class LeaderStreamTest : public testing::Test {
 protected:
  using Dialer = LeaderDialer<int, std::string>;

  void Lead(int sequence, int port) {
    zookeeper_.Put(absl::StrCat("/mesos/json.info_000000000", sequence), MasterInfo(port));
  }
  void Leave(int sequence) {
    zookeeper_.Remove(absl::StrCat("/mesos/json.info_000000000", sequence));
  }

  std::unique_ptr<rpc::Stream<std::string>> Dial(const DialPace& pace = {}) {
    rpc::StreamObserver<int> observer;
    observer.opened = [this] { notes_.push_back("opened"); };
    observer.message = [](std::shared_ptr<const int>) {};
    observer.closed = [this](absl::Status status) {
      notes_.push_back("closed: " + std::string(status.message()));
    };
    return dialer_.Dial(executor_, std::move(observer), pace);
  }

  FakeExecutor executor_;
  zookeeper::FakeZooKeeper zookeeper_{executor_, absl::Seconds(10)};
  std::vector<std::string> notes_;
  rpc::StreamObserver<int> inner_;  // of the last dial
  Dialer dialer_{std::make_shared<LeaderWatch>(executor_, zookeeper_.Sessions("client"), "/mesos"),
                 [this](const std::string& target, Executor&, rpc::StreamObserver<int> observer) {
                   inner_ = std::move(observer);
                   return std::make_unique<NotingStream>(notes_, target);
                 }};
};

TEST_F(LeaderStreamTest, WaitsForALeader) {
  auto stream = Dial();
  executor_.Advance(absl::Seconds(5));
  EXPECT_THAT(notes_, IsEmpty());
  Lead(1, 5051);
  executor_.Advance(absl::Seconds(2));
  EXPECT_THAT(notes_, ElementsAre("dial 10.0.0.1:5051"));
  inner_.opened();
  stream->Send(std::make_shared<std::string>("m"));
  EXPECT_EQ(notes_.back(), "send m to 10.0.0.1:5051");
}

TEST_F(LeaderStreamTest, DialsAtOnceWhenTheLeaderIsKnown) {
  Lead(1, 5051);
  {
    auto first = Dial();
    executor_.Advance(absl::Seconds(2));
  }
  notes_.clear();
  auto second = Dial();
  executor_.Run();
  EXPECT_THAT(notes_, ElementsAre("dial 10.0.0.1:5051"));
}

TEST_F(LeaderStreamTest, EndsWhenAnotherLeadsAndOnlyThen) {
  Lead(1, 5051);
  auto stream = Dial();
  executor_.Advance(absl::Seconds(2));
  inner_.opened();
  notes_ = {"dial 10.0.0.1:5051"};
  Lead(2, 5052);
  executor_.Advance(absl::Seconds(2));
  EXPECT_THAT(notes_, ElementsAre("dial 10.0.0.1:5051")) << "one more candidate changes nothing";
  zookeeper_.SetUp(false);
  executor_.Advance(absl::Minutes(1));
  EXPECT_THAT(notes_, ElementsAre("dial 10.0.0.1:5051")) << "nor does a ZooKeeper that is down";
  zookeeper_.SetUp(true);
  executor_.Advance(absl::Seconds(2));
  Leave(1);
  executor_.Run();
  EXPECT_THAT(notes_, ElementsAre("dial 10.0.0.1:5051", "drop 10.0.0.1:5051",
                                  "closed: another master leads now: 10.0.0.1:5052"));
}

TEST_F(LeaderStreamTest, HearsNothingMoreOfAStreamThatItDropped) {
  Lead(1, 5051);
  auto stream = Dial();
  executor_.Advance(absl::Seconds(2));
  auto first = std::move(inner_);
  Lead(0, 5050);
  executor_.Advance(absl::Seconds(2));
  notes_.clear();
  first.closed(absl::UnavailableError("connection refused"));
  executor_.Advance(absl::Minutes(1));
  EXPECT_THAT(notes_, IsEmpty()) << "the dial of the next leader goes on";
  first.opened();
  EXPECT_THAT(notes_, IsEmpty());
  stream = nullptr;
  inner_.opened();
  first.opened();
  EXPECT_THAT(notes_, ElementsAre("drop 10.0.0.1:5050"));
}

TEST_F(LeaderStreamTest, TriesADialThatFailsAgainAndTheNextLeaderAtOnce) {
  Lead(1, 5051);
  auto stream = Dial();
  executor_.Advance(absl::Seconds(2));
  auto first = std::move(inner_);
  first.closed(absl::UnavailableError("connection refused"));
  executor_.Advance(DialPace().first_retry);
  EXPECT_THAT(notes_,
              ElementsAre("dial 10.0.0.1:5051", "drop 10.0.0.1:5051", "dial 10.0.0.1:5051"));
  auto second = std::move(inner_);
  second.closed(absl::UnavailableError("connection refused"));
  Lead(0, 5050);
  executor_.Run();
  EXPECT_EQ(notes_.back(), "dial 10.0.0.1:5050");
  inner_.opened();
  EXPECT_EQ(notes_.back(), "opened");
  inner_.closed(absl::UnavailableError("cut off"));
  EXPECT_EQ(notes_.back(), "closed: cut off") << "what was open is the owner's to dial again";
}

TEST_F(LeaderStreamTest, RetriesAfterGrowingWaits) {
  Lead(1, 5051);
  auto stream = Dial({.first_retry = absl::Seconds(1), .last_retry = absl::Seconds(3)});
  executor_.Advance(absl::Seconds(2));
  for (const int seconds : {1, 2, 3, 3}) {
    notes_.clear();
    auto dialed = std::move(inner_);
    dialed.closed(absl::UnavailableError("connection refused"));
    executor_.Advance(absl::Seconds(seconds) - absl::Milliseconds(1));
    EXPECT_THAT(notes_, ElementsAre("drop 10.0.0.1:5051"));
    executor_.Advance(absl::Milliseconds(1));
    EXPECT_THAT(notes_, ElementsAre("drop 10.0.0.1:5051", "dial 10.0.0.1:5051"));
  }
}

// Many that wait for the same election do not dial in the same moment.
TEST_F(LeaderStreamTest, WaitsItsTurnAfterAnElectionButNotForALeaderThatWasKnown) {
  Lead(2, 5052);
  {
    auto first = Dial();
    executor_.Advance(absl::Seconds(2));
  }
  notes_.clear();
  auto stream = Dial({.after_election = absl::Seconds(3)});
  executor_.Run();
  EXPECT_THAT(notes_, ElementsAre("dial 10.0.0.1:5052"));
  auto dialed = std::move(inner_);
  dialed.closed(absl::UnavailableError("connection refused"));
  notes_.clear();
  Lead(1, 5051);
  executor_.Advance(absl::Milliseconds(2900));
  EXPECT_THAT(notes_, ElementsAre("drop 10.0.0.1:5052"));
  executor_.Advance(absl::Milliseconds(100));
  EXPECT_EQ(notes_.back(), "dial 10.0.0.1:5051");
}

TEST_F(LeaderStreamTest, IsSilentOnceDestroyed) {
  Lead(1, 5051);
  auto stream = Dial();
  executor_.Advance(absl::Seconds(2));
  inner_.opened();
  notes_ = {"dial 10.0.0.1:5051"};
  stream->Close(absl::OkStatus());
  stream = nullptr;
  Lead(0, 5050);
  executor_.Advance(absl::Seconds(2));
  EXPECT_THAT(notes_,
              ElementsAre("dial 10.0.0.1:5051", "close 10.0.0.1:5051", "drop 10.0.0.1:5051"));
}

TEST_F(LeaderStreamTest, ClosesWhileItWaits) {
  auto stream = Dial();
  stream->Close(absl::OkStatus());
  executor_.Run();
  EXPECT_THAT(notes_, ElementsAre("closed: "));
}

}  // namespace
}  // namespace mesos::leader
