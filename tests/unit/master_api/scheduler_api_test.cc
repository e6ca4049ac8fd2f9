#include "master/api/scheduler_api.h"

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/master_api/fake_core_port.h"
#include "tests/unit/net/recorded_exchange.h"

namespace mesos::master {
namespace {

using net::Fields;
using net::HttpResponse;
using net::RecordedExchange;

constexpr char kJson[] = "application/json";
constexpr char kSubscribe[] =
    R"({"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"root","name":"x"}}})";
constexpr char kRevive[] = R"({"type":"REVIVE","framework_id":{"value":"f"}})";

class SchedulerApiTest : public testing::Test {
 protected:
  // The streams go before the api that they belong to.
  ~SchedulerApiTest() override { core_.schedulers.clear(); }

  std::shared_ptr<RecordedExchange> Post(Fields headers, std::string body) {
    auto exchange = std::make_shared<RecordedExchange>();
    net::HttpRequest request;
    request.method = "POST";
    request.headers = std::move(headers);
    request.body = std::move(body);
    api_.Handle(std::move(request), net::Responder(exchange));
    executor_.Run();
    return exchange;
  }

  HttpResponse Answer(Fields headers, std::string body) {
    return Post(std::move(headers), std::move(body))->response.value_or(HttpResponse{0, {}, ""});
  }

  static std::string Header(const HttpResponse& response, const std::string& name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return "";
  }

  FakeExecutor executor_;
  FakeCorePort core_{executor_};
  SchedulerApi api_{core_, executor_, auth::OpenGate(), 7};
};

// Each request fails every check from one of them on, so that the first one to fail is seen.
TEST_F(SchedulerApiTest, ChecksComeInMesosOrder) {
  struct Case {
    Fields headers;
    std::string body;
    int status;
    std::string text;
  };
  const Fields bad = {{"Content-Type", kJson}, {"Accept", "foo"}, {"Mesos-Stream-Id", ""}};
  const std::vector<Case> cases = {
      {{{"Accept", "foo"}}, "{", 400, "Expecting 'Content-Type' to be present"},
      {{{"Content-Type", "text/plain"}, {"Accept", "foo"}},
       "{",
       415,
       "Expecting 'Content-Type' of application/json or application/x-protobuf"},
      {{{"Content-Type", "application/json; charset=utf-8"}},
       kRevive,
       415,
       "Expecting 'Content-Type' of application/json or application/x-protobuf"},
      {bad, "{", 400, "Failed to parse body into JSON: syntax error at line 1 near: "},
      {{{"Content-Type", "application/x-protobuf"}, {"Accept", "foo"}},
       "{",
       400,
       "Failed to parse body into Call protobuf"},
      {bad, R"({"type":"SUBSCRIBE"})", 400,
       "Failed to validate scheduler::Call: Expecting 'subscribe' to be present"},
      {bad, kSubscribe, 406,
       "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'"},
      {{{"Content-Type", kJson}, {"Mesos-Stream-Id", ""}},
       kSubscribe,
       400,
       "Subscribe calls should not include the 'Mesos-Stream-Id' header"},
  };
  for (const Case& one : cases) {
    const HttpResponse answer = Answer(one.headers, one.body);
    EXPECT_EQ(answer.status, one.status) << one.text;
    EXPECT_EQ(answer.body, one.text);
    EXPECT_EQ(Header(answer, "Content-Type"), "text/plain; charset=utf-8");
  }
  EXPECT_TRUE(core_.scheduler_calls.empty());
}

TEST_F(SchedulerApiTest, OnlyACallWhoseAnswerHasABodyCaresWhatIsAccepted) {
  EXPECT_EQ(Answer({{"Content-Type", kJson}, {"Accept", "foo"}}, kRevive).status, 202);
  EXPECT_EQ(Answer({{"Content-Type", kJson}, {"Accept", "foo"}},
                   R"({"type":"RECONCILE_OPERATIONS","framework_id":{"value":"f"},
                       "reconcile_operations":{}})")
                .status,
            406);
}

