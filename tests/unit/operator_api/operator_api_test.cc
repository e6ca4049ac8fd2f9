// OperatorApi over a real HTTP server, and its calls of the v1 API.

#include "common/operator_api/operator_api.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/flags/flags.h"
#include "common/operator_api/http_metrics.h"
#include "common/runtime/asio_executor.h"
#include "common/runtime/run_and_wait.h"
#include "glog/logging.h"
#include "glog/vlog_is_on.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/master/master.pb.h"
#include "rapidjson/document.h"
#include "tests/unit/files/temporary_tree.h"
#include "tests/unit/metrics/prometheus_page.h"
#include "tests/unit/net/http_fixture.h"
#include "tests/unit/net/raw_client.h"

DEFINE_string(test_flag, "15secs", "A flag of this test.");
DEFINE_string(test_unset_flag, "", "A flag without a value.");
DEFINE_bool(test_switch, true, "A switch of this test.");

namespace mesos {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

constexpr metrics::Family kAnswer = {"test_answer", "The answer.", metrics::Type::kGauge};

class OperatorApiTest : public ::testing::Test {
 protected:
  OperatorApiTest() {
    tree_.MakeDirectory("run");
    tree_.Write("run/stdout", "out\n");
    tree_.Write("run/page.html", "<b>");
    tree_.Write("secret", "secret");
    files_.Attach("/sandbox", tree_.Path("run"));
    api_.AddRoutes(router_);
    const absl::Status status = server_.Listen("127.0.0.1:0");
    EXPECT_TRUE(status.ok()) << status;
  }
  ~OperatorApiTest() override {
    server_.Shutdown();
    FLAGS_v = 0;
  }

