// Bodies of requests that go to their handler as they come.

#include <thread>

#include "absl/status/statusor.h"
#include "tests/unit/net/http_fixture.h"

namespace mesos::net {
namespace {

constexpr char kHead[] = "POST /stream HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";

// A request that the handler got, kept for the test to answer.
struct Arrived {
  std::shared_ptr<BodyStream> body;
  std::shared_ptr<Responder> responder;
};

class HttpRequestBodyTest : public HttpServerTest {
 protected:
  HttpRequestBodyTest() {
    options_.streams_body = [](const HttpRequest& head) { return head.path == "/stream"; };
    Start([this](const HttpRequest& request, Responder responder) {
      if (request.body_stream == nullptr) {
        return responder.Respond(HttpResponse::Text(200, absl::StrCat("whole: ", request.body)));
      }
      arrived_.Put({request.body_stream, std::make_shared<Responder>(std::move(responder))});
    });
  }

  absl::StatusOr<std::string> Next(BodyStream& body) {
    Mailbox<std::shared_ptr<absl::StatusOr<std::string>>> pieces;
    body.Next([&](absl::StatusOr<std::string> piece) {
      pieces.Put(std::make_shared<absl::StatusOr<std::string>>(std::move(piece)));
    });
    const auto piece = pieces.Take();
    return piece == nullptr ? absl::UnknownError("nothing came") : *piece;
  }
  std::string NextBytes(BodyStream& body) {
    const absl::StatusOr<std::string> piece = Next(body);
    EXPECT_TRUE(piece.ok()) << piece.status();
    return piece.value_or("");
  }