TEST_F(SchedulerApiTest, SubscribeOpensAStreamThatLaterCallsName) {
  const auto exchange = Post({{"Content-Type", kJson}}, kSubscribe);
  const HttpResponse& head = *exchange->response;
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(Header(head, "Content-Type"), kJson);
  const std::string id = Header(head, "Mesos-Stream-Id");
  EXPECT_EQ(id.size(), 36u);
  const SessionId session = core_.scheduler_calls[0].session;
  EXPECT_EQ(session, SessionId{kFirstHttpSession});
  EXPECT_FALSE(core_.scheduler_calls[0].stream_id.has_value());

  auto heartbeat = std::make_shared<v1::scheduler::Event>();
  heartbeat->set_type(v1::scheduler::Event::HEARTBEAT);
  core_.schedulers.at(session)->Send(heartbeat);
  executor_.Run();
  EXPECT_EQ(exchange->response->body, "20\n{\"type\":\"HEARTBEAT\"}");

  EXPECT_EQ(Answer({{"Content-Type", kJson}, {"mesos-stream-id", id}}, kRevive).status, 202);
  EXPECT_EQ(core_.scheduler_calls[1].session, session);
  EXPECT_EQ(core_.scheduler_calls[1].stream_id, id);

  // Once the core has closed the session, its id is nobody's.
  core_.schedulers.clear();
  Answer({{"Content-Type", kJson}, {"Mesos-Stream-Id", id}}, kRevive);
  EXPECT_EQ(core_.scheduler_calls[2].session, SessionId::kNone);
  EXPECT_EQ(core_.scheduler_calls[2].stream_id, id);
}

TEST_F(SchedulerApiTest, EventsHaveTheFormThatTheSubscriberAccepts) {
  const auto exchange =
      Post({{"Content-Type", kJson}, {"Accept", "application/x-protobuf"}}, kSubscribe);
  EXPECT_EQ(Header(*exchange->response, "Content-Type"), "application/x-protobuf");
  v1::scheduler::Event heartbeat;
  heartbeat.set_type(v1::scheduler::Event::HEARTBEAT);
  core_.schedulers.begin()->second->Send(std::make_shared<const v1::scheduler::Event>(heartbeat));
  executor_.Run();
  EXPECT_EQ(exchange->response->body, "2\n" + heartbeat.SerializeAsString());
}

TEST_F(SchedulerApiTest, AnAbsentStreamIdIsNotAnEmptyOne) {
  Answer({{"Content-Type", kJson}}, kRevive);
  Answer({{"Content-Type", kJson}, {"Mesos-Stream-Id", ""}}, kRevive);
  EXPECT_EQ(core_.scheduler_calls[0].stream_id, std::nullopt);
  EXPECT_EQ(core_.scheduler_calls[1].stream_id, "");
}

TEST_F(SchedulerApiTest, WhatTheCoreSaysIsTheAnswer) {
  const HttpResponse accepted = Answer({{"Content-Type", kJson}}, kRevive);
  EXPECT_EQ(accepted.status, 202);
  EXPECT_EQ(accepted.body, "");
  EXPECT_TRUE(accepted.headers.empty());
  EXPECT_EQ(Answer({{"Content-Type", kJson}},
                   R"({"type":"UPDATE_FRAMEWORK","framework_id":{"value":"f"},"update_framework":
                       {"framework_info":{"user":"u","name":"n","id":{"value":"f"}}}})")
                .status,
            200);
  core_.scheduler_answer = absl::PermissionDeniedError("Framework is not subscribed");
  const HttpResponse refused = Answer({{"Content-Type", kJson}}, kRevive);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.body, "Framework is not subscribed");
  core_.scheduler_answer = absl::UnimplementedError("not yet");
  EXPECT_EQ(Answer({{"Content-Type", kJson}}, kSubscribe).status, 501);
  EXPECT_TRUE(core_.schedulers.empty());
}

}  // namespace
}  // namespace mesos::master
