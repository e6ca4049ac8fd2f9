#include "master/api/event_followers.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/runtime/fake_executor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/auth/test_gate.h"
#include "tests/unit/net/recorded_exchange.h"

namespace mesos::master {
namespace {

using Step = net::StreamSource::Step;

// Pieces of one byte each.
class FakeBody : public SizedBody {
 public:
  FakeBody(std::string text, int& pieces) : text_(std::move(text)), pieces_(pieces) {}
  bool Measure(size_t& bytes) override {
    ++bytes;
    return ++measured_ < text_.size();
  }
  bool Next(std::string& out) override {
    ++pieces_;
    out += text_[made_];
    return ++made_ < text_.size();
  }

 private:
  const std::string text_;
  int& pieces_;
  size_t measured_ = 0;
  size_t made_ = 0;
};

class EventFollowersTest : public testing::Test {
 protected:
  static constexpr size_t kLogBytes = 1 << 20;

  std::shared_ptr<net::RecordedExchange> Add(
      SessionId session, net::MediaType type,
      auth::Visibility visibility = auth::Visibility::All()) {
    auto exchange = std::make_shared<net::RecordedExchange>();
    followers_.Add(session, type, net::Responder(exchange), std::move(visibility),
                   [this] { ++lost_; });
    executor_.Run();
    return exchange;
  }

  void Greet(SessionId session) {
    followers_.Greet(
        session, [this](net::MediaType) { return std::make_unique<FakeBody>("hello", pieces_); });
    executor_.Run();
  }

  // Until it waits for events.
  Step Pull(net::RecordedExchange& exchange) {
    while (true) {
      const int wakes = exchange.wakes;
      const Step step = exchange.Pull();
      executor_.Run();
      if (exchange.wakes == wakes) return step;
    }
  }

  void Send(std::string agent_id = "a") {
    auto event = std::make_shared<v1::master::Event>();
    event->set_type(v1::master::Event::AGENT_REMOVED);
    event->mutable_agent_removed()->mutable_agent_id()->set_value(std::move(agent_id));
    followers_.Send({std::move(event)});
    executor_.Run();
  }

  static constexpr char kRecord[] =
      "67\n{\"type\":\"AGENT_REMOVED\",\"agent_removed\":{\"agent_id\":{\"value\":\"a\"}}}";
  static constexpr char kGreeting[] = "5\nhello20\n{\"type\":\"HEARTBEAT\"}";

