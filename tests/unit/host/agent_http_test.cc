// The agent's HTTP side over real connections, with a test in the place of the core.

#include <unistd.h>

#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "agent/core/snapshot.h"
#include "agent/host/agent_host.h"
#include "agent/launcher/container_files.h"
#include "common/json/json_codec.h"
#include "common/net/recordio.h"
#include "common/rpc/dial.h"
#include "common/runtime/asio_executor.h"
#include "common/runtime/run_and_wait.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/executor/executor.pb.h"
#include "tests/unit/net/raw_client.h"
#include "tests/unit/rpc/journal.h"

namespace mesos::agent {
namespace {

using net::RawAnswer;
using net::RawClient;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kJson[] = "application/json";
constexpr char kProtobuf[] = "application/x-protobuf";
constexpr char kSubscribe[] =
    R"({"type":"SUBSCRIBE","framework_id":{"value":"f"},"executor_id":{"value":"e"},"subscribe":{}})";
constexpr char kHeartbeat[] =
    R"({"type":"HEARTBEAT","framework_id":{"value":"f"},"executor_id":{"value":"e"}})";

std::shared_ptr<const v1::executor::Event> Shutdown() {
  auto event = std::make_shared<v1::executor::Event>();
  event->set_type(v1::executor::Event::SHUTDOWN);
  return event;
}

class AgentHttpTest : public testing::Test {
 protected:
  AgentHttpTest() {
    char pattern[] = "/tmp/mesos-agent-http-XXXXXX";
    EXPECT_NE(mkdtemp(pattern), nullptr);
    directory_ = pattern;
    socket_ = directory_ + "/executors.sock";
    AgentFacts facts;
    facts.ip = "127.0.0.1";
    facts.work_directory = directory_;
    transport_ = std::make_unique<AgentHost>(
        AgentHost::Deps{.executor = executor_,
                        .sink = [this](const Event& event) { Take(event); },
                        .snapshot = [this] { return snapshot_; },
                        .container_of =
                            [this](const std::string&, const std::string&) {
                              return ContainerPlace{container_, directory_};
                            },
                        .facts = facts});
    EXPECT_TRUE(transport_->Serve("127.0.0.1:0").ok());
    EXPECT_TRUE(transport_->ServeExecutors(socket_).ok());
  }

  ~AgentHttpTest() override {
    transport_->Shutdown();
    executor_.Stop();
    unlink(socket_.c_str());
    rmdir(directory_.c_str());
  }

  // In the core's place: answers every call with `verdict_`, and a subscriber's with two events.
  void Take(const Event& event) {
    if (std::holds_alternative<ExecutorSessionClosed>(event)) {
      journal_.Add("closed");
      return;
    }
    const auto& received = std::get<ExecutorCallReceived>(event);
    proof_ = received.proof;
    caller_ = *received.caller;
    const bool subscribes = received.call->type() == v1::executor::Call::SUBSCRIBE;
    journal_.Add(absl::StrCat(v1::executor::Call::Type_Name(received.call->type()),
                              received.session == SessionId::kNone ? " alone" : " on a session"));
    if (received.token != CallToken::kNone) {
      transport_->Perform(AnswerExecutorCall{received.token, verdict_});
    }
    if (!subscribes || !verdict_.ok()) return;
    session_ = received.session;
    transport_->Perform(SendToExecutor{session_, Shutdown()});
    transport_->Perform(SendToExecutor{session_, Shutdown()});
  }

  void OnCore(std::function<void()> work) {
    RunAndWait(executor_, "test", [&] { work(); });
  }

  static std::string Post(const std::string& path, const std::string& body,
                          const std::string& type = kJson, const std::string& accept = kJson) {
    return absl::StrCat("POST ", path, " HTTP/1.1\r\nHost: localhost\r\nContent-Type: ", type,
                        "\r\nAccept: ", accept, "\r\nContent-Length: ", body.size(), "\r\n\r\n",
                        body);
  }

  RawAnswer Ask(const std::string& request) {
    RawClient client = RawClient::ToPort(transport_->port());
    client.Send(request);
    return client.ReadAnswer();
  }

  RawAnswer Call(const std::string& body, const std::string& type = kJson,
                 const std::string& accept = kJson) {
    return Ask(Post("/api/v1/executor", body, type, accept));
  }

