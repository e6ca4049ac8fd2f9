#include <unistd.h>

#include <string>
#include <vector>

#include "common/rpc/peer.h"
#include "mesos/v1/master/master.pb.h"
#include "tests/unit/rpc/rpc_fixture.h"

namespace mesos::rpc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

TEST_F(RpcTest, CarriesMessagesBothWaysInOrder) {
  StartServer();
  constexpr int kMessages = 5000;
  on_call_ = [&](SessionId id, const v1::scheduler::Call& call) {
    sessions_[id]->Send(EventNamed("echo " + call.framework_id().value()));
  };
  Dial(target_);
  Run([&] {
    for (int i = 0; i < kMessages; ++i) clients_[0]->Send(CallNamed(std::to_string(i)));
  });
  ASSERT_TRUE(client_log_.WaitForSize(1 + kMessages));
  const std::vector<std::string> lines = client_log_.lines();
  EXPECT_EQ(lines[0], "opened");
  for (int i = 0; i < kMessages; ++i) ASSERT_EQ(lines[i + 1], "echo " + std::to_string(i));
  EXPECT_THAT(server_log_.lines(), ElementsAre("opened 127.0.0.1"));
}

TEST_F(RpcTest, CarriesMessagesOverAUnixSocket) {
  char directory[] = "/tmp/mesos-rpc-test-XXXXXX";
  ASSERT_NE(mkdtemp(directory), nullptr);
  StartServer(std::string("unix:") + directory + "/socket");
  EXPECT_EQ(server_->port(), 0);
  Dial(target_);
  Run([&] { clients_[0]->Send(CallNamed("hello")); });
  ASSERT_TRUE(server_log_.WaitForSize(2));
  EXPECT_THAT(server_log_.lines(), ElementsAre("opened ", "hello"));
  Run([&] { clients_.clear(); });
  server_->Shutdown();
  unlink((std::string(directory) + "/socket").c_str());
  EXPECT_EQ(rmdir(directory), 0);
}

TEST_F(RpcTest, ServerCloseDeliversWhatWasSentAndThenTheStatus) {
  StartServer();
  on_call_ = [&](SessionId id, const v1::scheduler::Call&) {
    sessions_[id]->Send(EventNamed("a"));
    sessions_[id]->Send(EventNamed("b"));
    sessions_[id]->Close(absl::PermissionDeniedError("framework f is not welcome"));
    sessions_[id]->Send(EventNamed("after close"));
    sessions_.erase(id);
  };
  Dial(target_);
  Run([&] { clients_[0]->Send(CallNamed("x")); });
  ASSERT_TRUE(client_log_.WaitForLine("closed"));
  EXPECT_THAT(
      client_log_.lines(),
      ElementsAre("opened", "a", "b", "closed PERMISSION_DENIED: framework f is not welcome"));
  // The one who drops a stream hears nothing of it any more.
  EXPECT_THAT(server_log_.lines(), ElementsAre("opened 127.0.0.1"));
}

TEST_F(RpcTest, ClientCloseDeliversWhatWasSent) {
  StartServer();
  Dial(target_);
  Run([&] {
    for (int i = 0; i < 3; ++i) clients_[0]->Send(CallNamed(std::to_string(i)));
    clients_[0]->Close(absl::OkStatus());
  });
  ASSERT_TRUE(client_log_.WaitForLine("closed"));
  EXPECT_THAT(client_log_.lines(), ElementsAre("opened", "closed OK"));
  ASSERT_TRUE(server_log_.WaitForLine("closed"));
  EXPECT_THAT(server_log_.lines(), ElementsAre("opened 127.0.0.1", "0", "1", "2", "closed OK"));
}

