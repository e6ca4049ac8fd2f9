#pragma once

// What the server's tests share: a server on a free port whose handler a test writes, a journal of
// what happened, and conditions to wait for.

#include <poll.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/mutex.h"
#include "common/net/http_server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/net/raw_client.h"

namespace mesos::net {

// Values that one thread leaves and another waits for.
template <typename T>
class Mailbox {
 public:
  void Put(T value) {
    MutexLock lock(mutex_);
    values_.push_back(std::move(value));
    changed_.notify_all();
  }
  // The next value; fails the test where none comes.
  T Take() {
    MutexLock lock(mutex_);
    const bool came = lock.WaitFor(changed_, 30, [this] { return !values_.empty(); });
    EXPECT_TRUE(came) << "nothing came";
    if (!came) return T();
    T value = std::move(values_.front());
    values_.erase(values_.begin());
    return value;
  }
  bool empty() {
    MutexLock lock(mutex_);
    return values_.empty();
  }

 private:
  Mutex mutex_;
  std::condition_variable changed_;
  std::vector<T> values_ ABSL_GUARDED_BY(mutex_);
};

// Makes `pieces` pieces of `size` bytes.
class CountedSource : public BodySource {
 public:
  CountedSource(int pieces, size_t size, std::function<void(int)> made = nullptr)
      : pieces_(pieces), size_(size), made_(std::move(made)) {}
  bool Next(std::string& out) override {
    out.append(size_, static_cast<char>('a' + next_ % 26));
    if (made_) made_(next_);
    return ++next_ < pieces_;
  }

 private:
  const int pieces_;
  const size_t size_;
  const std::function<void(int)> made_;
  int next_ = 0;
};

class HttpServerTest : public testing::Test {
 protected:
  using Handler = std::function<void(const HttpRequest&, Responder)>;

  ~HttpServerTest() override {
    if (server_ != nullptr) server_->Shutdown();
  }

  void Start(Handler handler) { StartOn("127.0.0.1:0", std::move(handler)); }

  void StartOn(const std::string& address, Handler handler) {
    server_ = std::make_unique<HttpServer>(
        options_, [handler = std::move(handler)](HttpRequest request, Responder responder) {
          handler(request, std::move(responder));
        });
    if (take_http2_) server_->HandOverHttp2(take_http2_);
    const absl::Status status = server_->Listen(address);
    ASSERT_TRUE(status.ok()) << status;
  }

  // Answers every request with what it was.
  void StartEcho() {
    Start([](const HttpRequest& request, Responder responder) {
      responder.Respond(HttpResponse::Text(
          200, absl::StrCat(request.method, " ", request.path, " ", request.body)));
    });
  }

  // Every request opens a stream, which goes to `streams_`, and its end to `closed_`.
  void StartStreams() {
    Start([this](const HttpRequest&, Responder responder) {
      streams_.Put(
          responder.StartStream({{"Content-Type", "application/json"}},
                                [this](absl::Status status) { closed_.Put(std::move(status)); }));
    });
  }

  RawClient Connect() { return RawClient::ToPort(server_->port()); }

  // One request over a connection of its own.
  RawAnswer Ask(absl::string_view request) {
    RawClient client = Connect();
    client.Send(request);
    return client.ReadAnswer(absl::StartsWith(request, "HEAD"));
  }

  // Whether `done` becomes true within the deadline.
  static bool Eventually(const std::function<bool()>& done) {
    for (int i = 0; i < 3000; ++i) {
      if (done()) return true;
      poll(nullptr, 0, 10);
    }
    return false;
  }

  static std::shared_ptr<const std::string> Record(std::string text) {
    return std::make_shared<const std::string>(std::move(text));
  }

  HttpServerOptions options_;
  HttpServer::TakeHttp2 take_http2_;
  Mailbox<std::unique_ptr<EventStream>> streams_;
  Mailbox<absl::Status> closed_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace mesos::net
