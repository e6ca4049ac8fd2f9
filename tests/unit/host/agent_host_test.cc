#include "agent/host/agent_host.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "agent/core/snapshot.h"
#include "common/rpc/dial.h"
#include "common/rpc/server.h"
#include "common/runtime/asio_executor.h"
#include "common/runtime/run_and_wait.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "internal/agent_link.pb.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/executor/executor.pb.h"
#include "tests/unit/rpc/journal.h"

namespace mesos::agent {
namespace {

using rpc::Journal;
using testing::StartsWith;

std::string Describe(const Event& event) {
  if (std::holds_alternative<MasterLinkOpened>(event)) return "link opened";
  if (const auto* closed = std::get_if<MasterLinkClosed>(&event)) {
    return "link closed " + closed->reason.ToString();
  }
  if (const auto* received = std::get_if<MasterMessageReceived>(&event)) {
    return "master " + received->message->ShortDebugString();
  }
  if (const auto* call = std::get_if<ExecutorCallReceived>(&event)) {
    return "executor " + v1::executor::Call::Type_Name(call->call->type());
  }
  if (std::holds_alternative<ExecutorSessionClosed>(event)) return "executor closed";
  return "other";
}

class AgentHostTest : public testing::Test {
 protected:
  AgentHostTest() {
    char pattern[] = "/tmp/mesos-agent-transport-XXXXXX";
    EXPECT_NE(mkdtemp(pattern), nullptr);
    directory_ = pattern;
    socket_ = directory_ + "/executors.sock";
    transport_ =
        std::make_unique<AgentHost>(AgentHost::Deps{.executor = executor_,
                                                    .sink =
                                                        [this](Event event) {
                                                          if (on_event_) on_event_(event);
                                                          events_.Add(Describe(event));
                                                        },
                                                    .snapshot = [this] { return snapshot_; },
                                                    .facts = {}});
  }

  ~AgentHostTest() override {
    RunAndWait(executor_, "end", [&] { client_.reset(); });
    transport_->Shutdown();
    executor_.Stop();
    unlink(socket_.c_str());
    rmdir(directory_.c_str());
  }

  void DialExecutor() {
    RunAndWait(executor_, "dial", [&] {
      rpc::StreamObserver<v1::executor::Event> observer;
      observer.message = [this](std::shared_ptr<const v1::executor::Event> event) {
        client_log_.Add(v1::executor::Event::Type_Name(event->type()));
      };
      observer.closed = [this](absl::Status status) {
        client_log_.Add("closed " + status.ToString());
      };
      client_ = rpc::DialExecutor("unix:" + socket_, executor_, std::move(observer), "s3cret");
      auto call = std::make_shared<v1::executor::Call>();
      call->set_type(v1::executor::Call::SUBSCRIBE);
      call->mutable_framework_id()->set_value("f");
      call->mutable_executor_id()->set_value("e");
      client_->Send(std::move(call));
    });
  }

