#include "master/api/master_api.h"

#include <memory>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "master/api/call_actions.h"
#include "master/reads/v1_reads.h"
#include "tests/unit/auth/test_gate.h"
#include "tests/unit/master_api/fake_core_port.h"
#include "tests/unit/net/recorded_exchange.h"

namespace mesos::master {
namespace {

using net::HttpResponse;
using net::RecordedExchange;
using testing::HasSubstr;
using v1::master::Call;

class MasterApiTest : public testing::Test {
 protected:
  MasterApiTest() { api_.SetLeadership({true, LeaderAddress{"me", 5050}}); }

  HttpResponse Ask(const std::string& method, const std::string& path, std::string body = "") {
    auto exchange = std::make_shared<RecordedExchange>();
    net::HttpRequest request;
    request.method = method;
    request.target = path;
    request.path = path;
    request.body = std::move(body);
    request.headers = {{"Content-Type", "application/json"}};
    api_.Handle(std::move(request), net::Responder(exchange));
    executor_.Run();
    return exchange->response.value_or(HttpResponse{0, {}, "not answered"});
  }

  FakeExecutor executor_;
  TestGate gate_;
  FakeCorePort core_{executor_};
  files::Files files_;
  MasterApi api_{
      {.core = core_,
       .timers = executor_,
       .encoder = executor_,
       .files = files_,
       .run_on_read_pool =
           [this](absl::AnyInvocable<void()> work) { executor_.Post("read", std::move(work)); },
       .collect_metrics = nullptr,
       .gate = gate_,
       .seed = 7}};
};

// Fact 31 of what clients depend on.
TEST_F(MasterApiTest, AFollowerTellsOfItselfAndSendsElsewhereForTheRest) {
  api_.SetLeadership({false, LeaderAddress{"leader.example", 5050}});
  for (const char* path : {"/health", "/master/health", "/metrics/snapshot", "/version"}) {
    EXPECT_EQ(Ask("GET", path).status, 200) << path;
  }
  for (const auto& [method, path] :
       {std::pair("GET", "/state"), std::pair("GET", "/slaves"), std::pair("POST", "/api/v1"),
        std::pair("POST", "/api/v1/scheduler"), std::pair("POST", "/teardown")}) {
    const HttpResponse response = Ask(method, path);
    EXPECT_EQ(response.status, 307) << path;
    EXPECT_EQ(response.headers.at(0).second, std::string("//leader.example:5050/master") + path);
  }
  EXPECT_EQ(Ask("GET", "/redirect").headers.at(0).second, "//leader.example:5050");
  EXPECT_TRUE(core_.scheduler_calls.empty() && core_.operator_calls.empty());
}

TEST_F(MasterApiTest, BeforeAnElectionNobodyCanAnswer) {
  api_.SetLeadership({});
  EXPECT_EQ(Ask("GET", "/state").status, 503);
  EXPECT_EQ(Ask("GET", "/redirect").status, 503);
  EXPECT_EQ(Ask("GET", "/health").status, 200);
}

TEST_F(MasterApiTest, TeardownTakesAForm) {
  EXPECT_EQ(Ask("POST", "/teardown", "frameworkId=f%2D1&other=x").status, 200);
  ASSERT_EQ(core_.operator_calls.size(), 1u);
  EXPECT_EQ(core_.operator_calls[0].type(), Call::TEARDOWN);
  EXPECT_EQ(core_.operator_calls[0].teardown().framework_id().value(), "f-1");
  EXPECT_EQ(Ask("POST", "/master/teardown", "x=1").status, 400);
  EXPECT_EQ(Ask("POST", "/teardown", "frameworkId=%zz").status, 400);
  core_.operator_answer = absl::InvalidArgumentError("No framework found with specified ID");
  const HttpResponse unknown = Ask("POST", "/teardown", "frameworkId=nobody");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_EQ(unknown.body, "No framework found with specified ID");
}

TEST_F(MasterApiTest, WeightsArePutAsAList) {
  EXPECT_EQ(Ask("PUT", "/weights", R"( [{"role":"w","weight":3.5}] )").status, 200);
  ASSERT_EQ(core_.operator_calls.size(), 1u);
  const auto& infos = core_.operator_calls[0].update_weights().weight_infos();
  ASSERT_EQ(infos.size(), 1);
  EXPECT_EQ(infos[0].role(), "w");
  EXPECT_EQ(infos[0].weight(), 3.5);
  for (const char* bad : {"", "{}", "[", "[]}", "[1]"}) {
    EXPECT_EQ(Ask("PUT", "/weights", bad).status, 400) << bad;
  }
  EXPECT_EQ(core_.operator_calls.size(), 1u);
}

TEST_F(MasterApiTest, WhatIsNotSupportedYetSaysSoAndReadsAsEmpty) {
  EXPECT_EQ(Ask("GET", "/quota").body, "{}");
  EXPECT_EQ(Ask("GET", "/maintenance/schedule").body, "{}");
  for (const auto& [method, path] :
       {std::pair("POST", "/quota"), std::pair("DELETE", "/quota"),
        std::pair("POST", "/maintenance/schedule"), std::pair("POST", "/machine/down"),
        std::pair("POST", "/machine/up"), std::pair("POST", "/reserve"),
        std::pair("POST", "/unreserve"), std::pair("POST", "/create-volumes"),
        std::pair("POST", "/destroy-volumes")}) {
    const HttpResponse response = Ask(method, path);
    EXPECT_EQ(response.status, 501) << path;
    EXPECT_THAT(response.body, HasSubstr("is not supported by this master yet"));
  }
  EXPECT_EQ(Ask("PUT", "/quota").status, 405);
}

TEST_F(MasterApiTest, TheRootIsAPageAndNothingElseIs) {
  const HttpResponse root = Ask("GET", "/");
  EXPECT_EQ(root.status, 200);
  EXPECT_EQ(root.headers.at(0).second, "text/html");
  EXPECT_THAT(root.body, HasSubstr("/state"));
  EXPECT_EQ(Ask("GET", "/nothing-here").status, 404);
}

class GateOfMasterTest : public MasterApiTest {
 protected:
  GateOfMasterTest() { api_.SetLeadership({true, LeaderAddress{"here", 5050}}); }

