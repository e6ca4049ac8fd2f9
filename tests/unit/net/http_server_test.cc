#include "common/net/http_server.h"

#include <thread>

#include "absl/strings/match.h"
#include "tests/unit/net/http_fixture.h"

namespace mesos::net {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

TEST_F(HttpServerTest, AnswersAGet) {
  Mailbox<HttpRequest> requests;
  Start([&](const HttpRequest& request, Responder responder) {
    requests.Put(request);
    responder.Respond({200, {{"Content-Type", "text/html"}}, "<html>"});
  });
  const RawAnswer answer =
      Ask("GET /files%2fread/a%20b?path=%2Fa+b&x HTTP/1.1\r\nHost: localhost\r\nX-A: 1\r\nx-a: "
          "2\r\n\r\n");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.version, "HTTP/1.1");
  EXPECT_EQ(answer.body, "<html>");
  EXPECT_EQ(answer.headers.at("content-type"), "text/html");
  EXPECT_EQ(answer.headers.at("content-length"), "6");
  EXPECT_THAT(answer.headers.at("date"), testing::MatchesRegex("..., .. ... .... ..:..:.. GMT"));
  EXPECT_EQ(answer.headers.count("connection"), 0u);

  const HttpRequest request = requests.Take();
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.target, "/files%2fread/a%20b?path=%2Fa+b&x");
  EXPECT_EQ(request.path, "/files/read/a b");
  EXPECT_THAT(request.query, ElementsAre(Pair("path", "/a b"), Pair("x", "")));
  EXPECT_THAT(request.headers,
              ElementsAre(Pair("Host", "localhost"), Pair("X-A", "1"), Pair("x-a", "2")));
  EXPECT_EQ(request.Header("X-a"), "2");
  EXPECT_EQ(request.peer.ip, "127.0.0.1");
  EXPECT_FALSE(request.accepts_gzip);
}

TEST_F(HttpServerTest, KeepsAConnectionAlive) {
  StartEcho();
  RawClient client = Connect();
  for (int i = 0; i < 3; ++i) {
    client.Send(absl::StrCat("POST /", i, " HTTP/1.1\r\nContent-Length: 2\r\n\r\nab"));
    EXPECT_EQ(client.ReadAnswer().body, absl::StrCat("POST /", i, " ab"));
  }
  EXPECT_EQ(server_->Stats().connections, 1u);
  EXPECT_EQ(server_->Stats().responses[2], 3u);
}