TEST_F(RpcTest, DestroyingAClientStillDeliversWhatWasSentAndSilencesItsObserver) {
  StartServer();
  Dial(target_);
  ASSERT_TRUE(client_log_.WaitForLine("opened"));
  Run([&] {
    clients_[0]->Send(CallNamed("last words"));
    clients_.clear();
  });
  ASSERT_TRUE(server_log_.WaitForLine("closed"));
  EXPECT_THAT(server_log_.lines(), ElementsAre("opened 127.0.0.1", "last words", "closed OK"));
  Run([] {});
  EXPECT_THAT(client_log_.lines(), ElementsAre("opened"));
}

TEST_F(RpcTest, AStreamMayBeDestroyedInItsOwnObserver) {
  StartServer();
  on_call_ = [&](SessionId id, const v1::scheduler::Call&) {
    for (int i = 0; i < 10; ++i) sessions_[id]->Send(EventNamed(std::to_string(i)));
  };
  on_event_ = [&](const v1::scheduler::Event& event) {
    client_log_.Add(event.error().message());
    if (event.error().message() == "3") clients_.clear();
  };
  Dial(target_);
  Run([&] { clients_[0]->Send(CallNamed("x")); });
  ASSERT_TRUE(server_log_.WaitForLine("closed"));
  EXPECT_THAT(client_log_.lines(), ElementsAre("opened", "0", "1", "2", "3"));
}

TEST_F(RpcTest, ARefusedConnectionIsUnavailableAndNamesTheTarget) {
  StartServer();
  const std::string target = target_;
  server_->Shutdown();
  const absl::Time start = executor_.Now();
  Dial(target);
  Run([&] { clients_[0]->Send(CallNamed("x")); });
  ASSERT_TRUE(client_log_.WaitForLine("closed"));
  EXPECT_LT(executor_.Now() - start, absl::Seconds(3));
  ASSERT_EQ(client_log_.lines().size(), 1u);
  EXPECT_THAT(client_log_.lines()[0],
              StartsWith("closed UNAVAILABLE: cannot connect to " + target));
}

TEST_F(RpcTest, ALostServerIsUnavailable) {
  StartServer();
  Dial(target_);
  ASSERT_TRUE(client_log_.WaitForLine("opened"));
  server_->Shutdown();
  ASSERT_TRUE(client_log_.WaitForLine("closed"));
  EXPECT_THAT(client_log_.lines()[1], StartsWith("closed "));
  EXPECT_THAT(client_log_.lines()[1], testing::Not(HasSubstr("OK")));
}

TEST_F(RpcTest, AnUnservedMethodIsUnimplemented) {
  StartServer();
  Journal log;
  std::unique_ptr<Stream<internal::AgentMessage>> link;
  Run([&] {
    StreamObserver<internal::MasterMessage> observer;
    observer.closed = [&](absl::Status status) { log.Add(status.ToString()); };
    link = DialAgentLink(target_, executor_, std::move(observer));
  });
  ASSERT_TRUE(log.WaitForSize(1));
  EXPECT_THAT(log.lines()[0], StartsWith("UNIMPLEMENTED: this daemon does not serve /mesos.rpc."));
  Run([&] { link.reset(); });
}

TEST_F(RpcTest, ManySessionsAreApart) {
  StartServer();
  on_call_ = [&](SessionId id, const v1::scheduler::Call& call) {
    sessions_[id]->Send(EventNamed(call.framework_id().value()));
  };
  constexpr int kClients = 50;
  for (int i = 0; i < kClients; ++i) Dial(target_);
  Run([&] {
    for (int i = 0; i < kClients; ++i) clients_[i]->Send(CallNamed("m" + std::to_string(i)));
  });
  ASSERT_TRUE(client_log_.WaitForSize(2 * kClients));
  std::vector<std::string> messages;
  for (const std::string& line : client_log_.lines()) {
    if (line != "opened") messages.push_back(line);
  }
  std::vector<std::string> wanted;
  for (int i = 0; i < kClients; ++i) wanted.push_back("m" + std::to_string(i));
  EXPECT_THAT(messages, testing::UnorderedElementsAreArray(wanted));
  Run([&] { EXPECT_EQ(sessions_.size(), static_cast<size_t>(kClients)); });
}