  net::RawAnswer Get(const std::string& target) {
    net::RawClient client = net::RawClient::ToPort(server_.port());
    client.Send(absl::StrCat("GET ", target, " HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    net::RawAnswer answer = client.ReadAnswer();
    EXPECT_TRUE(answer.whole) << target;
    return answer;
  }

  rapidjson::Document GetJson(const std::string& target) {
    const net::RawAnswer answer = Get(target);
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_THAT(answer.headers, Contains(Pair("content-type", "application/json")));
    rapidjson::Document json;
    json.Parse(answer.body.data(), answer.body.size());
    EXPECT_TRUE(json.IsObject()) << answer.body;
    return json;
  }

  template <typename Response, typename Call>
  std::pair<absl::Status, std::shared_ptr<const Response>> Ask(const Call& call) {
    EXPECT_TRUE(OperatorApi::Takes(call));
    net::Mailbox<std::pair<absl::Status, std::shared_ptr<const Response>>> answers;
    api_.Handle(call, [&](absl::Status status, std::shared_ptr<const Response> response) {
      answers.Put({std::move(status), std::move(response)});
    });
    return answers.Take();
  }

  auto AskMaster(v1::master::Call::Type type) {
    v1::master::Call call;
    call.set_type(type);
    return Ask<v1::master::Response>(call);
  }

  files::TemporaryTree tree_;
  files::Files files_;
  AsioExecutor executor_{"test"};
  net::Router router_{{"/master"}, auth::OpenGate()};
  net::HttpServer server_{{}, [this](net::HttpRequest request, net::Responder responder) {
                            router_.Handle(std::move(request), std::move(responder));
                          }};
  OperatorApi api_{
      {.name = "master",
       .executor = executor_,
       .files = files_,
       .run_on_read_pool = [this](auto work) { server_.RunOnReadPool(std::move(work)); },
       .collect_metrics =
           [this](auto done) {
             executor_.Post("metrics", [this, done = std::move(done)]() mutable {
               done([this](metrics::MetricsPage& page) {
                 page.Add("test/answer", kAnswer, {}, 42);
                 AddHttpMetrics(server_.Stats(), page);
               });
             });
           }}};
};

TEST_F(OperatorApiTest, TellsItsFlagsAsText) {
  const auto json = GetJson("/flags");
  const auto& flags = json["flags"];
  EXPECT_STREQ(flags["test_flag"].GetString(), "15secs");
  EXPECT_STREQ(flags["test_switch"].GetString(), "true");
  EXPECT_FALSE(flags.HasMember("test_unset_flag")) << "what has no value is left out, as in Mesos";
}

TEST_F(OperatorApiTest, TellsMesosVersionAndItsOwn) {
  const auto json = GetJson("/version");
  EXPECT_STREQ(json["version"].GetString(), "1.12.0") << "numbers and dots only";
  EXPECT_EQ(json["product_version"].GetString(), flags::Version());
  EXPECT_TRUE(json["build_time"].IsNumber());
  EXPECT_TRUE(json["build_date"].IsString());
  EXPECT_TRUE(json["build_user"].IsString());
}

TEST_F(OperatorApiTest, AnswersHealthWithNothing) {
  const net::RawAnswer answer = Get("/health");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "");
  EXPECT_THAT(answer.headers, Not(Contains(Key("content-type"))));
}

TEST_F(OperatorApiTest, StandsUnderPrefixesAndWithJsonEndings) {
  for (const char* path :
       {"/master/health", "/master/flags", "/flags.json", "/system/stats.json",
        "/master/system/stats.json", "/metrics/snapshot.json", "/files/debug.json"}) {
    EXPECT_EQ(Get(path).status, 200) << path;
  }
  EXPECT_EQ(Get("/metrics/other").status, 404);
}

TEST_F(OperatorApiTest, TellsOfTheMachine) {
  const auto json = GetJson("/system/stats.json");
  EXPECT_GE(json["cpus_total"].GetInt(), 1);
  EXPECT_GT(json["mem_total_bytes"].GetUint64(), 1'000'000u);
  for (const char* name : {"avg_load_1min", "avg_load_5min", "avg_load_15min", "mem_free_bytes"}) {
    EXPECT_TRUE(json.HasMember(name)) << name;
  }
}

TEST_F(OperatorApiTest, GivesMetricsAtOnceInBothForms) {
  const auto json = GetJson("/metrics/snapshot?timeout=5secs");
  EXPECT_EQ(json["test/answer"].GetDouble(), 42);
  EXPECT_TRUE(json.HasMember("system/load_1min"));
  const net::RawAnswer page = Get("/metrics");
  EXPECT_EQ(page.headers.at("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  const metrics::PrometheusPage read(page.body);
  EXPECT_THAT(read.faults(), IsEmpty()) << page.body;
  EXPECT_EQ(read.Value("test_answer"), 42);
  EXPECT_EQ(read.Value("mesos_http_responses_total{class=\"2xx\"}"), 1);
}

TEST_F(OperatorApiTest, RefusesATimeoutThatIsNoDuration) {
  const net::RawAnswer answer = Get("/metrics/snapshot?timeout=soon");
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("Invalid timeout 'soon'"));
}

TEST_F(OperatorApiTest, WrapsJsonForJsonp) {
  const net::RawAnswer answer = Get("/flags?jsonp=angular.callbacks._0");
  EXPECT_EQ(answer.headers.at("content-type"), "text/javascript");
  EXPECT_THAT(answer.body,
              AllOf(::testing::StartsWith("angular.callbacks._0({"), ::testing::EndsWith("});")));
  const net::RawAnswer snapshot = Get("/metrics/snapshot?jsonp=cb");
  EXPECT_THAT(snapshot.body, AllOf(::testing::StartsWith("cb({"), ::testing::EndsWith("});")));
  EXPECT_EQ(Get("/flags?jsonp=alert(1)//").status, 400);
  EXPECT_EQ(Get("/metrics/snapshot?jsonp=%3Cscript").status, 400);
}

TEST_F(OperatorApiTest, RaisesTheLoggingLevelForAWhile) {
  EXPECT_EQ(Get("/logging/toggle").body, "0\n");
  EXPECT_EQ(Get("/logging/toggle?level=2&duration=1hrs").status, 200);
  EXPECT_EQ(Get("/logging/toggle").body, "2\n");
  // A later one replaces it, and ends at once.
  EXPECT_EQ(Get("/logging/toggle?level=1&duration=0ns").status, 200);
  RunAndWait(executor_, "arm", [] {});
  RunAndWait(executor_, "restore", [] {});
  RunAndWait(executor_, "restored", [] {});
  EXPECT_EQ(Get("/logging/toggle").body, "0\n");
}

TEST_F(OperatorApiTest, RefusesWrongLoggingLevelsInMesosWords) {
  EXPECT_EQ(Get("/logging/toggle?level=1").body, "Expecting 'duration=value' in query.\n");
  EXPECT_EQ(Get("/logging/toggle?duration=1secs").body, "Expecting 'level=value' in query.\n");
  EXPECT_EQ(Get("/logging/toggle?level=-1&duration=1secs").body, "Invalid level '-1'.\n");
  for (const char* query :
       {"level=x&duration=1secs", "level=1&duration=x", "level=1&duration=-1secs",
        "level=99999999999&duration=1secs", "level=1&duration=9999weeks"}) {
    EXPECT_EQ(Get(absl::StrCat("/logging/toggle?", query)).status, 400) << query;
  }
  EXPECT_EQ(FLAGS_v, 0);
}

TEST_F(OperatorApiTest, ServesFiles) {
  const net::RawAnswer browse = Get("/files/browse?path=/sandbox");
  EXPECT_EQ(browse.status, 200);
  EXPECT_THAT(browse.body,
              AllOf(HasSubstr("\"path\":\"/sandbox/page.html\""),
                    HasSubstr("\"path\":\"/sandbox/stdout\""), HasSubstr("\"mode\":\"-rw-r--r--\""),
                    HasSubstr("\"size\":4,"), HasSubstr("\"nlink\":1,")));
  EXPECT_EQ(Get("/files/read?path=/sandbox/stdout&offset=1&length=2").body,
            R"({"data":"ut","offset":1})");
  EXPECT_EQ(Get("/files/read?path=/sandbox/stdout&offset=-1").body, R"({"data":"","offset":4})");
  EXPECT_EQ(Get("/files/read?path=/sandbox/stdout").body, R"({"data":"","offset":4})");
  EXPECT_EQ(Get("/files/debug").body, absl::StrCat("{\"/sandbox\":\"", tree_.Path("run"), "\"}"));
}

TEST_F(OperatorApiTest, RefusesFilesInMesosWords) {
  EXPECT_EQ(Get("/files/browse").body, "Expecting 'path=value' in query.\n");
  EXPECT_EQ(Get("/files/browse").status, 400);
  const net::RawAnswer missing = Get("/files/browse?path=/no/such");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.body, "");
  EXPECT_EQ(missing.headers.at("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(Get("/files/read?path=/sandbox/stdout&offset=x").status, 400);
  EXPECT_EQ(Get("/files/read?path=/sandbox/stdout&offset=-2").body,
            "Negative offset provided: -2.\n");
  EXPECT_EQ(Get("/files/read?path=/sandbox/stdout&offset=0&length=-5").body,
            "Negative length provided: -5.\n");
  EXPECT_THAT(Get("/files/read?path=/sandbox&offset=0").body, HasSubstr("Cannot read a directory"));
  EXPECT_EQ(Get("/files/download?path=/sandbox").status, 400);
}

TEST_F(OperatorApiTest, ServesNothingOutsideWhateverTheSpelling) {
  tree_.Link("../secret", "run/link");
  for (const char* path : {"/sandbox/../secret", "/sandbox%2F..%2Fsecret", "/sandbox/%2e%2e/secret",
                           "/sandbox/link", "/sandbox/..%2f..%2f..%2fetc/passwd", "/etc/passwd",
                           "../secret", "/sandbox/%252e%252e/secret"}) {
    for (const char* endpoint : {"read", "download", "browse"}) {
      const net::RawAnswer answer = Get(absl::StrCat("/files/", endpoint, "?path=", path));
      EXPECT_THAT(answer.body, AllOf(Not(HasSubstr("secret\"")), Not(HasSubstr("root:"))))
          << endpoint << " " << path;
      if (std::string(endpoint) != "browse") {
        EXPECT_THAT(answer.status, ::testing::AnyOf(400, 404)) << endpoint << " " << path;
      }
    }
  }
}

TEST_F(OperatorApiTest, DownloadsFilesOfAnySize) {
  std::string big;
  for (int i = 0; i < 300'000; ++i) absl::StrAppend(&big, "line ", i, "\n");
  tree_.Write("run/big.log", big);
  const net::RawAnswer answer = Get("/files/download?path=/sandbox/big.log");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body.size(), big.size());
  EXPECT_TRUE(answer.body == big);
  EXPECT_EQ(answer.headers.at("content-type"), "application/octet-stream");
  const net::RawAnswer page = Get("/files/download?path=/sandbox/page.html");
  EXPECT_EQ(page.headers.at("content-type"), "text/html");
  EXPECT_EQ(page.headers.at("content-disposition"), "attachment; filename=\"page.html\"");
  EXPECT_EQ(page.headers.at("x-content-type-options"), "nosniff");
}

TEST_F(OperatorApiTest, HelpListsTheEndpoints) {
  const net::RawAnswer answer = Get("/help");
  EXPECT_EQ(answer.headers.at("content-type"), "text/html");
  EXPECT_THAT(answer.body, AllOf(HasSubstr("/metrics/snapshot"), HasSubstr("/files/browse")));
}

TEST_F(OperatorApiTest, AnswersCallsOfTheV1Api) {
  using Call = v1::master::Call;
  EXPECT_TRUE(AskMaster(Call::GET_HEALTH).second->get_health().healthy());
  EXPECT_EQ(AskMaster(Call::GET_VERSION).second->get_version().version_info().version(), "1.12.0");
  EXPECT_EQ(AskMaster(Call::GET_LOGGING_LEVEL).second->get_logging_level().level(), 0u);
  bool found = false;
  const auto flags = AskMaster(Call::GET_FLAGS).second;
  for (const v1::Flag& flag : flags->get_flags().flags()) {
    found |= flag.name() == "test_flag" && flag.value() == "15secs";
  }
  EXPECT_TRUE(found);
  v1::agent::Call agent_call;
  agent_call.set_type(v1::agent::Call::GET_HEALTH);
  EXPECT_TRUE(Ask<v1::agent::Response>(agent_call).second->get_health().healthy());
  v1::master::Call other;
  other.set_type(Call::GET_STATE);
  EXPECT_FALSE(OperatorApi::Takes(other));
}

TEST_F(OperatorApiTest, RefusesCallsWithoutTheirPart) {
  using Call = v1::master::Call;
  for (const auto& [type, part] :
       {std::pair(Call::GET_METRICS, "get_metrics"), std::pair(Call::LIST_FILES, "list_files"),
        std::pair(Call::READ_FILE, "read_file"),
        std::pair(Call::SET_LOGGING_LEVEL, "set_logging_level")}) {
    const absl::Status status = AskMaster(type).first;
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(status.message(), absl::StrCat("Failed to validate master::Call: Expecting '", part,
                                             "' to be present"));
  }
}

TEST_F(OperatorApiTest, GetMetricsHasThePage) {
  v1::agent::Call call;
  call.set_type(v1::agent::Call::GET_METRICS);
  call.mutable_get_metrics()->mutable_timeout()->set_nanoseconds(5'000'000'000);
  const auto [status, response] = Ask<v1::agent::Response>(call);
  ASSERT_TRUE(status.ok()) << status;
  bool found = false;
  for (const v1::Metric& metric : response->get_metrics().metrics()) {
    found |= metric.name() == "test/answer" && metric.value() == 42;
  }
  EXPECT_TRUE(found);
  call.mutable_get_metrics()->mutable_timeout()->set_nanoseconds(-1);
  EXPECT_EQ(Ask<v1::agent::Response>(call).first.code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(OperatorApiTest, SetLoggingLevelHasNoAnswerButItsSuccess) {
  v1::master::Call call;
  call.set_type(v1::master::Call::SET_LOGGING_LEVEL);
  call.mutable_set_logging_level()->set_level(1);
  call.mutable_set_logging_level()->mutable_duration()->set_nanoseconds(3'600'000'000'000);
  const auto [status, response] = Ask<v1::master::Response>(call);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(response, nullptr);
  EXPECT_EQ(FLAGS_v, 1);
  call.mutable_set_logging_level()->set_level(4'000'000'000);
  EXPECT_EQ(Ask<v1::master::Response>(call).first.code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(OperatorApiTest, ListsAndReadsFilesByCall) {
  v1::agent::Call list;
  list.set_type(v1::agent::Call::LIST_FILES);
  list.mutable_list_files()->set_path("/sandbox");
  const auto listed = Ask<v1::agent::Response>(list);
  ASSERT_TRUE(listed.first.ok()) << listed.first;
  const auto& infos = listed.second->list_files().file_infos();
  ASSERT_EQ(infos.size(), 2);
  EXPECT_EQ(infos[1].path(), "/sandbox/stdout");
  EXPECT_EQ(infos[1].mode(), 0100644u);
  EXPECT_EQ(infos[1].mtime().nanoseconds() % 1'000'000'000, 0);
  v1::agent::Call read;
  read.set_type(v1::agent::Call::READ_FILE);
  read.mutable_read_file()->set_path("/sandbox/stdout");
  read.mutable_read_file()->set_offset(1);
  const auto answer = Ask<v1::agent::Response>(read);
  EXPECT_EQ(answer.second->read_file().data(), "ut\n");
  EXPECT_EQ(answer.second->read_file().size(), 4u);
  read.mutable_read_file()->set_path("/sandbox/../secret");
  EXPECT_FALSE(Ask<v1::agent::Response>(read).first.ok());
  read.mutable_read_file()->set_path("/no/such");
  EXPECT_EQ(Ask<v1::agent::Response>(read).first.code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace mesos