  FakeExecutor executor_;
  int pieces_ = 0;
  int lost_ = 0;
  EventFollowers followers_{
      executor_,
      [this](absl::AnyInvocable<void()> work) { executor_.Post("read", std::move(work)); },
      kLogBytes};
};

TEST_F(EventFollowersTest, WhatComesAfterTheStateWasTakenFollowsIt) {
  const auto exchange = Add(SessionId{1}, net::MediaType::kJson);
  Send("before");
  EXPECT_EQ(Pull(*exchange), Step::kWaits);
  EXPECT_EQ(exchange->response->body, "");
  Greet(SessionId{1});
  Send();
  EXPECT_EQ(Pull(*exchange), Step::kWaits);
  EXPECT_EQ(exchange->response->body, std::string(kGreeting) + kRecord);
  // Each record is one chunk, the first however many pieces it has.
  EXPECT_EQ(exchange->chunks.size(), 3u);
  const int wakes = exchange->wakes;
  Send();
  EXPECT_GT(exchange->wakes, wakes);
  EXPECT_EQ(Pull(*exchange), Step::kWaits);
  EXPECT_EQ(exchange->response->body, std::string(kGreeting) + kRecord + kRecord);
}

TEST_F(EventFollowersTest, TheStateIsMadeAtTheReadersPace) {
  const auto exchange = Add(SessionId{1}, net::MediaType::kJson);
  Greet(SessionId{1});
  EXPECT_EQ(pieces_, 1);
  exchange->Pull();
  executor_.Run();
  EXPECT_EQ(pieces_, 2);
}

TEST_F(EventFollowersTest, AnEventIsEncodedOnceForEachForm) {
  const auto json = Add(SessionId{1}, net::MediaType::kJson);
  const auto other_json = Add(SessionId{2}, net::MediaType::kJson);
  const auto protobuf = Add(SessionId{3}, net::MediaType::kProtobuf);
  for (uint64_t i = 1; i <= 3; ++i) Greet(SessionId{i});
  Send();
  for (net::RecordedExchange* exchange : {json.get(), other_json.get(), protobuf.get()}) {
    EXPECT_EQ(Pull(*exchange), Step::kWaits);
    ASSERT_EQ(exchange->chunks.size(), 3u);
  }
  EXPECT_EQ(json->chunks.back(), other_json->chunks.back());
  EXPECT_NE(json->chunks.back(), protobuf->chunks.back());
}

TEST_F(EventFollowersTest, ARemovedFollowerIsEndedAndHearsNothingMore) {
  const auto exchange = Add(SessionId{1}, net::MediaType::kJson);
  Greet(SessionId{1});
  Pull(*exchange);
  followers_.Remove(SessionId{1});
  Send();
  EXPECT_EQ(Pull(*exchange), Step::kEnds);
  EXPECT_EQ(exchange->response->body, kGreeting);
  Greet(SessionId{1});
  EXPECT_EQ(Pull(*exchange), Step::kEnds);
  exchange->source->Closed(absl::OkStatus());
  EXPECT_EQ(lost_, 0);
}

TEST_F(EventFollowersTest, AFollowerThatIsRemovedAmidTheStateIsCutOff) {
  const auto exchange = Add(SessionId{1}, net::MediaType::kJson);
  Greet(SessionId{1});
  exchange->Pull();
  followers_.Remove(SessionId{1});
  executor_.Run();
  EXPECT_TRUE(absl::IsCancelled(exchange->cut)) << exchange->cut;
  EXPECT_EQ(Pull(*exchange), Step::kBreaks);
}

TEST_F(EventFollowersTest, AFollowerThatGoesAmidTheStateIsToldOfAndCostsNothing) {
  const auto exchange = Add(SessionId{1}, net::MediaType::kJson);
  Greet(SessionId{1});
  exchange->Pull();
  executor_.Run();
  Send();
  EXPECT_GT(followers_.ReadFigures().log_bytes, 0u);
  exchange->source->Closed(absl::CancelledError("gone"));
  executor_.Run();
  EXPECT_EQ(lost_, 1);
  EXPECT_EQ(followers_.ReadFigures().log_bytes, 0u);
}

// However many they are, and wherever they stand.
TEST_F(EventFollowersTest, FollowersThatDoNotReadCostOneLogAndAreCutOff) {
  constexpr uint64_t kFollowers = 300;
  std::vector<std::shared_ptr<net::RecordedExchange>> exchanges;
  for (uint64_t i = 1; i <= kFollowers; ++i) {
    exchanges.push_back(Add(SessionId{i}, net::MediaType::kJson));
    Greet(SessionId{i});
  }
  const auto reader = Add(SessionId{kFollowers + 1}, net::MediaType::kJson);
  Greet(SessionId{kFollowers + 1});
  for (int i = 0; i < 30; ++i) {
    Send(std::string(100'000, 'x'));
    EXPECT_EQ(Pull(*reader), Step::kWaits);
    EXPECT_LE(followers_.ReadFigures().log_bytes, kLogBytes);
  }
  EXPECT_EQ(followers_.ReadFigures().cut_followers, kFollowers);
  for (const auto& exchange : exchanges) {
    EXPECT_TRUE(absl::IsResourceExhausted(exchange->cut)) << exchange->cut;
  }
  EXPECT_TRUE(reader->cut.ok());
  EXPECT_EQ(reader->chunks.size(), 32u);
}

TEST_F(EventFollowersTest, TellsOfAFrameworkWhoeverMaySeeIt) {
  const auto all = Add(SessionId{1}, net::MediaType::kJson);
  const auto some = Add(SessionId{2}, net::MediaType::kJson,
                        auth::Visibility(std::make_shared<RulesOfUser>("ada")));
  for (const uint64_t session : {1, 2}) Greet(SessionId{session});
  Pull(*all);
  Pull(*some);
  const size_t greeted = some->chunks.size();
  const auto tell = [&](const std::string& user, const std::string& task) {
    auto framework = std::make_shared<v1::FrameworkInfo>();
    framework->set_user(user);
    auto event = std::make_shared<v1::master::Event>();
    event->set_type(v1::master::Event::TASK_UPDATED);
    event->mutable_task_updated()->mutable_status()->mutable_task_id()->set_value(task);
    followers_.Send({std::move(event), std::move(framework)});
    executor_.Run();
  };
  tell("bob", "t2");
  tell("ada", "t1");
  tell("ada", "secret");
  Send();  // an agent's
  tell("bob", "t3");
  Pull(*all);
  Pull(*some);
  EXPECT_EQ(all->chunks.size(), greeted + 5);
  EXPECT_EQ(some->chunks.size(), greeted + 2);
  EXPECT_THAT(some->response->body, testing::HasSubstr("\"t1\""));
  for (const char* hidden : {"\"t2\"", "\"t3\"", "\"secret\""}) {
    EXPECT_THAT(all->response->body, testing::HasSubstr(hidden));
    EXPECT_THAT(some->response->body, testing::Not(testing::HasSubstr(hidden)));
  }
  EXPECT_EQ(followers_.ReadFigures().log_bytes, 0u) << "what is not for a reader does not wait";
}

}  // namespace
}  // namespace mesos::master