TEST_F(RpcTest, AnswersOperatorCalls) {
  Server server(executor_);
  server.ServeOperator(
      [](std::shared_ptr<const v1::master::Call> call, const auth::Credentials&, auto answer) {
        if (call->type() == v1::master::Call::GET_HEALTH) {
          auto response = std::make_shared<v1::master::Response>();
          response->set_type(v1::master::Response::GET_HEALTH);
          response->mutable_get_health()->set_healthy(true);
          answer(absl::OkStatus(), response);
        } else if (call->type() == v1::master::Call::GET_FLAGS) {
          answer(absl::NotFoundError("no flags"), nullptr);
        }
        // Everything else is dropped.
      });
  ASSERT_TRUE(server.Start("127.0.0.1:0").ok());
  const std::string target = "127.0.0.1:" + std::to_string(server.port());
  Journal log;
  for (v1::master::Call::Type type :
       {v1::master::Call::GET_HEALTH, v1::master::Call::GET_FLAGS, v1::master::Call::GET_STATE}) {
    Run([&] {
      v1::master::Call call;
      call.set_type(type);
      CallMaster(target, executor_, call, absl::Seconds(20),
                 [&, type](absl::Status status, std::shared_ptr<const v1::master::Response> reply) {
                   log.Add(v1::master::Call::Type_Name(type) + " " + status.ToString() +
                           (reply && reply->get_health().healthy() ? " healthy" : ""));
                 });
    });
  }
  ASSERT_TRUE(log.WaitForSize(3));
  EXPECT_THAT(log.lines(), testing::UnorderedElementsAre(
                               "GET_HEALTH OK healthy", "GET_FLAGS NOT_FOUND: no flags",
                               "GET_STATE INTERNAL: the call was dropped unanswered"));
  server.Shutdown();
}

TEST_F(RpcTest, AnOperatorCallToNobodyNamesTheTarget) {
  Journal log;
  Run([&] {
    v1::master::Call call;
    call.set_type(v1::master::Call::GET_HEALTH);
    CallMaster("127.0.0.1:1", executor_, call, absl::Seconds(20),
               [&](absl::Status status, auto) { log.Add(status.ToString()); });
  });
  ASSERT_TRUE(log.WaitForSize(1));
  EXPECT_THAT(log.lines()[0], StartsWith("UNAVAILABLE: cannot connect to 127.0.0.1:1"));
}

TEST_F(RpcTest, APortInUseIsNamed) {
  StartServer();
  Server second(executor_);
  const absl::Status status = second.Start(target_);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("port " + std::to_string(server_->port()) + " is in use"));
}

TEST_F(RpcTest, AnAddressThatCannotBeServedIsNamed) {
  for (const auto& [address, reason] : std::vector<std::pair<std::string, std::string>>{
           {"192.0.2.1:0", "no such address"},
           {"unix:/no/such/directory/socket", "No such file"},
           {"unix:/tmp/" + std::string(200, 'x'), "Unix socket"}}) {
    Server server(executor_);
    const absl::Status status = server.Start(address);
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << address;
    EXPECT_THAT(std::string(status.message()), HasSubstr(address));
    EXPECT_THAT(std::string(status.message()), HasSubstr(reason));
  }
}

TEST(PeerIpTest, ReadsTheForms) {
  EXPECT_EQ(PeerIp("ipv4:10.0.0.1:41234"), "10.0.0.1");
  EXPECT_EQ(PeerIp("ipv6:%5B::1%5D:41234"), "::1");
  EXPECT_EQ(PeerIp("ipv6:[fe80::1]:1"), "fe80::1");
  EXPECT_EQ(PeerIp("ipv6:%5B::ffff:10.0.0.2%5D:1"), "10.0.0.2");
  EXPECT_EQ(PeerIp("unix:/tmp/x"), "");
  EXPECT_EQ(PeerIp("ipv4:"), "");
  EXPECT_EQ(PeerIp(""), "");
}

}  // namespace
}  // namespace mesos::rpc