  Mailbox<Arrived> arrived_;
};

TEST_F(HttpRequestBodyTest, ComesPieceByPieceAndTheConnectionGoesOn) {
  RawClient client = Connect();
  client.Send(kHead);
  const Arrived request = arrived_.Take();
  client.Send("5\r\nhello\r\n");
  EXPECT_EQ(NextBytes(*request.body), "hello");
  client.Send("3\r\nyou\r\n");
  EXPECT_EQ(NextBytes(*request.body), "you");
  client.Send("0\r\n\r\n");
  EXPECT_EQ(NextBytes(*request.body), "");
  EXPECT_EQ(NextBytes(*request.body), "");
  request.responder->Respond(HttpResponse::Text(200, "taken"));
  EXPECT_EQ(client.ReadAnswer().body, "taken");
  client.Send("POST /other HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi");
  EXPECT_EQ(client.ReadAnswer().body, "whole: hi");
}

TEST_F(HttpRequestBodyTest, ABodyThatCameWithItsHeadIsStreamedToo) {
  RawClient client = Connect();
  client.Send(
      "POST /stream HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"
      "POST /other HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi");
  const Arrived request = arrived_.Take();
  EXPECT_EQ(NextBytes(*request.body), "hello");
  EXPECT_EQ(NextBytes(*request.body), "");
  request.responder->Respond(HttpResponse::Text(200, "taken"));
  EXPECT_EQ(client.ReadAnswer().body, "taken");
  EXPECT_EQ(client.ReadAnswer().body, "whole: hi");
}

TEST_F(HttpRequestBodyTest, HasNoBoundWhileOtherBodiesHave) {
  const size_t size = 3 * limits::kMaxHttpBodyBytes;
  RawClient client = Connect();
  std::thread sender([&] {
    client.Send(absl::StrCat("POST /stream HTTP/1.1\r\nContent-Length: ", size, "\r\n\r\n"));
    const std::string piece(1 << 20, 'x');
    for (size_t sent = 0; sent < size; sent += piece.size()) client.Send(piece);
  });
  const Arrived request = arrived_.Take();
  size_t taken = 0;
  while (true) {
    const std::string piece = NextBytes(*request.body);
    if (piece.empty()) break;
    taken += piece.size();
  }
  sender.join();
  EXPECT_EQ(taken, size);
  request.responder->Respond(HttpResponse::Text(200, "taken"));
  EXPECT_EQ(client.ReadAnswer().status, 200);
  const RawAnswer other =
      Ask(absl::StrCat("POST /other HTTP/1.1\r\nContent-Length: ", size, "\r\n\r\n"));
  EXPECT_EQ(other.status, 413);
}

TEST_F(HttpRequestBodyTest, GoesOnWhileTheAnswerStreams) {
  RawClient client = Connect();
  client.Send(kHead);
  const Arrived request = arrived_.Take();
  Mailbox<int> closed;
  std::unique_ptr<EventStream> answer =
      request.responder->StartStream({}, [&](absl::Status) { closed.Put(1); });
  EXPECT_EQ(client.ReadHead().status, 200);
  for (const char* word : {"one", "two"}) {
    client.Send(absl::StrCat("3\r\n", word, "\r\n"));
    answer->Send(std::make_shared<const std::string>(NextBytes(*request.body)));
    EXPECT_EQ(client.ReadChunk(), word);
  }
  client.Close();
  EXPECT_EQ(Next(*request.body).status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(closed.Take(), 1);
}

TEST_F(HttpRequestBodyTest, AnAnswerAheadOfItsEndEndsTheConnection) {
  RawClient client = Connect();
  client.Send(kHead);
  const Arrived request = arrived_.Take();
  Mailbox<absl::Status> waiting;
  request.body->Next([&](absl::StatusOr<std::string> piece) { waiting.Put(piece.status()); });
  request.responder->Respond(HttpResponse::Text(400, "enough"));
  const RawAnswer answer = client.ReadAnswer();
  EXPECT_EQ(answer.body, "enough");
  EXPECT_EQ(waiting.Take().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(Next(*request.body).status().code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(HttpRequestBodyTest, SaysWhereItIsCutOffOrNoBodyAtAll) {
  RawClient cut = Connect();
  cut.Send(absl::StrCat(kHead, "5\r\nhel"));
  const Arrived first = arrived_.Take();
  EXPECT_EQ(NextBytes(*first.body), "hel");
  cut.Close();
  EXPECT_EQ(Next(*first.body).status().code(), absl::StatusCode::kCancelled);

  RawClient broken = Connect();
  broken.Send(absl::StrCat(kHead, "5\r\nhello\r\n"));
  const Arrived second = arrived_.Take();
  EXPECT_EQ(NextBytes(*second.body), "hello");
  broken.Send("no chunk at all\r\n");
  EXPECT_EQ(Next(*second.body).status().code(), absl::StatusCode::kInvalidArgument);
  second.responder->Respond(HttpResponse::Text(400, "no body"));
  EXPECT_EQ(broken.ReadAnswer().body, "no body");
  EXPECT_TRUE(broken.AtEnd());
}

TEST_F(HttpRequestBodyTest, AsksTheClientToContinueOnceItIsWanted) {
  RawClient client = Connect();
  client.Send("POST /stream HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  const Arrived request = arrived_.Take();
  Mailbox<std::string> pieces;
  request.body->Next([&](absl::StatusOr<std::string> piece) { pieces.Put(piece.value_or("?")); });
  EXPECT_EQ(client.ReadBytes(25), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("hello");
  EXPECT_EQ(pieces.Take(), "hello");
  request.responder->Respond(HttpResponse::Text(200, "taken"));
  EXPECT_EQ(client.ReadAnswer().body, "taken");
}

TEST_F(HttpRequestBodyTest, IsReadByOneAtATime) {
  RawClient client = Connect();
  client.Send(kHead);
  const Arrived request = arrived_.Take();
  Mailbox<std::string> pieces;
  request.body->Next([&](absl::StatusOr<std::string> piece) { pieces.Put(piece.value_or("?")); });
  EXPECT_EQ(Next(*request.body).status().code(), absl::StatusCode::kFailedPrecondition);
  client.Send("5\r\nhello\r\n");
  EXPECT_EQ(pieces.Take(), "hello");
}

}  // namespace
}  // namespace mesos::net