  AsioExecutor executor_{"agent"};
  rpc::Journal journal_;
  std::string directory_;
  std::string socket_;
  // Of the executor's thread.
  absl::Status verdict_;
  ExecutorProof proof_;  // of the last call
  auth::Caller caller_;
  std::string container_;
  SessionId session_ = SessionId::kNone;
  std::shared_ptr<const Snapshot> snapshot_;
  std::unique_ptr<AgentHost> transport_;
};

TEST_F(AgentHttpTest, SubscriptionStreamsOneRecordAChunk) {
  for (const bool on_socket : {false, true}) {
    RawClient client =
        on_socket ? RawClient::ToPath(socket_) : RawClient::ToPort(transport_->port());
    client.Send(Post("/api/v1/executor", kSubscribe));
    const RawAnswer head = client.ReadHead();
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.headers.at("content-type"), kJson);
    EXPECT_EQ(head.headers.at("transfer-encoding"), "chunked");
    EXPECT_EQ(head.headers.count("mesos-stream-id"), 0u);
    const std::string record = net::EncodeRecord(R"({"type":"SHUTDOWN"})");
    EXPECT_EQ(client.ReadChunk(), record);
    EXPECT_EQ(client.ReadChunk(), record);
  }
  OnCore([&] { EXPECT_GE(static_cast<uint64_t>(session_), uint64_t{1} << 62); });
}

TEST_F(AgentHttpTest, AcceptAloneDecidesTheFormOfEvents) {
  v1::executor::Call call;
  ASSERT_TRUE(json::FromJson(kSubscribe, call).ok());
  RawClient client = RawClient::ToPort(transport_->port());
  client.Send(Post("/api/v1/executor", call.SerializeAsString(), kProtobuf, kJson));
  client.ReadHead();
  EXPECT_EQ(client.ReadChunk(), net::EncodeRecord(R"({"type":"SHUTDOWN"})"));

  RawClient other = RawClient::ToPort(transport_->port());
  other.Send(Post("/api/v1/executor", kSubscribe, kJson, kProtobuf));
  EXPECT_EQ(other.ReadHead().headers.at("content-type"), kProtobuf);
  EXPECT_EQ(other.ReadChunk(), net::EncodeRecord(Shutdown()->SerializeAsString()));
}

TEST_F(AgentHttpTest, CallsStandAloneAndAreAccepted) {
  const RawAnswer answer = Call(kHeartbeat);
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(answer.headers.count("content-type"), 0u);
  EXPECT_THAT(journal_.lines(), ElementsAre("HEARTBEAT alone"));
}

TEST_F(AgentHttpTest, RefusalsCarryTheReasonAsText) {
  OnCore([&] { verdict_ = absl::InvalidArgumentError("Framework cannot be found"); });
  for (const char* call : {kSubscribe, kHeartbeat}) {
    const RawAnswer unknown = Call(call);
    EXPECT_EQ(unknown.status, 400);
    EXPECT_EQ(unknown.body, "Framework cannot be found");
    EXPECT_EQ(unknown.headers.at("content-type"), "text/plain; charset=utf-8");
  }
  OnCore([&] { verdict_ = absl::PermissionDeniedError("Executor is not subscribed"); });
  EXPECT_EQ(Call(kHeartbeat).status, 403);
  OnCore([&] { verdict_ = absl::UnimplementedError("Unknown call type"); });
  EXPECT_EQ(Call(kHeartbeat).status, 501);
}

TEST_F(AgentHttpTest, WhatIsNoCallNeverReachesTheCore) {
  EXPECT_EQ(Call("{").status, 400);
  EXPECT_THAT(Call("{").body, HasSubstr("Failed to parse body into JSON"));
  EXPECT_EQ(Call("\xff\xff", kProtobuf).status, 400);
  EXPECT_EQ(Call(kHeartbeat, "text/plain").status, 415);
  EXPECT_EQ(Call(kSubscribe, kJson, "text/html").status, 406);
  const RawAnswer get = Ask("GET /api/v1/executor HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(get.status, 405);
  EXPECT_EQ(get.headers.at("allow"), "POST");
  EXPECT_TRUE(journal_.lines().empty());
}

TEST_F(AgentHttpTest, SessionEndsWithItsConnectionAndTheOtherWayRound) {
  {
    RawClient client = RawClient::ToPort(transport_->port());
    client.Send(Post("/api/v1/executor", kSubscribe));
    client.ReadHead();
  }
  EXPECT_TRUE(journal_.WaitForLine("closed"));
  RawClient client = RawClient::ToPath(socket_);
  client.Send(Post("/api/v1/executor", kSubscribe));
  client.ReadHead();
  OnCore([&] {
    transport_->Perform(SendToExecutor{session_, Shutdown()});
    transport_->Perform(CloseExecutorSession{session_, absl::OkStatus()});
  });
  const std::string record = net::EncodeRecord(R"({"type":"SHUTDOWN"})");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.ReadChunk(), record);
  EXPECT_EQ(client.ReadChunk(), "");
}

TEST_F(AgentHttpTest, ACallBringsItsTokenToTheCore) {
  std::string request = Post("/api/v1/executor", kHeartbeat);
  request.insert(request.find("Accept:"), "Authorization: bearer  s3cret \r\n");
  EXPECT_EQ(Ask(request).status, 202);
  EXPECT_EQ(proof_.token, "s3cret");
  EXPECT_EQ(caller_.address, "127.0.0.1");
  EXPECT_EQ(caller_.principal, "");
  EXPECT_EQ(Call(kHeartbeat).status, 202);
  EXPECT_EQ(proof_.token, "");
}

// This process stands for the container's launcher.
TEST_F(AgentHttpTest, ACallWithoutATokenIsKnownByItsProcess) {
  const auto stat = launcher::ReadProcessStat(getpid());
  ASSERT_TRUE(stat.has_value());
  const std::string pid_file = directory_ + "/" + launcher::kPidFile;
  std::ofstream(pid_file) << launcher::FormatPidFile({getpid(), stat->start_time});
  container_ = "c1";
  EXPECT_EQ(Call(kHeartbeat).status, 202);
  EXPECT_EQ(proof_.container_id, "c1");
  RawClient client = RawClient::ToPath(socket_);
  client.Send(Post("/api/v1/executor", kHeartbeat));
  EXPECT_EQ(client.ReadAnswer().status, 202);
  EXPECT_EQ(proof_.container_id, "c1");
  std::ofstream(pid_file) << launcher::FormatPidFile({getpid(), stat->start_time + 1});
  EXPECT_EQ(Call(kHeartbeat).status, 202);
  EXPECT_EQ(proof_.container_id, "");
  unlink(pid_file.c_str());
}

TEST_F(AgentHttpTest, WhoCannotProveItselfIsAskedTo) {
  verdict_ = absl::UnauthenticatedError("Nothing shows that this is executor 'e'");
  const RawAnswer answer = Call(kSubscribe);
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.headers.at("www-authenticate"), "Bearer realm=\"mesos\"");
  EXPECT_EQ(answer.body, "Nothing shows that this is executor 'e'");
}

