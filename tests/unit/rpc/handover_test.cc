// One port for gRPC and HTTP: what opens with the HTTP/2 preface is handed to the gRPC server.

#include <algorithm>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/net/http_server.h"
#include "common/rpc/peer.h"
#include "tests/unit/net/raw_client.h"
#include "tests/unit/rpc/raw_peers.h"
#include "tests/unit/rpc/rpc_fixture.h"

namespace mesos::rpc {
namespace {

class HandoverTest : public RpcTest {
 protected:
  ~HandoverTest() override {
    Run([&] { clients_.clear(); });
    http_.Shutdown();
  }

  void StartBoth(const std::string& address) {
    StartServer("");
    http_.HandOverHttp2([this](int fd, const std::string& ip, auto ticket) {
      server_->TakeConnection(fd, ip, std::move(ticket));
    });
    const absl::Status status = http_.Listen(address);
    ASSERT_TRUE(status.ok()) << status;
    target_ = address.rfind("unix:", 0) == 0 ? address : absl::StrCat("127.0.0.1:", http_.port());
  }

  net::HttpServer http_{{}, [](net::HttpRequest request, net::Responder responder) {
                          responder.Respond(net::HttpResponse::Text(200, request.path));
                        }};
};

TEST_F(HandoverTest, ServesStreamsAndHttpOverOnePort) {
  StartBoth("127.0.0.1:0");
  Dial(target_);
  ASSERT_TRUE(client_log_.WaitForLine("opened"));
  ASSERT_TRUE(server_log_.WaitForLine("opened 127.0.0.1"));
  net::RawClient http = net::RawClient::ToPort(http_.port());
  for (int i = 0; i < 100; ++i) {
    Run([&] { clients_.back()->Send(CallNamed(absl::StrCat("call ", i))); });
    http.Send(absl::StrCat("GET /", i, " HTTP/1.1\r\n\r\n"));
    EXPECT_EQ(http.ReadAnswer().body, absl::StrCat("/", i));
  }
  ASSERT_TRUE(server_log_.WaitForLine("call 99"));
  Run([&] { sessions_.begin()->second->Send(EventNamed("event")); });
  ASSERT_TRUE(client_log_.WaitForLine("event"));
  EXPECT_EQ(http_.Stats().handed_over_connections, 1u);
  EXPECT_EQ(http_.Stats().connections, 1u);
}

// One at a time: the next stream opens once the message of the one before was handled, or the one
// before has gone.
TEST_F(HandoverTest, TheNextEntersOnceTheOneBeforeHasSpokenOrLeft) {
  StartServer("");
  net::HttpServer narrow({.max_entering = 1, .entering_timeout = absl::Hours(1)},
                         [](net::HttpRequest, net::Responder responder) {
                           responder.Respond(net::HttpResponse::Text(200, "well"));
                         });
  narrow.HandOverHttp2([this](int fd, const std::string& ip, auto ticket) {
    server_->TakeConnection(fd, ip, std::move(ticket));
  });
  ASSERT_TRUE(narrow.Listen("127.0.0.1:0").ok());
  const std::string target = absl::StrCat("127.0.0.1:", narrow.port());
  const auto opened = [&](size_t count) {
    return client_log_.WaitFor([count](const std::vector<std::string>& lines) {
      return static_cast<size_t>(std::count(lines.begin(), lines.end(), "opened")) >= count;
    });
  };
  Dial(target);
  ASSERT_TRUE(opened(1));
  Dial(target);
  while (narrow.Stats().waiting_connections == 0) std::this_thread::yield();
  net::RawClient http = net::RawClient::ToPort(narrow.port());
  http.Send("GET /health HTTP/1.1\r\n\r\n");
  EXPECT_EQ(http.ReadAnswer().body, "well");
  EXPECT_EQ(narrow.Stats().handed_over_connections, 1u);
  Run([&] { clients_.front()->Send(CallNamed("call")); });
  ASSERT_TRUE(opened(2));
  Dial(target);
  while (narrow.Stats().waiting_connections == 0) std::this_thread::yield();
  Run([&] { clients_.erase(clients_.begin() + 1); });
  EXPECT_TRUE(opened(3));
  EXPECT_EQ(narrow.Stats().waiting_connections, 0u);
  narrow.Shutdown();
}

TEST_F(HandoverTest, TellsWhereAnIpv6ConnectionComesFrom) {
  StartBoth("[::]:0");
  Dial(absl::StrCat("[::1]:", http_.port()));
  EXPECT_TRUE(server_log_.WaitForLine("opened ::1"));
  Dial(absl::StrCat("127.0.0.1:", http_.port()));
  EXPECT_TRUE(server_log_.WaitForLine("opened 127.0.0.1"));
}

TEST_F(HandoverTest, ServesAUnixSocket) {
  StartBoth(absl::StrCat("unix:", testing::TempDir(), "/handover_test.sock"));
  Dial(target_);
  ASSERT_TRUE(client_log_.WaitForLine("opened"));
  ASSERT_TRUE(server_log_.WaitForSize(1));
  EXPECT_EQ(server_log_.lines().front(), "opened ");
}

TEST_F(HandoverTest, TellsBothEndsWhenTheOtherLeaves) {
  StartBoth("127.0.0.1:0");
  Dial(target_);
  ASSERT_TRUE(client_log_.WaitForLine("opened"));
  Dial(target_);
  ASSERT_TRUE(server_log_.WaitForSize(2));
  Run([&] { clients_.pop_back(); });
  ASSERT_TRUE(server_log_.WaitForLine("closed"));
  server_->Shutdown();
  EXPECT_TRUE(client_log_.WaitForLine("closed"));
}

// Connection after connection takes the same few descriptors.
TEST_F(HandoverTest, KnowsTheAddressOfAReusedDescriptor) {
  StartBoth("[::]:0");
  for (int i = 0; i < 6; ++i) {
    const bool v6 = i % 2 == 0;
    Dial(absl::StrCat(v6 ? "[::1]:" : "127.0.0.1:", http_.port()));
    ASSERT_TRUE(server_log_.WaitForSize(static_cast<size_t>(2 * i + 1)));
    EXPECT_EQ(server_log_.lines().back(), v6 ? "opened ::1" : "opened 127.0.0.1");
    Run([&] { clients_.clear(); });
    ASSERT_TRUE(server_log_.WaitForSize(static_cast<size_t>(2 * i + 2)));
  }
}

TEST_F(HandoverTest, KeepAliveHoldsForHandedOverConnections) {
  server_options_ = {.keepalive_interval = absl::Seconds(1), .keepalive_timeout = absl::Seconds(1)};
  StartBoth("127.0.0.1:0");
  Proxy proxy(http_.port());
  Dial(absl::StrCat("127.0.0.1:", proxy.port()));
  ASSERT_TRUE(server_log_.WaitForLine("opened"));
  proxy.Swallow();
  EXPECT_TRUE(server_log_.WaitForLine("closed UNAVAILABLE"));
}

TEST_F(HandoverTest, ClosesWhatComesAfterShutdown) {
  StartBoth("127.0.0.1:0");
  server_->Shutdown();
  net::RawClient late = net::RawClient::ToPort(http_.port());
  late.Send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  EXPECT_TRUE(late.AtEnd());
}

TEST(HandedOverPeersTest, KeepsTheLatestAddressOfADescriptor) {
  HandedOverPeers peers;
  EXPECT_EQ(peers.Ip("fd:7"), "");
  peers.Add(7, "10.0.0.1");
  EXPECT_EQ(peers.Ip("fd:7"), "10.0.0.1");
  peers.Add(7, "::1");
  EXPECT_EQ(peers.Ip("fd:7"), "::1");
  EXPECT_EQ(peers.Ip("fd:8"), "");
  EXPECT_EQ(peers.Ip("fd:"), "");
  EXPECT_EQ(peers.Ip("fd:-7"), "");
  EXPECT_EQ(peers.Ip("ipv4:10.0.0.2:7"), "10.0.0.2");
}

}  // namespace
}  // namespace mesos::rpc