  AsioExecutor executor_{"agent"};
  Journal events_;
  Journal client_log_;
  std::string directory_;
  std::string socket_;
  std::function<void(const Event&)> on_event_;  // executor's thread
  std::shared_ptr<const Snapshot> snapshot_;    // executor's thread
  std::unique_ptr<AgentHost> transport_;
  std::unique_ptr<rpc::Stream<v1::executor::Call>> client_;
};

TEST_F(AgentHostTest, ServesExecutorsOnASocketThatAllMayUse) {
  ASSERT_TRUE(transport_->ServeExecutors(socket_).ok());
  struct stat info = {};
  ASSERT_EQ(stat(socket_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0666u);
  on_event_ = [&](const Event& event) {
    const auto* call = std::get_if<ExecutorCallReceived>(&event);
    if (call == nullptr) return;
    EXPECT_EQ(call->proof.token, "s3cret");
    EXPECT_EQ(call->proof.container_id, "");
    auto answer = std::make_shared<v1::executor::Event>();
    answer->set_type(v1::executor::Event::SHUTDOWN);
    transport_->Perform(SendToExecutor{call->session, answer});
    transport_->Perform(CloseExecutorSession{call->session, absl::AbortedError("enough")});
    transport_->Perform(SendToExecutor{call->session, answer});  // ignored
  };
  DialExecutor();
  ASSERT_TRUE(client_log_.WaitForLine("closed"));
  EXPECT_THAT(client_log_.lines(), testing::ElementsAre("SHUTDOWN", "closed ABORTED: enough"));
  EXPECT_THAT(events_.lines(), testing::ElementsAre("executor SUBSCRIBE"));
}

TEST_F(AgentHostTest, TellsThatAnExecutorIsGone) {
  ASSERT_TRUE(transport_->ServeExecutors(socket_).ok());
  DialExecutor();
  ASSERT_TRUE(events_.WaitForLine("executor SUBSCRIBE"));
  RunAndWait(executor_, "end", [&] { client_.reset(); });
  EXPECT_TRUE(events_.WaitForLine("executor closed"));
}

TEST_F(AgentHostTest, TakesOverTheSocketOfADeadAgent) {
  // A socket file that nobody listens on stays behind when an agent is killed.
  const int dead = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  socket_.copy(address.sun_path, sizeof(address.sun_path) - 1);
  ASSERT_EQ(bind(dead, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  close(dead);
  ASSERT_TRUE(transport_->ServeExecutors(socket_).ok());
  DialExecutor();
  EXPECT_TRUE(events_.WaitForLine("executor SUBSCRIBE"));
}

TEST_F(AgentHostTest, AnswersOperators) {
  ASSERT_TRUE(transport_->Serve("127.0.0.1:0").ok());
  Journal answers;
  auto ask = [&](v1::agent::Call::Type type) {
    v1::agent::Call call;
    call.set_type(type);
    rpc::CallAgent("127.0.0.1:" + std::to_string(transport_->port()), executor_, call,
                   absl::Seconds(20), [&](absl::Status status, auto response) {
                     answers.Add(status.ok() ? response->ShortDebugString() : status.ToString());
                   });
  };
  RunAndWait(executor_, "call", [&] { ask(v1::agent::Call::GET_AGENT); });
  ASSERT_TRUE(answers.WaitForSize(1));
  EXPECT_THAT(answers.lines()[0], testing::HasSubstr("Agent has not finished recovery"));
  RunAndWait(executor_, "call", [&] {
    auto snapshot = std::make_shared<Snapshot>();
    v1::AgentInfo info;
    info.set_hostname("here");
    snapshot->info = std::make_shared<const v1::AgentInfo>(info);
    snapshot_ = snapshot;
    ask(v1::agent::Call::GET_AGENT);
    ask(v1::agent::Call::PRUNE_IMAGES);
  });
  ASSERT_TRUE(answers.WaitForSize(3));
  EXPECT_TRUE(
      answers.WaitForLine("type: GET_AGENT get_agent { agent_info { hostname: \"here\" } }"));
  EXPECT_TRUE(answers.WaitForLine(
      "UNIMPLEMENTED: This agent does not answer PRUNE_IMAGES in this version"));
}

TEST_F(AgentHostTest, TheSocketAnswersNoOperator) {
  ASSERT_TRUE(transport_->ServeExecutors(socket_).ok());
  Journal answers;
  v1::agent::Call call;
  call.set_type(v1::agent::Call::GET_FLAGS);
  rpc::CallAgent("unix:" + socket_, executor_, call, absl::Seconds(20),
                 [&](absl::Status status, const auto&) { answers.Add(status.ToString()); });
  ASSERT_TRUE(answers.WaitForSize(1));
  EXPECT_THAT(answers.lines()[0], StartsWith("PERMISSION_DENIED"));
}

TEST_F(AgentHostTest, DialsTheMasterAndTellsHowItGoes) {
  RunAndWait(executor_, "dial", [&] {
    transport_->SetMaster({"127.0.0.1:1", std::nullopt});
    transport_->Perform(OpenMasterLink{SessionId{1}});
    transport_->Perform(
        SendToMaster{SessionId{1}, std::make_shared<const internal::AgentMessage>()});
  });
  ASSERT_TRUE(events_.WaitForLine("link closed"));
  EXPECT_THAT(events_.lines()[0], StartsWith("link closed UNAVAILABLE: cannot connect to"));

  rpc::Server master(executor_);
  rpc::StreamAcceptor<internal::AgentMessage, internal::MasterMessage> acceptor;
  std::unique_ptr<rpc::Stream<internal::MasterMessage>> session;
  acceptor.opened = [&](SessionId, auto stream, const auth::Credentials&) {
    session = std::move(stream);
    auto ping = std::make_shared<internal::MasterMessage>();
    ping->mutable_ping()->set_sequence(7);
    session->Send(std::move(ping));
  };
  acceptor.message = [](SessionId, std::shared_ptr<const internal::AgentMessage>) {};
  acceptor.closed = [&](SessionId, absl::Status) { session.reset(); };
  master.ServeAgentLink(std::move(acceptor));
  ASSERT_TRUE(master.Start("127.0.0.1:0").ok());
  RunAndWait(executor_, "dial", [&] {
    transport_->SetMaster({"127.0.0.1:" + std::to_string(master.port()), std::nullopt});
    transport_->Perform(OpenMasterLink{SessionId{2}});
  });
  EXPECT_TRUE(events_.WaitForLine("link opened"));
  EXPECT_TRUE(events_.WaitForLine("master ping { sequence: 7 }"));
  RunAndWait(executor_, "end", [&] { session.reset(); });
  EXPECT_TRUE(events_.WaitFor([](const auto& lines) {
    return std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
             return line.rfind("link closed", 0) == 0;
           }) == 2;
  }));
  master.Shutdown();
}

}  // namespace
}  // namespace mesos::agent