  HttpResponse AskAs(const std::string& name, const std::string& method, const std::string& path,
                     std::string body = "") {
    auto exchange = std::make_shared<net::RecordedExchange>();
    net::HttpRequest request;
    request.method = method;
    request.path = path;
    request.body = std::move(body);
    request.headers = {{"Content-Type", "application/json"}, {"Authorization", "Bearer " + name}};
    api_.Handle(std::move(request), net::Responder(exchange));
    executor_.Run();
    return exchange->response.value_or(HttpResponse{0, {}, "not answered"});
  }

  // As gRPC brings it.
  absl::Status Answer(v1::master::Call::Type type) {
    auto call = std::make_shared<v1::master::Call>();
    call->set_type(type);
    absl::Status answered = absl::InternalError("not answered");
    auth::Caller ada;
    ada.principal = "ada";
    api_.Answer(call, auth::CallerPtr(ada),
                [&](absl::Status status, const auto&) { answered = std::move(status); });
    executor_.Run();
    return answered;
  }
};

TEST_F(GateOfMasterTest, EveryPathAsksIt) {
  for (const std::string& path : api_.paths()) {
    gate_.TakeAsked();
    AskAs("ada", "GET", path);
    AskAs("ada", "POST", path);
    EXPECT_FALSE(gate_.TakeAsked().empty()) << path;
    EXPECT_EQ(
        AskAs("nobody", "GET", path).status == 401 || AskAs("nobody", "POST", path).status == 401,
        true)
        << path;
  }
}

TEST_F(GateOfMasterTest, EveryCallOfAnOperatorAsksItWhateverCarriesIt) {
  using Call = v1::master::Call;
  for (int type = Call::Type_MIN; type <= Call::Type_MAX; ++type) {
    if (!Call::Type_IsValid(type) || type == Call::UNKNOWN) continue;
    const auto call = static_cast<Call::Type>(type);
    gate_.refused = {ActionOf(call)};
    EXPECT_EQ(
        AskAs("ada", "POST", "/api/v1", "{\"type\":\"" + Call::Type_Name(call) + "\"}").status, 403)
        << Call::Type_Name(call);
    EXPECT_TRUE(absl::IsPermissionDenied(Answer(call))) << Call::Type_Name(call);
    EXPECT_EQ(gate_.TakeAsked().back(), std::pair(std::string("ada"), ActionOf(call)));
    // What reads changes nothing.
    if (IsRead(call)) EXPECT_FALSE(auth::Changes(ActionOf(call))) << Call::Type_Name(call);
  }
  EXPECT_TRUE(core_.operator_calls.empty());
}

TEST_F(GateOfMasterTest, ACallBringsItsCallerToTheCore) {
  EXPECT_EQ(AskAs("ada", "POST", "/teardown", "frameworkId=f").status, 200);
  EXPECT_EQ(AskAs("bob", "POST", "/api/v1", R"({"type":"TEARDOWN"})").status, 200);
  EXPECT_EQ(AskAs("eve", "POST", "/api/v1", R"({"type":"SUBSCRIBE"})").status, 200);
  ASSERT_EQ(core_.operators.size(), 3u);
  EXPECT_EQ(core_.operators[0].principal, "ada");
  EXPECT_EQ(core_.operators[1].principal, "bob");
  EXPECT_EQ(core_.operators[2].principal, "eve");
  AskAs("sam", "POST", "/api/v1/scheduler", R"({"type":"REVIVE","framework_id":{"value":"f"}})");
  ASSERT_EQ(core_.scheduler_calls.size(), 1u);
  EXPECT_EQ(core_.scheduler_calls[0].caller->principal, "sam");
}

TEST_F(GateOfMasterTest, ASchedulerThatMayNotIsRefused) {
  gate_.refused = {auth::Action::kActAsFramework};
  const HttpResponse answer = AskAs("sam", "POST", "/api/v1/scheduler",
                                    R"({"type":"REVIVE","framework_id":{"value":"f"}})");
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.body, "not allowed on f");
  EXPECT_TRUE(core_.scheduler_calls.empty());
}

TEST_F(GateOfMasterTest, TheClassicTeardownNamesItsFramework) {
  gate_.refused = {auth::Action::kTeardownFramework};
  EXPECT_EQ(AskAs("ada", "POST", "/teardown", "frameworkId=f").status, 403);
  EXPECT_TRUE(core_.operator_calls.empty());
}

}  // namespace
}  // namespace mesos::master
