// Big bodies: pulled by the reader's pace, compressed where the client takes it.

#include <poll.h>
#include <pthread.h>
#include <zlib.h>

#include <atomic>
#include <random>

#include "common/net/gzip_writer.h"
#include "tests/unit/net/http_fixture.h"

namespace mesos::net {
namespace {

std::string Gunzip(const std::string& packed) {
  z_stream stream = {};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string out;
  int result = Z_OK;
  while (result == Z_OK) {
    char bytes[65536];
    stream.next_out = reinterpret_cast<Bytef*>(bytes);
    stream.avail_out = sizeof(bytes);
    result = inflate(&stream, Z_NO_FLUSH);
    out.append(bytes, sizeof(bytes) - stream.avail_out);
  }
  EXPECT_EQ(result, Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0u);
  inflateEnd(&stream);
  return out;
}

// What CountedSource makes.
std::string Pieces(int pieces, size_t size) {
  std::string out;
  CountedSource source(pieces, size);
  while (source.Next(out)) {
  }
  return out;
}

std::string ThreadName() {
  char name[16] = {};
  pthread_getname_np(pthread_self(), name, sizeof(name));
  return name;
}

class HttpBodyTest : public HttpServerTest {
 protected:
  void StartPulled(int pieces, size_t size, std::function<void(int)> made = nullptr) {
    Start([=](const HttpRequest&, Responder responder) {
      responder.RespondFrom({{"Content-Type", "application/json"}},
                            std::make_unique<CountedSource>(pieces, size, made));
    });
  }
};

TEST_F(HttpBodyTest, PullsABodyPieceByPiece) {
  StartPulled(40, 70'000);
  RawClient client = Connect();
  for (int i = 0; i < 2; ++i) {
    client.Send("GET / HTTP/1.1\r\n\r\n");
    const RawAnswer answer = client.ReadAnswer();
    EXPECT_EQ(answer.headers.at("transfer-encoding"), "chunked");
    EXPECT_EQ(answer.headers.count("content-length"), 0u);
    EXPECT_EQ(answer.headers.at("content-type"), "application/json");
    EXPECT_TRUE(answer.whole);
    EXPECT_EQ(answer.body, Pieces(40, 70'000));
  }
}

TEST_F(HttpBodyTest, GivesTheLengthOfABodyOfOnePiece) {
  StartPulled(1, 1000);
  const RawAnswer answer = Ask("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(answer.headers.at("content-length"), "1000");
  EXPECT_EQ(answer.body, Pieces(1, 1000));
}

TEST_F(HttpBodyTest, TakesPiecesThatAreEmpty) {
  class Sparse : public BodySource {
   public:
    bool Next(std::string& out) override {
      if (next_ % 3 == 0) out += "piece ";
      return ++next_ < 10;
    }

   private:
    int next_ = 1;
  };
  Start([](const HttpRequest& request, Responder responder) {
    class Empty : public BodySource {
      bool Next(std::string&) override { return false; }
    };
    if (request.path == "/empty") {
      responder.RespondFrom({}, std::make_unique<Empty>());
    } else {
      responder.RespondFrom({}, std::make_unique<Sparse>());
    }
  });
  EXPECT_EQ(Ask("GET / HTTP/1.1\r\n\r\n").body, "piece piece piece ");
  const RawAnswer empty = Ask("GET /empty HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(empty.whole);
  EXPECT_EQ(empty.headers.at("content-length"), "0");
}

TEST_F(HttpBodyTest, PullsABodyForHttp10UntilTheConnectionEnds) {
  StartPulled(10, 100'000);
  const RawAnswer answer = Ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(answer.headers.count("transfer-encoding"), 0u);
  EXPECT_EQ(answer.headers.at("connection"), "close");
  EXPECT_EQ(answer.body, Pieces(10, 100'000));
}

TEST_F(HttpBodyTest, MakesAndDestroysSourcesOnTheReadPool) {
  class Named : public BodySource {
   public:
    explicit Named(Mailbox<std::string>* names) : names_(names) {}
    ~Named() override { names_->Put("destroyed on " + ThreadName()); }
    bool Next(std::string& out) override {
      names_->Put("made on " + ThreadName());
      out.append(1 << 20, 'x');
      return true;
    }

   private:
    Mailbox<std::string>* const names_;
  };
  Mailbox<std::string> names;
  Start([&](const HttpRequest& request, Responder responder) {
    responder.RespondFrom({}, std::make_unique<Named>(&names));
  });
  RawClient client = Connect();
  client.Send("GET / HTTP/1.1\r\n\r\n");
  client.ReadHead();
  EXPECT_EQ(names.Take(), "made on http-read");
  client.Close();
  std::string name;
  while ((name = names.Take()) == "made on http-read") {
  }
  EXPECT_EQ(name, "destroyed on http-read");
  // For HEAD it is not asked for anything.
  EXPECT_EQ(Ask("HEAD / HTTP/1.1\r\n\r\n").status, 200);
  EXPECT_EQ(names.Take(), "destroyed on http-read");
}

TEST_F(HttpBodyTest, MakesNoMoreThanAReaderTakesAndThenCloses) {
  options_.stall_timeout = absl::Milliseconds(300);
  std::atomic<int> made{0};
  StartPulled(1000, 4 << 20, [&](int) { ++made; });
  RawClient client = Connect();
  client.ShrinkReceiveBuffer();
  client.Send("GET / HTTP/1.1\r\n\r\n");
  client.ReadHead();
  EXPECT_TRUE(Eventually([this] { return server_->Stats().connections == 0; }));
  // One in the kernel's buffer, one being written, one ready.
  EXPECT_GE(made, 2);
  EXPECT_LE(made, 4);
}

TEST_F(HttpBodyTest, WaitsForASlowReaderThatReads) {
  options_.stall_timeout = absl::Seconds(2);
  StartPulled(40, 1 << 20);
  RawClient client = Connect();
  client.Send("GET / HTTP/1.1\r\n\r\n");
  client.ReadHead();
  // Some 3.2 seconds for the whole, which is more than it may take for nothing.
  size_t chunks = 0;
  while (std::optional<std::string> chunk = client.ReadChunk()) {
    if (chunk->empty()) break;
    ++chunks;
    poll(nullptr, 0, 80);
  }
  EXPECT_EQ(chunks, 40u);
}

TEST_F(HttpBodyTest, ServesManyReadersOfBigBodiesAtOnce) {
  StartPulled(20, 200'000);
  std::vector<RawClient> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(Connect());
    clients.back().Send("GET / HTTP/1.1\r\nAccept-Encoding: gzip\r\n\r\n");
  }
  const std::string body = Pieces(20, 200'000);
  for (RawClient& client : clients) {
    const RawAnswer answer = client.ReadAnswer();
    EXPECT_EQ(answer.headers.at("content-encoding"), "gzip");
    EXPECT_EQ(Gunzip(answer.body), body);
  }
}

TEST_F(HttpBodyTest, CompressesWhereTheClientTakesIt) {
  const std::string body = Pieces(3, 10'000);
  Start([&](const HttpRequest& request, Responder responder) {
    if (request.path == "/small") {
      responder.Respond(HttpResponse::Json("{}"));
    } else if (request.path == "/packed") {
      responder.Respond({200, {{"content-encoding", "br"}}, body});
    } else {
      responder.Respond(HttpResponse::Json(body));
    }
  });
  RawClient client = Connect();
  const auto ask = [&](absl::string_view method, absl::string_view path, absl::string_view accept) {
    client.Send(
        absl::StrCat(method, " ", path, " HTTP/1.1\r\nAccept-Encoding: ", accept, "\r\n\r\n"));
    return client.ReadAnswer(method == "HEAD");
  };
  const RawAnswer packed = ask("GET", "/", "deflate, gzip;q=0.5");
  EXPECT_EQ(packed.headers.at("content-encoding"), "gzip");
  EXPECT_EQ(packed.headers.at("content-type"), "application/json");
  EXPECT_EQ(packed.headers.at("content-length"), absl::StrCat(packed.body.size()));
  EXPECT_LT(packed.body.size(), 1000u);
  EXPECT_EQ(Gunzip(packed.body), body);
  EXPECT_EQ(ask("HEAD", "/", "gzip").headers.at("content-length"),
            packed.headers.at("content-length"));

  for (const char* accept : {"deflate", "gzip;q=0", "identity"}) {
    const RawAnswer plain = ask("GET", "/", accept);
    EXPECT_EQ(plain.headers.count("content-encoding"), 0u) << accept;
    EXPECT_EQ(plain.body, body);
  }
  EXPECT_EQ(ask("GET", "/small", "gzip").body, "{}");
  EXPECT_EQ(ask("GET", "/packed", "gzip").body, body);
}

TEST_F(HttpBodyTest, NeverCompressesAStream) {
  StartStreams();
  RawClient client = Connect();
  client.Send("GET / HTTP/1.1\r\nAccept-Encoding: gzip\r\n\r\n");
  const auto stream = streams_.Take();
  EXPECT_EQ(client.ReadHead().headers.count("content-encoding"), 0u);
  stream->Send(Record("plain"));
  EXPECT_EQ(client.ReadChunk(), "plain");
}

TEST_F(HttpBodyTest, RunsWorkOnTheReadPool) {
  StartEcho();
  Mailbox<std::string> names;
  server_->RunOnReadPool([&] { names.Put(ThreadName()); });
  EXPECT_EQ(names.Take(), "http-read");
  server_->Shutdown();
  server_->RunOnReadPool([&] { names.Put("late"); });
  EXPECT_TRUE(names.empty());
}

TEST_F(HttpBodyTest, ShutsDownAmidBigBodies) {
  StartPulled(1'000'000, 1 << 20);
  std::vector<RawClient> clients;
  for (int i = 0; i < 5; ++i) {
    clients.push_back(Connect());
    clients.back().Send("GET / HTTP/1.1\r\nAccept-Encoding: gzip\r\n\r\n");
    clients.back().ReadHead();
  }
  server_->Shutdown();
}

// The oracle is zlib's own reader.
TEST(GzipWriterPropertyTest, IsReadByZlibWhateverThePieces) {
  std::mt19937 random(3);
  for (int round = 0; round < 50; ++round) {
    GzipWriter gzip;
    std::string plain;
    std::string packed;
    for (int pieces = random() % 10; pieces >= 0; --pieces) {
      std::string piece(random() % 3 == 0 ? 0 : random() % 100'000, 'x');
      for (char& c : piece) c = static_cast<char>(random() % (1 + random() % 256));
      plain += piece;
      gzip.Add(piece, pieces == 0, packed);
    }
    EXPECT_EQ(Gunzip(packed), plain);
  }
}

}  // namespace
}  // namespace mesos::net
