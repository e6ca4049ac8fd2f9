// Reads of a master that has something of everything.

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "common/json/json_codec.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "master/reads/classic_reads.h"
#include "master/reads/v1_reads.h"
#include "master/reads/visible.h"
#include "tests/unit/auth/test_gate.h"
#include "tests/unit/master/harness.h"

namespace mesos::master {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using OperatorCall = v1::master::Call;

constexpr OperatorCall::Type kReads[] = {OperatorCall::GET_STATE,
                                         OperatorCall::GET_AGENTS,
                                         OperatorCall::GET_FRAMEWORKS,
                                         OperatorCall::GET_EXECUTORS,
                                         OperatorCall::GET_TASKS,
                                         OperatorCall::GET_ROLES,
                                         OperatorCall::GET_WEIGHTS,
                                         OperatorCall::GET_MASTER,
                                         OperatorCall::GET_QUOTA,
                                         OperatorCall::GET_OPERATIONS,
                                         OperatorCall::GET_VERSION,
                                         OperatorCall::GET_HEALTH,
                                         OperatorCall::GET_MAINTENANCE_STATUS,
                                         OperatorCall::GET_MAINTENANCE_SCHEDULE};

std::string Whole(net::BodySource& body) {
  std::string out;
  while (body.Next(out)) {
  }
  return out;
}

std::string Whole(const absl::StatusOr<ClassicAnswer>& answer) {
  EXPECT_TRUE(answer.ok()) << answer.status();
  return answer.ok() ? Whole(*answer->body) : "";
}

net::HttpRequest Query(net::Fields query) {
  net::HttpRequest request;
  request.query = std::move(query);
  return request;
}

// More agents than are read in one go.
constexpr int kAwaited = 300;

Registry AwaitedAgents() {
  Registry registry;
  for (int i = 0; i < kAwaited; ++i) {
    auto info = std::make_shared<v1::AgentInfo>(Harness::AgentInfo("cpus:8", "away"));
    info->mutable_id()->set_value("old-S" + std::to_string(i));
    registry.Apply({AdmitAgent{std::move(info)}});
  }
  return registry;
}

// Agents to come back, a running task, a completed one, one with an executor, an offer, and a
// framework that is gone.
class ReadsTest : public testing::Test {
 protected:
  ReadsTest() {
    SchedulerSession& gone = master_.Subscribe(Harness::FrameworkInfo("gone"));
    master_.Close(gone);
    AgentSession& agent = master_.RegisterAgent("cpus:8;mem:4096");
    scheduler_ = &master_.Subscribe(Harness::FrameworkInfo("web"));
    Run(agent, Harness::CommandTask("ends", Offer(), "cpus:1;mem:32"));
    Run(agent, Harness::CommandTask("runs", Offer(), "cpus:1;mem:32"));
    Run(agent, Harness::ExecutorTask("led", "leader", Offer(), "cpus:1;mem:32"));
    master_.SendUpdate(agent, scheduler_->framework_id, "ends", v1::TASK_FINISHED);
    scheduler_->received.clear();
    agent_ = &agent;
  }

  const v1::Offer& Offer() {
    offer_ = scheduler_->TakeOffer();
    return offer_;
  }
  void Run(AgentSession& agent, const v1::TaskInfo& task) {
    master_.Launch(*scheduler_, offer_, task);
    const SchedulerEventMessage offers = scheduler_->Take();
    master_.SendUpdate(agent, scheduler_->framework_id, task.task_id().value(), v1::TASK_RUNNING);
    master_.Acknowledge(*scheduler_, scheduler_->TakeUpdate());
    scheduler_->received.push_front(std::make_shared<const SchedulerEventMessage>(offers));
  }

