#include "common/net/router.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/unit/auth/test_gate.h"
#include "tests/unit/net/recorded_exchange.h"

namespace mesos::net {
namespace {

class RouterTest : public testing::Test {
 protected:
  // Each route answers its path and the rest.
  void Add(const std::string& path, std::vector<std::string> methods) {
    router_.Add(path, std::move(methods), auth::Action::kViewState,
                [path](const HttpRequest&, const std::string& rest, Responder responder) {
                  responder.Respond(HttpResponse::Text(200, absl::StrCat(path, "|", rest)));
                });
  }

  HttpResponse Ask(const std::string& method, const std::string& path) {
    HttpRequest request;
    request.method = method;
    request.path = path;
    auto exchange = std::make_shared<RecordedExchange>();
    router_.Handle(std::move(request), Responder(exchange));
    EXPECT_TRUE(exchange->response.has_value());
    return exchange->response.value_or(HttpResponse());
  }

  Router router_{{"/master", "/slave(1)"}, auth::OpenGate()};
};

TEST_F(RouterTest, TakesTheLongestPathOfWholeComponents) {
  Add("/api/v1", {"POST"});
  Add("/api/v1/scheduler", {"POST"});
  Add("/slaves", {});
  EXPECT_EQ(Ask("POST", "/api/v1").body, "/api/v1|");
  EXPECT_EQ(Ask("POST", "/api/v1/operator").body, "/api/v1|operator");
  EXPECT_EQ(Ask("POST", "/api/v1/scheduler").body, "/api/v1/scheduler|");
  EXPECT_EQ(Ask("POST", "/api/v1/scheduler/a/b").body, "/api/v1/scheduler|a/b");
  EXPECT_EQ(Ask("GET", "/slaves/an-id").body, "/slaves|an-id");
  EXPECT_EQ(Ask("GET", "/slavesx").status, 404);
}

TEST_F(RouterTest, IgnoresSlashesThatSayNothing) {
  Add("/tasks", {"GET"});
  Add("/frameworks/", {"GET"});
  EXPECT_EQ(Ask("GET", "/tasks/").body, "/tasks|");
  EXPECT_EQ(Ask("GET", "//tasks///a").body, "/tasks|a");
  EXPECT_EQ(Ask("GET", "/master/frameworks/").body, "/frameworks/|");
}

TEST_F(RouterTest, FindsAPathUnderEachPrefixAndWithJson) {
  Add("/state", {"GET"});
  Add("/system/stats.json", {"GET"});
  for (const char* path : {"/state", "/state.json", "/master/state", "/slave(1)/state",
                           "/slave(1)/state.json", "/master//state/"}) {
    EXPECT_EQ(Ask("GET", path).body, "/state|") << path;
  }
  EXPECT_EQ(Ask("GET", "/system/stats.json").body, "/system/stats.json|");
  EXPECT_EQ(Ask("GET", "/master/master/state").status, 404);
  EXPECT_EQ(Ask("GET", "/masterstate").status, 404);
  EXPECT_EQ(Ask("GET", "/system/stats").status, 404);
}

TEST_F(RouterTest, TakesTheRootAlone) {
  EXPECT_EQ(Ask("GET", "/").status, 404);
  Add("/", {"GET"});
  EXPECT_EQ(Ask("GET", "/").body, "/|");
  EXPECT_EQ(Ask("GET", "").body, "/|");
  EXPECT_EQ(Ask("GET", "/master/").body, "/|");
  EXPECT_EQ(Ask("GET", "/nothing-here").status, 404);
}

// As reference/idle/get-master-nothing-here.json.
TEST_F(RouterTest, AnswersWhatNobodyTakesByNotFound) {
  const HttpResponse response = Ask("GET", "/nothing-here");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.body, "404 Not Found.");
  EXPECT_EQ(response.headers, (Fields{{"Content-Type", "text/plain; charset=utf-8"}}));
}

// As reference/errors/delete-weights.json and get-not-post.json.
TEST_F(RouterTest, NamesTheMethodsThatItTakes) {
  Add("/weights", {"GET", "PUT"});
  Add("/api/v1/scheduler", {"POST"});
  const HttpResponse weights = Ask("DELETE", "/weights");
  EXPECT_EQ(weights.status, 405);
  EXPECT_EQ(weights.body,
            "405 Method Not Allowed. Expecting one of { 'GET', 'PUT' }, but received 'DELETE'.");
  EXPECT_EQ(weights.headers.back(), (std::pair<std::string, std::string>("Allow", "GET, PUT")));
  const HttpResponse scheduler = Ask("GET", "/api/v1/scheduler");
  EXPECT_EQ(scheduler.body,
            "405 Method Not Allowed. Expecting one of { 'POST' }, but received 'GET'.");
  EXPECT_EQ(scheduler.headers.back(), (std::pair<std::string, std::string>("Allow", "POST")));
}

TEST_F(RouterTest, TakesHeadWhereGetIs) {
  Add("/state", {"GET"});
  Add("/teardown", {"POST"});
  EXPECT_EQ(Ask("HEAD", "/state").status, 200);
  EXPECT_EQ(Ask("HEAD", "/teardown").status, 405);
  EXPECT_EQ(Ask("get", "/state").status, 405);
}

TEST_F(RouterTest, ListsItsPaths) {
  Add("/state", {});
  Add("/api/v1/", {});
  EXPECT_EQ(router_.paths(), (std::vector<std::string>{"/api/v1", "/state"}));
}

class RouterGateTest : public testing::Test {
 protected:
  RouterGateTest() {
    router_.Add("/weights", {"GET", "PUT"},
                {auth::Action::kViewState, auth::Action::kUpdateWeights},
                [this](const HttpRequest& request, const std::string&, Responder responder) {
                  callers_.push_back(*request.caller);
                  responder.Respond(HttpResponse::Text(200, "done"));
                });
    router_.Add("/logging/toggle", {}, auth::Action::kSetLogLevel,
                [](const HttpRequest&, const std::string&, Responder responder) {
                  responder.Respond(HttpResponse::Text(200, "done"));
                });
  }

