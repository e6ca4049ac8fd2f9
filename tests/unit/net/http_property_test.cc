// Many clients at once, each doing what chance says: whole and chunked requests in random pieces,
// pipelined, big bodies read or abandoned, streams left by either side. Who reads, gets what it
// asked for; in the end nothing is left open.

#include <atomic>
#include <random>
#include <thread>

#include "tests/unit/net/http_fixture.h"

namespace mesos::net {
namespace {

constexpr int kClients = 8;
constexpr int kRounds = 60;

class HttpPropertyTest : public HttpServerTest {
 protected:
  // Answers inline, from the read pool, by a pulled body or by a stream of three records.
  void Answer(const HttpRequest& request, Responder responder) {
    const std::string text = absl::StrCat(request.path, " ", request.body.size());
    if (request.path == "/pulled") {
      responder.RespondFrom({}, std::make_unique<CountedSource>(5, 50'000));
    } else if (request.path == "/stream") {
      std::shared_ptr<EventStream> stream =
          responder.StartStream({}, [this](const absl::Status&) { ++closed_streams_; });
      ++opened_streams_;
      server_->RunOnReadPool([stream] {
        for (const char* record : {"one", "two", "three"}) stream->Send(Record(record));
        stream->Close();
      });
      MutexLock lock(mutex_);
      held_.push_back(std::move(stream));
    } else if (request.path == "/later") {
      server_->RunOnReadPool([responder = std::move(responder), text]() mutable {
        responder.Respond(HttpResponse::Text(200, text));
      });
    } else {
      responder.Respond(HttpResponse::Text(200, text));
    }
  }

  // One connection's life.
  void RunClient(std::mt19937& random) {
    RawClient client = Connect();
    for (int exchange = random() % 6; exchange >= 0; --exchange) {
      static constexpr const char* kPaths[] = {"/now", "/later", "/pulled", "/stream"};
      std::vector<std::string> expected;  // of each answer, the body; of a stream nothing
      std::string bytes;
      for (int pipelined = random() % 3; pipelined >= 0; --pipelined) {
        const std::string path = kPaths[random() % (pipelined == 0 ? 4 : 3)];
        const std::string body = Body(random);
        bytes += Request(random, path, body);
        expected.push_back(path == "/pulled"   ? pulled_body_
                           : path == "/stream" ? ""
                                               : absl::StrCat(path, " ", body.size()));
      }
      if (random() % 10 == 0) {
        client.Send(bytes.substr(0, random() % bytes.size()));
        return;
      }
      for (size_t sent = 0; sent < bytes.size();) {
        const size_t piece = 1 + random() % 3000;
        if (!client.Send(bytes.substr(sent, piece))) return;
        sent += piece;
      }
      for (const std::string& body : expected) {
        if (random() % 12 == 0) return;
        const RawAnswer answer = client.ReadAnswer();
        ASSERT_EQ(answer.status, 200);
        ASSERT_TRUE(answer.whole);
        if (body.empty()) {
          ASSERT_EQ(answer.chunks, (std::vector<std::string>{"one", "two", "three"}));
          return;
        }
        ASSERT_TRUE(answer.body == body) << body.substr(0, 20) << " " << answer.body.substr(0, 20);
      }
    }
  }

  static std::string Body(std::mt19937& random) {
    return std::string(random() % 5 == 0 ? random() % 20'000 : random() % 20, 'x');
  }

  static std::string Request(std::mt19937& random, const std::string& path,
                             const std::string& body) {
    if (random() % 2 == 0) {
      return absl::StrCat("POST ", path, " HTTP/1.1\r\nContent-Length: ", body.size(), "\r\n\r\n",
                          body);
    }
    std::string request =
        absl::StrCat("POST ", path, " HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n");
    for (size_t taken = 0; taken < body.size();) {
      const std::string chunk = body.substr(taken, 1 + random() % 5000);
      absl::StrAppend(&request, absl::Hex(chunk.size()), "\r\n", chunk, "\r\n");
      taken += chunk.size();
    }
    absl::StrAppend(&request, "0\r\n", random() % 2 == 0 ? "A: b\r\n" : "", "\r\n");
    return request;
  }

  const std::string pulled_body_ = [] {
    std::string out;
    CountedSource source(5, 50'000);
    while (source.Next(out)) {
    }
    return out;
  }();

  std::atomic<int> opened_streams_{0};
  std::atomic<int> closed_streams_{0};
  Mutex mutex_;
  std::vector<std::shared_ptr<EventStream>> held_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(HttpPropertyTest, ServesWhateverClientsDo) {
  Start([this](const HttpRequest& request, Responder responder) {
    Answer(request, std::move(responder));
  });
  std::vector<std::thread> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.emplace_back([this, i] {
      std::mt19937 random(static_cast<unsigned>(i));
      for (int round = 0; round < kRounds && !HasFailure(); ++round) RunClient(random);
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_TRUE(Eventually([this] { return server_->Stats().connections == 0; }));
  EXPECT_EQ(server_->Stats().streams, 0u);
  EXPECT_EQ(closed_streams_, opened_streams_);
  EXPECT_GT(opened_streams_, 10);
}

// The same, with the server going down amid it.
TEST_F(HttpPropertyTest, ShutsDownWhateverClientsDo) {
  for (unsigned round = 0; round < 10; ++round) {
    Start([this](const HttpRequest& request, Responder responder) {
      Answer(request, std::move(responder));
    });
    std::vector<std::thread> clients;
    for (unsigned i = 0; i < 4; ++i) {
      clients.emplace_back([port = server_->port(), seed = round * 4 + i] {
        std::mt19937 random(seed);
        while (true) {
          RawClient client = RawClient::ToPort(port);
          static constexpr const char* kPaths[] = {"/now", "/later", "/pulled", "/stream"};
          if (!client.Send(Request(random, kPaths[random() % 4], Body(random)))) return;
          if (!client.ReadAnswer().whole) return;
        }
      });
    }
    EXPECT_TRUE(Eventually([this] { return server_->Stats().responses[2] >= 20; }));
    server_->Shutdown();
    for (std::thread& client : clients) client.join();
    {
      MutexLock lock(mutex_);
      held_.clear();
    }
    server_ = nullptr;
  }
}

}  // namespace
}  // namespace mesos::net