TEST_F(AgentHttpTest, TheUnixSocketServesNobodyButExecutors) {
  for (const char* path : {"/state", "/flags", "/files/browse?path=/", "/health", "/"}) {
    RawClient client = RawClient::ToPath(socket_);
    client.Send(absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    EXPECT_EQ(client.ReadAnswer().status, 404) << path;
  }
  RawClient client = RawClient::ToPath(socket_);
  client.Send(Post("/api/v1", R"({"type":"GET_FLAGS"})"));
  EXPECT_EQ(client.ReadAnswer().status, 404);
  client.Send(Post("/slave(1)/api/v1/executor", kHeartbeat));
  EXPECT_EQ(client.ReadAnswer().status, 202);
}

TEST_F(AgentHttpTest, OneSocketServesGrpcToo) {
  rpc::Journal events;
  std::unique_ptr<rpc::Stream<v1::executor::Call>> client;
  OnCore([&] {
    rpc::StreamObserver<v1::executor::Event> observer;
    observer.message = [&](std::shared_ptr<const v1::executor::Event> event) {
      events.Add(v1::executor::Event::Type_Name(event->type()));
    };
    client = rpc::DialExecutor("unix:" + socket_, executor_, std::move(observer));
    auto call = std::make_shared<v1::executor::Call>();
    EXPECT_TRUE(json::FromJson(kSubscribe, *call).ok());
    client->Send(std::move(call));
  });
  EXPECT_TRUE(events.WaitForSize(2));
  EXPECT_EQ(Call(kHeartbeat).status, 202);
  OnCore([&] { client.reset(); });
}

TEST_F(AgentHttpTest, ReadsWaitForRecoveryButHealthDoesNot) {
  EXPECT_EQ(Ask("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 200);
  const std::string state = "GET /state HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const RawAnswer early = Ask(state);
  EXPECT_EQ(early.status, 503);
  EXPECT_EQ(early.body, "Agent has not finished recovery");
  EXPECT_EQ(Ask(Post("/api/v1", R"({"type":"GET_STATE"})")).status, 503);
  OnCore([&] {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->info = std::make_shared<const v1::AgentInfo>();
    snapshot_ = std::move(snapshot);
  });
  EXPECT_EQ(Ask(state).status, 200);
  const RawAnswer tasks = Ask(Post("/api/v1", R"({"type":"GET_TASKS"})"));
  EXPECT_EQ(tasks.status, 200);
  EXPECT_THAT(tasks.body, HasSubstr(R"("launched_tasks":[])"));
}

TEST_F(AgentHttpTest, OperatorCallsAnswerInBothForms) {
  OnCore([&] {
    auto snapshot = std::make_shared<Snapshot>();
    v1::AgentInfo info;
    info.set_hostname("here");
    snapshot->info = std::make_shared<const v1::AgentInfo>(info);
    snapshot_ = std::move(snapshot);
  });
  v1::agent::Call call;
  call.set_type(v1::agent::Call::GET_AGENT);
  const RawAnswer answer = Ask(Post("/api/v1", call.SerializeAsString(), kProtobuf, kProtobuf));
  EXPECT_EQ(answer.headers.at("content-type"), kProtobuf);
  v1::agent::Response response;
  ASSERT_TRUE(response.ParseFromString(answer.body));
  EXPECT_EQ(response.get_agent().agent_info().hostname(), "here");
  EXPECT_THAT(Ask(Post("/api/v1", R"({"type":"GET_HEALTH"})")).body,
              HasSubstr(R"("healthy":true)"));
  const RawAnswer later = Ask(Post("/api/v1", R"({"type":"PRUNE_IMAGES"})"));
  EXPECT_EQ(later.status, 501);
  EXPECT_THAT(later.body, HasSubstr("PRUNE_IMAGES"));
  EXPECT_EQ(Ask(Post("/api/v1", "{}")).status, 400);
}

// Whatever form they ask for or come in, as clients of sessions ask first.
TEST_F(AgentHttpTest, CallsThatAreNotServedAreNamedBeforeTheirFormIsJudged) {
  for (const char* type : {"LAUNCH_NESTED_CONTAINER_SESSION", "ATTACH_CONTAINER_OUTPUT"}) {
    const std::string call = absl::StrCat(R"({"type":")", type, R"("})");
    for (const char* accept : {"application/recordio", "text/html", kJson}) {
      const RawAnswer answer = Ask(Post("/api/v1", call, kJson, accept));
      EXPECT_EQ(answer.status, 501) << type << accept;
      EXPECT_THAT(answer.body, HasSubstr(type));
    }
  }
  const auto stream = [&](const std::string& body, const std::string& message_type) {
    return Ask(absl::StrCat(
        "POST /api/v1 HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/recordio\r\n",
        message_type.empty() ? "" : absl::StrCat("Message-Content-Type: ", message_type, "\r\n"),
        "Content-Length: ", body.size(), "\r\n\r\n", body));
  };
  const std::string attach = net::EncodeRecord(R"({"type":"ATTACH_CONTAINER_INPUT"})");
  EXPECT_EQ(stream(attach + "5\npart", kJson).status, 501);
  EXPECT_THAT(stream(attach, kJson).body, HasSubstr("ATTACH_CONTAINER_INPUT"));
  EXPECT_EQ(stream(attach, "").status, 400);
  EXPECT_EQ(stream(attach, "text/plain").status, 415);
  EXPECT_EQ(stream(net::EncodeRecord("{"), kJson).status, 400);
  EXPECT_EQ(stream("nonsense", kJson).status, 500);
  EXPECT_EQ(stream("", kJson).status, 500);
  const RawAnswer other = stream(net::EncodeRecord(R"({"type":"GET_VERSION"})"), kJson);
  EXPECT_EQ(other.status, 415);
  EXPECT_EQ(other.body,
            "Streaming 'Content-Type' application/recordio is not supported for GET_VERSION call");
}

}  // namespace
}  // namespace mesos::agent