  HttpResponse Ask(const std::string& method, const std::string& path, const std::string& name,
                   bool from_other_site = false) {
    HttpRequest request;
    request.method = method;
    request.path = path;
    request.peer.ip = "10.0.0.7";
    request.from_other_site = from_other_site;
    if (!name.empty()) request.headers = {{"Authorization", "Bearer " + name}};
    auto exchange = std::make_shared<RecordedExchange>();
    router_.Handle(std::move(request), Responder(exchange));
    return exchange->response.value_or(HttpResponse());
  }

  TestGate gate_;
  Router router_{{"/master"}, gate_};
  std::vector<auth::Caller> callers_;
};

TEST_F(RouterGateTest, AsksTheGateForWhatTheMethodDoes) {
  EXPECT_EQ(Ask("GET", "/weights", "ada").status, 200);
  EXPECT_EQ(Ask("HEAD", "/master/weights", "").status, 200);
  EXPECT_EQ(Ask("PUT", "/weights", "ada").status, 200);
  const TestGate::Asked wanted = {{"ada", auth::Action::kViewState},
                                  {"", auth::Action::kViewState},
                                  {"ada", auth::Action::kUpdateWeights}};
  EXPECT_EQ(gate_.TakeAsked(), wanted);
  ASSERT_EQ(callers_.size(), 3u);
  EXPECT_EQ(callers_[0].principal, "ada");
  EXPECT_EQ(callers_[0].address, "10.0.0.7");
  EXPECT_EQ(callers_[1].principal, "");
}

TEST_F(RouterGateTest, TheHandlerHearsOfNobodyWhoIsRefused) {
  gate_.refused = {auth::Action::kUpdateWeights};
  const HttpResponse unknown = Ask("GET", "/weights", "nobody");
  EXPECT_EQ(unknown.status, 401);
  EXPECT_EQ(unknown.body, "nobody is refused");
  const HttpResponse denied = Ask("PUT", "/weights", "ada");
  EXPECT_EQ(denied.status, 403);
  EXPECT_EQ(denied.body, "not allowed");
  EXPECT_TRUE(callers_.empty());
  EXPECT_EQ(Ask("GET", "/weights", "ada").status, 200);
}

TEST_F(RouterGateTest, ALinkOfAnotherSiteChangesNothing) {
  EXPECT_EQ(Ask("GET", "/weights", "", true).status, 200);
  EXPECT_EQ(Ask("GET", "/logging/toggle", "", true).status, 403);
  EXPECT_EQ(Ask("GET", "/logging/toggle", "", false).status, 200);
}

}  // namespace
}  // namespace mesos::net
