// Requests and clients of every bad kind: refused with the right status and a reason, never crashed
// on, never waited for.

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/limits.h"
#include "common/net/router.h"
#include "tests/unit/net/http_fixture.h"

namespace mesos::net {
namespace {

using ::testing::HasSubstr;

class HttpBadInputTest : public HttpServerTest {
 protected:
  // The server still serves others.
  void ExpectAlive() { EXPECT_EQ(Ask("GET /alive HTTP/1.1\r\n\r\n").body, "GET /alive "); }
};

TEST_F(HttpBadInputTest, Cve2017_7687_AnswersAMalformedPath) {
  StartEcho();
  for (const char* path :
       {"/%", "/%%%%", "/%E4%B", "/%zz", "/a%2", "/%0g", "/a?%", "/a?b=%%", "/%00"}) {
    const RawAnswer answer = Ask(absl::StrCat("GET ", path, " HTTP/1.1\r\n\r\n"));
    EXPECT_EQ(answer.status, 400) << path;
    EXPECT_THAT(answer.body, HasSubstr("Failed to decode the URL")) << path;
    EXPECT_EQ(answer.headers.at("content-type"), "text/plain; charset=utf-8");
  }
  // The request was whole, so the connection goes on.
  RawClient client = Connect();
  client.Send("GET /%zz HTTP/1.1\r\n\r\nGET /good HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.ReadAnswer().status, 400);
  EXPECT_EQ(client.ReadAnswer().body, "GET /good ");
}

TEST_F(HttpBadInputTest, Cve2017_9790_AnswersAnEmptyPath) {
  StartEcho();
  for (const char* target : {"", "?", "#", "?a=b", "http://", "*", "a"}) {
    const RawAnswer answer =
        Ask(absl::StrCat("POST ", target,
                         " HTTP/1.1\r\nUser-Agent: "
                         "libprocess/scheduler(1)@127.0.0.1:1\r\nContent-Length: 0\r\n\r\n"));
    EXPECT_EQ(answer.status, 400) << target;
  }
  ExpectAlive();
}

TEST_F(HttpBadInputTest, TakesTrailersOfAChunkedBody) {
  StartEcho();
  RawClient client = Connect();
  const std::string request =
      "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\nC: d\r\n\r\n";
  client.Send(request);
  EXPECT_EQ(client.ReadAnswer().body, "POST /a abc");
  for (char byte : request) client.Send(absl::string_view(&byte, 1));
  EXPECT_EQ(client.ReadAnswer().body, "POST /a abc");
  client.Send("POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nbroken\r\n\r\n");
  EXPECT_EQ(client.ReadAnswer().status, 400);
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(HttpBadInputTest, RefusesABigBodyAtOnceAndLetsTheClientReadWhy) {
  StartEcho();
  const std::string piece(1 << 20, 'x');
  for (const bool chunked : {false, true}) {
    RawClient client = Connect();
    client.Send(absl::StrCat("POST / HTTP/1.1\r\n",
                             chunked ? "Transfer-Encoding: chunked" : "Content-Length: 104857600",
                             "\r\n\r\n"));
    for (int i = 0; i < 100; ++i) {
      if (chunked) client.Send("100000\r\n");
      ASSERT_TRUE(client.Send(piece)) << i;
      if (chunked) client.Send("\r\n");
    }
    const RawAnswer answer = client.ReadAnswer();
    EXPECT_EQ(answer.status, 413);
    EXPECT_THAT(answer.body, HasSubstr("body has more than 16777216 bytes"));
    EXPECT_EQ(answer.headers.at("connection"), "close");
    client.FinishSending();
    EXPECT_TRUE(client.AtEnd());
  }
  EXPECT_EQ(server_->Stats().responses[4], 2u);
}

TEST_F(HttpBadInputTest, RefusesAHeaderFlood) {
  StartEcho();
  RawClient client = Connect();
  client.Send("GET / HTTP/1.1\r\n");
  for (int i = 0; i < 100'000; ++i) ASSERT_TRUE(client.Send("A: b\r\n"));
  EXPECT_EQ(client.ReadAnswer().status, 431);
}

TEST_F(HttpBadInputTest, AnswersOtherVersionsAndExpectations) {
  StartEcho();
  EXPECT_EQ(Ask("GET / HTTP/3.0\r\n\r\n").status, 505);
  EXPECT_EQ(Ask("POST / HTTP/1.1\r\nExpect: more\r\nContent-Length: 1\r\n\r\n").status, 417);
  EXPECT_EQ(Ask("POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n").status, 501);
  EXPECT_EQ(Ask("\x16\x03\x01 hello\r\n\r\n").status, 400);
}

TEST_F(HttpBadInputTest, ContinuesWhereTheClientWaitsForIt) {
  StartEcho();
  RawClient client = Connect();
  for (int i = 0; i < 2; ++i) {
    client.Send("POST /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    EXPECT_EQ(client.ReadAnswer().status, 100);
    client.Send("abc");
    EXPECT_EQ(client.ReadAnswer().body, "POST /a abc");
  }
  // What would be refused is not asked for.
  client.Send("POST /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 104857600\r\n\r\n");
  EXPECT_EQ(client.ReadAnswer().status, 413);
}

TEST_F(HttpBadInputTest, AnswersAClientThatSendsByteByByteTooSlowly) {
  options_.request_timeout = absl::Milliseconds(300);
  StartEcho();
  RawClient client = Connect();
  const std::string request = "POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n";
  pollfd entry = {client.fd(), POLLIN, 0};
  size_t sent = 0;
  while (poll(&entry, 1, 20) == 0 && sent < 1000) {
    client.Send(sent < request.size() ? request.substr(sent, 1) : "x");
    ++sent;
  }
  const RawAnswer answer = client.ReadAnswer();
  EXPECT_EQ(answer.status, 408);
  EXPECT_THAT(answer.body, HasSubstr("did not come whole within 300ms"));
  EXPECT_LT(sent, 100u);
}

TEST_F(HttpBadInputTest, ClosesAClientThatSaysNothing) {
  options_.request_timeout = absl::Milliseconds(100);
  StartEcho();
  RawClient client = Connect();
  EXPECT_TRUE(client.AtEnd());
  EXPECT_EQ(server_->Stats().responses[4], 0u);
}

TEST_F(HttpBadInputTest, ClosesAnIdleConnection) {
  options_.idle_timeout = absl::Milliseconds(100);
  StartEcho();
  RawClient client = Connect();
  client.Send("GET /a HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.ReadAnswer().body, "GET /a ");
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(HttpBadInputTest, DoesNotLingerForEver) {
  options_.linger_timeout = absl::Milliseconds(100);
  StartEcho();
  RawClient client = Connect();
  client.Send("GET /a HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.ReadAnswer().body, "GET /a ");
  EXPECT_TRUE(Eventually([this] { return server_->Stats().connections == 0; }));
}

TEST_F(HttpBadInputTest, OutlivesClientsThatLeaveAtAnyByte) {
  StartEcho();
  const std::string request =
      "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  for (size_t size = 0; size <= request.size(); ++size) Connect().Send(request.substr(0, size));
  ExpectAlive();
  EXPECT_TRUE(Eventually([this] { return server_->Stats().connections == 0; }));
}

TEST_F(HttpBadInputTest, HoldsBackAClientThatPipelinesAndNeverReads) {
  StartEcho();
  RawClient client = Connect();
  client.ShrinkReceiveBuffer();
  const timeval timeout = {0, 300'000};
  setsockopt(client.fd(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
  std::string requests;
  for (int i = 0; i < 1000; ++i)
    requests += "GET /0123456789012345678901234567890123456789 HTTP/1.1\r\n\r\n";
  int sent = 0;
  while (sent < 4000 && client.Send(requests)) ++sent;
  EXPECT_LT(sent, 4000) << "240 MB were taken without an answer being read";
  ExpectAlive();
}

// HTTP/2 prefaces that come in pieces, and ones that never end.
TEST_F(HttpBadInputTest, WaitsForTheWholePreface) {
  options_.request_timeout = absl::Milliseconds(300);
  Mailbox<std::string> handed;
  take_http2_ = [&](int fd, const std::string& ip, const auto&) {
    char bytes[64];
    const ssize_t size = recv(fd, bytes, sizeof(bytes), 0);
    handed.Put(absl::StrCat(ip, " ", std::string(bytes, static_cast<size_t>(size))));
    close(fd);
  };
  StartEcho();
  RawClient slow = Connect();
  for (char byte : std::string("PRI * HTTP/2.0")) slow.Send(absl::string_view(&byte, 1));
  EXPECT_EQ(handed.Take(), "127.0.0.1 PRI * HTTP/2.0");
  EXPECT_TRUE(slow.AtEnd());
  RawClient stuck = Connect();
  stuck.Send("PRI * HT");
  RawClient almost = Connect();
  almost.Send("PRI ");
  ExpectAlive();
  almost.Send("/a HTTP/1.1\r\n\r\n");
  EXPECT_EQ(almost.ReadAnswer().body, "PRI /a ");
  EXPECT_TRUE(stuck.AtEnd());
  EXPECT_TRUE(Eventually([this] { return server_->Stats().connections < 2; }));
  EXPECT_EQ(server_->Stats().handed_over_connections, 1u);
}

TEST_F(HttpBadInputTest, ClosesHttp2WhereNobodyTakesIt) {
  StartEcho();
  RawClient client = Connect();
  client.Send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  EXPECT_TRUE(client.AtEnd());
}

}  // namespace
}  // namespace mesos::net
