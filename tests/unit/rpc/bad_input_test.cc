#include <random>
#include <string>
#include <vector>

#include "common/base/limits.h"
#include "tests/unit/rpc/raw_peers.h"
#include "tests/unit/rpc/rpc_fixture.h"

namespace mesos::rpc {
namespace {

using testing::HasSubstr;

class BadInputTest : public RpcTest {
 protected:
  // That the server still takes and answers a well-behaved client.
  void ExpectServes() {
    Dial(target_);
    Run([&] { clients_.back()->Send(CallNamed("still here")); });
    EXPECT_TRUE(server_log_.WaitForLine("still here"));
  }
};

TEST_F(BadInputTest, GarbageOnThePortIsDropped) {
  StartServer();
  std::mt19937 random(7);
  std::vector<std::string> openings = {
      "",
      "\n",
      "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") + std::string(200, '\xff'),
      std::string(100'000, '\0')};
  for (int i = 0; i < 20; ++i) {
    std::string bytes(1 + random() % 3000, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    openings.push_back(bytes);
  }
  std::vector<std::unique_ptr<RawConnection>> connections;
  for (const std::string& bytes : openings) {
    connections.push_back(std::make_unique<RawConnection>(server_->port()));
    connections.back()->Write(bytes);
  }
  EXPECT_TRUE(connections[2]->WaitForEnd(20'000));  // HTTP/1.1 is told off at once
  ExpectServes();
  connections.clear();
  ExpectServes();
}

TEST_F(BadInputTest, AMalformedFrameEndsTheStreamAndIsNamed) {
  StartServer();
  for (const auto& [bytes, reason] : std::vector<std::pair<std::string, std::string>>{
           {"\xff\xff\xff\xff\xff\xff", "frame around it"},
           {"\x0a\x05\xff", "runs past the end"},
           {"\x0a\x02\xff\xff", "not a protobuf message"}}) {
    RawStream stream(target_, true);
    stream.Write(bytes);
    const grpc::Status status = stream.Finish(kDeadlineSeconds);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_THAT(status.error_message(), HasSubstr("mesos.v1.scheduler.Call"));
    EXPECT_THAT(status.error_message(), HasSubstr(reason));
    EXPECT_TRUE(server_log_.WaitForLine("closed INVALID_ARGUMENT: malformed mesos.v1.scheduler"));
  }
  ExpectServes();
}

TEST_F(BadInputTest, MessagesBeforeAMalformedFrameStillArrive) {
  StartServer();
  RawStream stream(target_, true);
  v1::scheduler::Call call = *CallNamed("good");
  const std::string inner = call.SerializeAsString();
  const std::string good = "\x0a" + std::string(1, static_cast<char>(inner.size())) + inner;
  stream.Write(good + good);
  ASSERT_TRUE(server_log_.WaitForSize(3));
  EXPECT_THAT(server_log_.lines(), testing::ElementsAre("opened 127.0.0.1", "good", "good"));
}

TEST_F(BadInputTest, AFrameThatIsTooLargeEndsTheStream) {
  StartServer();
  RawStream stream(target_, true);
  stream.Write(std::string(limits::kMaxMessageBytes + 1000, 'x'));
  const grpc::Status status = stream.Finish(kDeadlineSeconds);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(server_log_.WaitForLine("closed"));
  ExpectServes();
}

TEST_F(BadInputTest, ALargeMessageWithinTheLimitArrives) {
  StartServer();
  on_call_ = [&](SessionId, const v1::scheduler::Call& call) {
    server_log_.Add("size " + std::to_string(call.framework_id().value().size()));
  };
  Dial(target_);
  const size_t size = limits::kMaxMessageBytes - 100;
  Run([&] { clients_[0]->Send(CallNamed(std::string(size, 'x'))); });
  EXPECT_TRUE(server_log_.WaitForLine("size " + std::to_string(size)));
}

TEST_F(BadInputTest, SendingAMessageThatIsTooLargeFailsOnlyThatStream) {
  StartServer();
  Dial(target_);
  Run([&] { clients_[0]->Send(CallNamed(std::string(limits::kMaxMessageBytes, 'x'))); });
  ASSERT_TRUE(client_log_.WaitForLine("closed RESOURCE_EXHAUSTED"));
  EXPECT_THAT(client_log_.lines().back(), HasSubstr("mesos.v1.scheduler.Call"));
  ExpectServes();
}

TEST_F(BadInputTest, AClientThatNeverReadsIsClosedAtTheBoundAndDelaysNobody) {
  StartServer();
  RawStream stream(target_, false);
  ASSERT_TRUE(server_log_.WaitForLine("opened"));
  SessionId slow;
  absl::Duration longest;
  const auto event = EventNamed(std::string(1 << 20, 'x'));
  // Sixty-four at a time, so that the stream could write in between if the client read.
  size_t sent = 0;
  while (sent < 2 * limits::kMaxSessionQueueBytes) {
    Run([&] {
      slow = last_session_;
      const absl::Time start = executor_.Now();
      for (int i = 0; i < 16 && sessions_.count(slow) > 0; ++i) sessions_[slow]->Send(event);
      longest = std::max(longest, executor_.Now() - start);
    });
    sent += 16 << 20;
  }
  ASSERT_TRUE(server_log_.WaitForLine("closed RESOURCE_EXHAUSTED: the peer reads too slowly"));
  EXPECT_LT(longest, absl::Seconds(1));
  ExpectServes();
}

// Several hundred thousand messages, of which the client takes one after the other.
TEST_F(BadInputTest, ABurstOfManyMessagesReachesAClientThatReads) {
  constexpr int kMessages = 300'000;
  StartServer();
  int received = 0;
  on_event_ = [&](const v1::scheduler::Event&) {
    if (++received == kMessages) client_log_.Add("all");
  };
  Dial(target_);
  ASSERT_TRUE(server_log_.WaitForLine("opened"));
  Run([&] {
    const auto event = EventNamed("x");
    for (int i = 0; i < kMessages; ++i) sessions_.begin()->second->Send(event);
  });
  EXPECT_TRUE(client_log_.WaitForLine("all"));
}

TEST_F(BadInputTest, AClientThatTakesNothingForATimeIsClosed) {
  server_options_.stall_timeout = absl::Milliseconds(200);
  StartServer();
  RawStream stream(target_, false);
  ASSERT_TRUE(server_log_.WaitForLine("opened"));
  // Far below what may be queued, and more than the connection takes.
  Run([&] {
    const auto event = EventNamed(std::string(1 << 20, 'x'));
    for (int i = 0; i < 8; ++i) sessions_.begin()->second->Send(event);
  });
  EXPECT_TRUE(
      server_log_.WaitForLine("closed RESOURCE_EXHAUSTED: the peer has read nothing for 200ms"));
  EXPECT_EQ(server_->stalled_streams(), 1u);
  ExpectServes();
}

TEST_F(BadInputTest, ASilentSessionIsNotAStalledOne) {
  server_options_.stall_timeout = absl::Milliseconds(10);
  StartServer();
  Dial(target_);
  ASSERT_TRUE(server_log_.WaitForLine("opened"));
  for (int i = 0; i < 5; ++i) {
    Run([&] { sessions_.begin()->second->Send(EventNamed("x" + std::to_string(i))); });
    ASSERT_TRUE(client_log_.WaitForLine("x" + std::to_string(i)));
    // Longer than the timeout, by the same timers.
    Journal later;
    Run([&] {
      executor_.RunAt(executor_.Now() + absl::Milliseconds(30), "later",
                      [&] { later.Add("later"); });
    });
    ASSERT_TRUE(later.WaitForLine("later"));
  }
  EXPECT_EQ(server_->stalled_streams(), 0u);
}

TEST_F(BadInputTest, WhenWrittenComesOnceThePeerHasRoom) {
  StartServer();
  RawStream stream(target_, false);
  ASSERT_TRUE(server_log_.WaitForLine("opened"));
  Dial(target_);
  ASSERT_TRUE(client_log_.WaitForLine("opened"));
  Run([&] {
    const auto large = EventNamed(std::string(1 << 20, 'x'));
    EventStream& blocked = *sessions_.begin()->second;
    blocked.WhenWritten([&] { server_log_.Add("nothing was sent"); });
    for (int i = 0; i < 8; ++i) blocked.Send(large);
    blocked.WhenWritten([&] { server_log_.Add("written to who does not read"); });
    EventStream& open = *sessions_[last_session_];
    for (int i = 0; i < 8; ++i) open.Send(large);
    open.WhenWritten([&] { server_log_.Add("written to who reads"); });
  });
  EXPECT_TRUE(server_log_.WaitForLine("nothing was sent"));
  EXPECT_TRUE(server_log_.WaitForLine("written to who reads"));
  for (const std::string& line : server_log_.lines())
    EXPECT_NE(line, "written to who does not read");
}

TEST_F(BadInputTest, AnExecutorThatLagsStopsReading) {
  StartServer();
  RawStream stream(target_, true);
  ASSERT_TRUE(server_log_.WaitForLine("opened"));
  const std::string inner = CallNamed("x")->SerializeAsString();
  const std::string frame = "\x0a" + std::string(1, static_cast<char>(inner.size())) + inner;
  constexpr int kFrames = 10 * limits::kMaxUndeliveredFrames;
  // The executor stands still while the client writes; each write ends when gRPC has taken it.
  Run([&] {
    for (int i = 0; i < kFrames; ++i) ASSERT_TRUE(stream.WriteAndWait(frame, kDeadlineSeconds));
    EXPECT_LE(executor_.queued(), static_cast<size_t>(limits::kMaxUndeliveredFrames));
  });
  EXPECT_TRUE(server_log_.WaitForSize(1 + kFrames));
}

TEST_F(BadInputTest, ACutConnectionClosesBothEnds) {
  StartServer();
  Proxy proxy(server_->port());
  Dial("127.0.0.1:" + std::to_string(proxy.port()));
  ASSERT_TRUE(client_log_.WaitForLine("opened"));
  ASSERT_TRUE(server_log_.WaitForLine("opened"));
  proxy.Cut();
  EXPECT_TRUE(client_log_.WaitForLine("closed UNAVAILABLE: the connection to"));
  EXPECT_TRUE(server_log_.WaitForLine("closed"));
}

TEST_F(BadInputTest, AHalfOpenClientIsNoticed) {
  server_options_ = {.keepalive_interval = absl::Seconds(1), .keepalive_timeout = absl::Seconds(1)};
  StartServer();
  Proxy proxy(server_->port());
  Dial("127.0.0.1:" + std::to_string(proxy.port()));
  ASSERT_TRUE(server_log_.WaitForLine("opened"));
  proxy.Swallow();
  EXPECT_TRUE(server_log_.WaitForLine("closed UNAVAILABLE"));
}

TEST_F(BadInputTest, AServerThatNeverAnswersACloseIsCutOff) {
  StartServer();
  Proxy proxy(server_->port());
  Dial("127.0.0.1:" + std::to_string(proxy.port()));
  ASSERT_TRUE(client_log_.WaitForLine("opened"));
  proxy.Swallow();
  Run([&] { clients_[0]->Close(absl::OkStatus()); });
  EXPECT_TRUE(client_log_.WaitForLine("closed CANCELLED"));
}

}  // namespace
}  // namespace mesos::rpc