  Harness master_{Harness::DefaultOptions(), AwaitedAgents()};
  SchedulerSession* scheduler_ = nullptr;
  AgentSession* agent_ = nullptr;
  v1::Offer offer_;
};

TEST_F(ReadsTest, StreamsWhatTheMessageHolds) {
  const auto snapshot = master_.TakeSnapshot();
  for (const OperatorCall::Type type : kReads) {
    OperatorCall call;
    call.set_type(type);
    const auto response = Read(*snapshot, call);
    ASSERT_TRUE(response.ok()) << response.status();
    v1::master::Response streamed;
    ASSERT_TRUE(
        streamed.ParseFromString(Whole(*StreamRead(snapshot, type, net::MediaType::kProtobuf))));
    EXPECT_EQ(streamed.DebugString(), response->DebugString());
    streamed.Clear();
    const absl::Status read =
        json::FromJson(Whole(*StreamRead(snapshot, type, net::MediaType::kJson)), streamed);
    ASSERT_TRUE(read.ok()) << read;
    // JSON also tells the defaults of absent fields.
    v1::master::Response expected;
    ASSERT_TRUE(json::FromJson(json::ToJson(*response), expected).ok());
    EXPECT_EQ(streamed.DebugString(), expected.DebugString());
  }
}

TEST_F(ReadsTest, ASnapshotStaysAsItWas) {
  const auto snapshot = master_.TakeSnapshot();
  const std::string before = Whole(ReadState(snapshot, {}, Query({})));
  master_.SendUpdate(*agent_, scheduler_->framework_id, "runs", v1::TASK_FAILED);
  master_.Close(*agent_);
  master_.Advance(absl::Minutes(30));
  EXPECT_EQ(Whole(ReadState(snapshot, {}, Query({}))), before);
  EXPECT_NE(Whole(ReadState(master_.TakeSnapshot(), {}, Query({}))), before);
}

TEST_F(ReadsTest, TellsOfATaskInEachPlace) {
  const auto snapshot = master_.TakeSnapshot();
  const std::string state = Whole(ReadState(
      snapshot, {.flags_json = R"({"port":"5050"})", .build_fields = R"("build_user":"me")"},
      Query({})));
  EXPECT_THAT(state, HasSubstr(R"("flags":{"port":"5050"})"));
  EXPECT_THAT(state, HasSubstr(R"(,"build_user":"me",)"));
  EXPECT_THAT(state, HasSubstr(R"("executor_id":"leader")"));
  const std::string summary = Whole(ReadStateSummary(snapshot, Query({})));
  EXPECT_THAT(summary, HasSubstr(R"("TASK_RUNNING":2)"));
  EXPECT_THAT(summary, HasSubstr(R"("TASK_FINISHED":1)"));
  EXPECT_THAT(Whole(ReadRoles(snapshot, Query({}))), HasSubstr(R"("name":"web")"));
  EXPECT_EQ(Whole(ReadWeights(snapshot, Query({}))), "[]");
  EXPECT_EQ(Whole(ReadNothing(Query({}))), "{}");
}

TEST_F(ReadsTest, ASummaryNamesAgentsThatAreGoneWhereTasksWereOnThem) {
  const std::string id = agent_->agent_id;
  internal::AgentMessage leave;
  leave.mutable_unregister_agent();
  master_.Send(*agent_, leave);
  const std::string summary = Whole(ReadStateSummary(master_.TakeSnapshot(), Query({})));
  EXPECT_THAT(summary, HasSubstr(R"("slave_ids":[")" + id + R"("])"));
}

TEST_F(ReadsTest, TellsWhichAgentsAreStillToComeBack) {
  const auto snapshot = master_.TakeSnapshot();
  const std::string first =
      R"("recovered_slaves":[{"id":"old-S0","hostname":"away","port":5051,"attributes":{}},)";
  for (const std::string& text :
       {Whole(ReadSlaves(snapshot, "", Query({}))), Whole(ReadState(snapshot, {}, Query({})))}) {
    EXPECT_THAT(text, HasSubstr(first));
    EXPECT_THAT(text, HasSubstr(R"("id":"old-S299")"));
  }
  OperatorCall call;
  call.set_type(OperatorCall::GET_AGENTS);
  EXPECT_EQ(Read(*snapshot, call)->get_agents().recovered_agents_size(), kAwaited);
}

TEST_F(ReadsTest, PagesAndFiltersTasks) {
  const auto snapshot = master_.TakeSnapshot();
  const auto tasks = [&](net::Fields query) { return Whole(ReadTasks(snapshot, Query(query))); };
  EXPECT_THAT(tasks({{"task_id", "runs"}}), HasSubstr(R"("id":"runs")"));
  EXPECT_THAT(tasks({{"task_id", "runs"}}), Not(HasSubstr(R"("id":"ends")")));
  EXPECT_EQ(tasks({{"limit", "0"}}), R"({"tasks":[]})");
  EXPECT_EQ(tasks({{"offset", "3"}}), R"({"tasks":[]})");
  EXPECT_EQ(tasks({{"framework_id", "nobody"}}), R"({"tasks":[]})");
  EXPECT_THAT(tasks({{"limit", "-1"}}), HasSubstr(R"("id":"led")"));
  EXPECT_EQ(tasks({{"limit", "many"}}), tasks({}));
}

TEST_F(ReadsTest, GivesOneAgentOrFrameworkWhereAskedForIt) {
  const auto snapshot = master_.TakeSnapshot();
  EXPECT_THAT(Whole(ReadSlaves(snapshot, agent_->agent_id, Query({}))),
              HasSubstr(R"("used_resources_full":[{)"));
  EXPECT_THAT(Whole(ReadSlaves(snapshot, "", Query({{"slave_id", "none"}}))),
              StartsWith(R"({"slaves":[],)"));
  EXPECT_THAT(Whole(ReadFrameworks(snapshot, Query({{"framework_id", "none"}}))),
              StartsWith(R"({"frameworks":[],"completed_frameworks":[],)"));
}

TEST_F(ReadsTest, WrapsTheAnswerForABrowserOfOld) {
  const auto snapshot = master_.TakeSnapshot();
  const auto answer = ReadWeights(snapshot, Query({{"jsonp", "cb"}}));
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->content_type, "text/javascript");
  EXPECT_EQ(Whole(answer), "cb([]);");
  EXPECT_EQ(ReadWeights(snapshot, Query({{"jsonp", "a b"}})).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(ReadsTest, WhoSeesAllReadsTheSnapshotItself) {
  const auto snapshot = master_.TakeSnapshot();
  EXPECT_EQ(Visible(snapshot, auth::Visibility::All()), snapshot);
  EXPECT_EQ(Visible(nullptr, auth::Visibility(std::make_shared<RulesOfUser>("ada"))), nullptr);
}

TEST_F(ReadsTest, NoReadTellsWhatItsCallerMayNotSee) {
  v1::FrameworkInfo info = Harness::FrameworkInfo("hidden-framework");
  info.set_user("mallory");
  master_.Subscribe(info);
  const auto whole = master_.TakeSnapshot();
  const std::string user = Harness::FrameworkInfo("web").user();
  ASSERT_NE(user, "mallory");
  const auto seen = Visible(whole, auth::Visibility(std::make_shared<RulesOfUser>(user, "runs")));
  int hidden = 0;
  const auto expect = [&hidden](const std::string& before, const std::string& after) {
    for (const char* text : {"hidden-framework", "\"runs\""}) {
      if (absl::StrContains(before, text)) ++hidden;
      EXPECT_THAT(after, Not(HasSubstr(text)));
    }
    for (const char* text : {"\"ends\"", "\"led\"", "\"leader\"", "\"web\""}) {
      EXPECT_EQ(absl::StrContains(before, text), absl::StrContains(after, text)) << text;
    }
  };
  for (const OperatorCall::Type type : kReads) {
    expect(Whole(*StreamRead(whole, type, net::MediaType::kJson)),
           Whole(*StreamRead(seen, type, net::MediaType::kJson)));
  }
  for (auto* read : {ReadStateSummary, ReadFrameworks, ReadTasks, ReadRoles}) {
    expect(Whole(read(whole, Query({}))), Whole(read(seen, Query({}))));
  }
  expect(Whole(ReadState(whole, {}, Query({}))), Whole(ReadState(seen, {}, Query({}))));
  expect(Whole(ReadSlaves(whole, "", Query({}))), Whole(ReadSlaves(seen, "", Query({}))));
  EXPECT_GE(hidden, 8);
}

TEST_F(ReadsTest, TheFirstEventOfASubscriberIsTheStateAndAsLongAsItWasMeasured) {
  const auto snapshot = master_.TakeSnapshot();
  OperatorCall call;
  call.set_type(OperatorCall::GET_STATE);
  const auto state = Read(*snapshot, call);
  ASSERT_TRUE(state.ok()) << state.status();
  v1::master::Event expected;
  expected.set_type(v1::master::Event::SUBSCRIBED);
  *expected.mutable_subscribed()->mutable_get_state() = state->get_state();
  expected.mutable_subscribed()->set_heartbeat_interval_seconds(15);
  for (const net::MediaType form : {net::MediaType::kJson, net::MediaType::kProtobuf}) {
    const auto body = StreamSubscribed(snapshot, absl::Seconds(15), form);
    size_t bytes = 0;
    while (body->Measure(bytes)) {
    }
    const std::string whole = Whole(*body);
    EXPECT_EQ(whole.size(), bytes);
    v1::master::Event streamed;
    if (form == net::MediaType::kProtobuf) {
      ASSERT_TRUE(streamed.ParseFromString(whole));
      EXPECT_EQ(streamed.DebugString(), expected.DebugString());
      continue;
    }
    EXPECT_THAT(whole,
                StartsWith(R"({"type":"SUBSCRIBED","subscribed":{"get_state":{"get_tasks")"));
    EXPECT_THAT(whole, testing::EndsWith(R"(,"heartbeat_interval_seconds":15.0}})"));
    ASSERT_TRUE(json::FromJson(whole, streamed).ok());
    v1::master::Event as_json;  // JSON also tells the defaults of absent fields
    ASSERT_TRUE(json::FromJson(json::ToJson(expected), as_json).ok());
    EXPECT_EQ(streamed.DebugString(), as_json.DebugString());
  }
}

}  // namespace
}  // namespace mesos::master