TEST_F(HttpServerTest, ClosesWhenTheClientAsksForIt) {
  StartEcho();
  RawClient client = Connect();
  client.Send("GET /a HTTP/1.1\r\nConnection: close\r\n\r\n");
  const RawAnswer answer = client.ReadAnswer();
  EXPECT_EQ(answer.body, "GET /a ");
  EXPECT_EQ(answer.headers.at("connection"), "close");
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(HttpServerTest, KeepsAnHttp10ConnectionAliveOnlyWhereAsked) {
  StartEcho();
  RawClient once = Connect();
  once.Send("GET /a HTTP/1.0\r\n\r\n");
  EXPECT_EQ(once.ReadAnswer().body, "GET /a ");
  EXPECT_TRUE(once.AtEnd());

  RawClient client = Connect();
  for (int i = 0; i < 2; ++i) {
    client.Send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const RawAnswer answer = client.ReadAnswer();
    EXPECT_EQ(answer.body, "GET /a ");
    EXPECT_EQ(answer.headers.at("connection"), "keep-alive");
  }
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  // The first answer is given last.
  Mailbox<Responder*> first;
  std::vector<std::unique_ptr<Responder>> held;
  Start([&](const HttpRequest& request, Responder responder) {
    if (request.path == "/0") {
      held.push_back(std::make_unique<Responder>(std::move(responder)));
      first.Put(held.back().get());
    } else {
      responder.Respond(HttpResponse::Text(200, request.path));
    }
  });
  RawClient client = Connect();
  std::string requests;
  for (int i = 0; i < 500; ++i) absl::StrAppend(&requests, "GET /", i, " HTTP/1.1\r\n\r\n");
  client.Send(requests);
  first.Take()->Respond(HttpResponse::Text(200, "late"));
  EXPECT_EQ(client.ReadAnswer().body, "late");
  for (int i = 1; i < 500; ++i) ASSERT_EQ(client.ReadAnswer().body, absl::StrCat("/", i));
}

TEST_F(HttpServerTest, AnswersFromAnyThread) {
  std::vector<std::thread> threads;
  Start([&](const HttpRequest& request, Responder responder) {
    threads.emplace_back([path = request.path, responder = std::move(responder)]() mutable {
      responder.Respond(HttpResponse::Text(200, path));
    });
  });
  RawClient client = Connect();
  for (int i = 0; i < 20; ++i) {
    client.Send(absl::StrCat("GET /", i, " HTTP/1.1\r\n\r\n"));
    EXPECT_EQ(client.ReadAnswer().body, absl::StrCat("/", i));
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(HttpServerTest, Answers500WhereTheResponderIsDropped) {
  Start([](const HttpRequest&, Responder) {});
  const RawAnswer answer = Ask("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(answer.status, 500);
  EXPECT_THAT(answer.body, HasSubstr("not answered"));
}

TEST_F(HttpServerTest, AnswersHeadWithoutABody) {
  Start([](const HttpRequest& request, Responder responder) {
    if (request.path == "/stream") {
      responder.StartStream({}, nullptr);
    } else if (request.path == "/pulled") {
      responder.RespondFrom({}, std::make_unique<CountedSource>(3, 100));
    } else {
      responder.Respond(HttpResponse::Text(200, "body"));
    }
  });
  RawClient client = Connect();
  for (const char* path : {"/whole", "/pulled", "/stream", "/whole"}) {
    client.Send(absl::StrCat("HEAD ", path, " HTTP/1.1\r\n\r\n"));
    const RawAnswer answer = client.ReadAnswer(true);
    EXPECT_EQ(answer.status, 200) << path;
    if (absl::StrContains(path, "whole")) {
      EXPECT_EQ(answer.headers.at("content-length"), "4");
    }
  }
}

TEST_F(HttpServerTest, GivesNoBodyWithStatus204) {
  Start([](const HttpRequest&, Responder responder) { responder.Respond({204, {}, "dropped"}); });
  RawClient client = Connect();
  client.Send("GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n");
  for (int i = 0; i < 2; ++i) {
    const RawAnswer answer = client.ReadAnswer();
    EXPECT_EQ(answer.status, 204);
    EXPECT_EQ(answer.headers.count("content-length"), 0u);
  }
}

TEST_F(HttpServerTest, AnswersAcceptedWithAnEmptyBody) {
  Start([](const HttpRequest&, Responder responder) { responder.Respond({202, {}, ""}); });
  const RawAnswer answer = Ask("POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.headers.at("content-length"), "0");
}

TEST_F(HttpServerTest, LeavesNoWayToEndAHeaderEarly) {
  Start([](const HttpRequest& request, Responder responder) {
    responder.Respond({200, {{"Location", *request.Query("to")}}, ""});
  });
  const RawAnswer answer = Ask("GET /?to=a%0D%0ASet-Cookie:%20b%0D%0A%0D%0Ac HTTP/1.1\r\n\r\n");
  EXPECT_EQ(answer.headers.at("location"), "aSet-Cookie: bc");
  EXPECT_EQ(answer.headers.count("set-cookie"), 0u);
}

// A client that half-closes after its request still gets the answer.
TEST_F(HttpServerTest, AnswersAClientThatHasFinishedSending) {
  Mailbox<std::unique_ptr<Responder>> held;
  Start([&](const HttpRequest&, Responder responder) {
    held.Put(std::make_unique<Responder>(std::move(responder)));
  });
  RawClient client = Connect();
  client.Send("GET / HTTP/1.1\r\n\r\n");
  client.FinishSending();
  held.Take()->Respond(HttpResponse::Text(200, "late"));
  EXPECT_EQ(client.ReadAnswer().body, "late");
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(HttpServerTest, ListensOnIpv6) {
  StartOn("[::]:0", [](const HttpRequest& request, Responder responder) {
    responder.Respond(HttpResponse::Text(200, request.peer.ip));
  });
  RawClient client = RawClient::ToPort6(server_->port());
  client.Send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.ReadAnswer().body, "::1");
  // IPv4 comes in there too, and is written as such.
  EXPECT_EQ(Ask("GET / HTTP/1.1\r\n\r\n").body, "127.0.0.1");
}

TEST_F(HttpServerTest, ListensOnAUnixSocketAndATcpPort) {
  const std::string path = testing::TempDir() + "/http_server_test.sock";
  StartOn("unix:" + path, [](const HttpRequest& request, Responder responder) {
    responder.Respond(HttpResponse::Text(200, absl::StrCat("ip '", request.peer.ip, "'")));
  });
  EXPECT_EQ(server_->port(), 0);
  ASSERT_TRUE(server_->Listen("127.0.0.1:0").ok());
  RawClient client = RawClient::ToPath(path);
  client.Send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.ReadAnswer().body, "ip ''");
  EXPECT_EQ(Ask("GET / HTTP/1.1\r\n\r\n").body, "ip '127.0.0.1'");
  server_->Shutdown();
  EXPECT_EQ(RawClient::ToPath(path).fd(), -1);
}

TEST_F(HttpServerTest, SaysWhyItCannotListen) {
  StartEcho();
  HttpServer second({}, [](HttpRequest, Responder) {});
  const std::string taken = absl::StrCat("127.0.0.1:", server_->port());
  const absl::Status in_use = second.Listen(taken);
  EXPECT_TRUE(absl::IsUnavailable(in_use));
  EXPECT_THAT(std::string(in_use.message()),
              testing::AllOf(HasSubstr(taken), HasSubstr("in use by another process")));
  EXPECT_THAT(std::string(second.Listen("192.0.2.1:0").message()), HasSubstr("no such address"));
  EXPECT_THAT(std::string(second.Listen("127.0.0.1").message()), HasSubstr("names no port"));
  EXPECT_TRUE(absl::IsUnavailable(second.Listen("127.0.0.1:http2")));
  EXPECT_TRUE(absl::IsUnavailable(second.Listen("unix:" + std::string(200, 'a'))));
  EXPECT_TRUE(absl::IsUnavailable(second.Listen("unix:/dev/null/nobody")));
  EXPECT_EQ(second.port(), 0);
}

TEST_F(HttpServerTest, ShutsDownWithRequestsUnanswered) {
  Mailbox<std::unique_ptr<Responder>> held;
  Start([&](const HttpRequest&, Responder responder) {
    held.Put(std::make_unique<Responder>(std::move(responder)));
  });
  RawClient client = Connect();
  client.Send("GET / HTTP/1.1\r\n\r\n");
  const std::unique_ptr<Responder> responder = held.Take();
  server_->Shutdown();
  EXPECT_TRUE(client.AtEnd());
  responder->Respond(HttpResponse::Text(200, "nobody reads it"));
  server_ = nullptr;
}

}  // namespace
}  // namespace mesos::net
