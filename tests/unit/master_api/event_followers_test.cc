#include "master/api/event_followers.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/limits.h"
#include "common/runtime/fake_executor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/auth/test_gate.h"

namespace mesos::master {
namespace {

struct Sink {
  std::string written;
  std::vector<const std::string*> records;
  bool closed = false;
};

class FakeStream : public net::EventStream {
 public:
  explicit FakeStream(Sink& sink) : sink_(sink) {}
  void Send(std::shared_ptr<const std::string> record) override {
    sink_.written += *record;
    sink_.records.push_back(record.get());
    kept_.push_back(std::move(record));
  }
  void Close() override { sink_.closed = true; }

 private:
  Sink& sink_;
  std::vector<std::shared_ptr<const std::string>> kept_;
};

class EventFollowersTest : public testing::Test {
 protected:
  void Add(SessionId session, net::MediaType type, Sink& sink) {
    followers_.Add(session, type, std::make_unique<FakeStream>(sink), auth::Visibility::All());
    executor_.Run();
  }

  void Greet(SessionId session) {
    followers_.Greet(session, [](net::MediaType) {
      return std::vector<std::string>{"hello", "beat"};
    });
    executor_.Run();
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

  FakeExecutor executor_;
  EventFollowers followers_{executor_, [this](absl::AnyInvocable<void()> work) {
                              executor_.Post("read", std::move(work));
                            }};
};

TEST_F(EventFollowersTest, WhatComesBeforeTheGreetingFollowsIt) {
  Sink sink;
  Add(SessionId{1}, net::MediaType::kJson, sink);
  Send();
  EXPECT_EQ(sink.written, "");
  Greet(SessionId{1});
  EXPECT_EQ(sink.written, std::string("5\nhello4\nbeat") + kRecord);
  Send();
  EXPECT_EQ(sink.written, std::string("5\nhello4\nbeat") + kRecord + kRecord);
}

TEST_F(EventFollowersTest, AnEventIsEncodedOnceForEachForm) {
  Sink json, other_json, protobuf;
  Add(SessionId{1}, net::MediaType::kJson, json);
  Add(SessionId{2}, net::MediaType::kJson, other_json);
  Add(SessionId{3}, net::MediaType::kProtobuf, protobuf);
  for (uint64_t i = 1; i <= 3; ++i) Greet(SessionId{i});
  Send();
  EXPECT_EQ(json.records.back(), other_json.records.back());
  EXPECT_NE(json.records.back(), protobuf.records.back());
}

TEST_F(EventFollowersTest, ARemovedFollowerIsEndedAndHearsNothingMore) {
  Sink sink;
  Add(SessionId{1}, net::MediaType::kJson, sink);
  Greet(SessionId{1});
  followers_.Remove(SessionId{1});
  Send();
  EXPECT_TRUE(sink.closed);
  EXPECT_EQ(sink.written, "5\nhello4\nbeat");
  Greet(SessionId{1});
  EXPECT_EQ(sink.written, "5\nhello4\nbeat");
}

TEST_F(EventFollowersTest, WhatIsHeldIsBounded) {
  Sink sink;
  Add(SessionId{1}, net::MediaType::kJson, sink);
  const std::string large(1 << 20, 'x');
  const size_t fit = limits::kMaxSessionQueueBytes / (large.size() + 100);
  for (size_t i = 0; i < fit; ++i) Send(large);
  EXPECT_FALSE(sink.closed);
  Send(large);
  EXPECT_TRUE(sink.closed);
  EXPECT_EQ(sink.written, "");
}

TEST_F(EventFollowersTest, TellsOfAFrameworkWhoeverMaySeeIt) {
  Sink all;
  Sink some;
  Add(SessionId{1}, net::MediaType::kJson, all);
  followers_.Add(SessionId{2}, net::MediaType::kJson, std::make_unique<FakeStream>(some),
                 auth::Visibility(std::make_shared<RulesOfUser>("ada")));
  for (const uint64_t session : {1, 2}) Greet(SessionId{session});
  const size_t greeted = some.records.size();
  const auto tell = [&](const std::string& user, const std::string& task) {
    auto framework = std::make_shared<v1::FrameworkInfo>();
    framework->set_user(user);
    auto event = std::make_shared<v1::master::Event>();
    event->set_type(v1::master::Event::TASK_UPDATED);
    event->mutable_task_updated()->mutable_status()->mutable_task_id()->set_value(task);
    followers_.Send({std::move(event), std::move(framework)});
    executor_.Run();
  };
  tell("ada", "t1");
  tell("bob", "t2");
  tell("ada", "secret");
  Send();  // an agent's
  EXPECT_EQ(all.records.size(), greeted + 4);
  EXPECT_EQ(some.records.size(), greeted + 2);
  EXPECT_THAT(some.written, testing::HasSubstr("t1"));
  EXPECT_THAT(some.written, testing::Not(testing::HasSubstr("t2")));
  EXPECT_THAT(some.written, testing::Not(testing::HasSubstr("secret")));
}

}  // namespace
}  // namespace mesos::master
