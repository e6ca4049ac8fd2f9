#pragma once

// A scheduler's session over HTTP with JSON, behind the interface of the gRPC stream: events come
// on one connection, calls go, pipelined, on several others by turns.
//
//   HttpSchedulerStream stream(port, /*connections=*/8, executor, std::move(observer));
//   stream.Send(subscribe);  stream.Send(accept);
//
// Send and destruction: on the executor's thread; the observer's `message` is called there.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/mutex.h"
#include "common/json/json_codec.h"
#include "common/rpc/stream.h"
#include "common/runtime/executor.h"
#include "glog/logging.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos {

class HttpSchedulerStream final : public rpc::Stream<v1::scheduler::Call> {
 public:
  HttpSchedulerStream(int port, int connections, Executor& executor,
                      rpc::StreamObserver<v1::scheduler::Event> observer)
      : executor_(executor),
        observer_(std::make_shared<rpc::StreamObserver<v1::scheduler::Event>>(std::move(observer))),
        events_(Connect(port)),
        calls_(ConnectAll(port, connections)),
        reader_([this] { ReadEvents(); }),
        writer_([this] { WriteCalls(); }),
        drain_([this] { ReadAnswers(); }) {}

  ~HttpSchedulerStream() override {
    Close(absl::OkStatus());
    reader_.join();
    writer_.join();
    drain_.join();
    close(events_);
    for (const Connection& connection : calls_) close(connection.descriptor);
  }

  void Send(std::shared_ptr<const v1::scheduler::Call> call) override {
    const std::string body = json::ToJson(*call);
    if (call->type() == v1::scheduler::Call::SUBSCRIBE) {
      Write(events_, Request(body, ""));
      return;
    }
    MutexLock lock(mutex_);
    Connection& connection = calls_[next_call_++ % calls_.size()];
    connection.pending += Request(body, stream_id_);
    pending_ = true;
    changed_.notify_all();
  }

  void Close(absl::Status) override {
    MutexLock lock(mutex_);
    closed_ = true;
    changed_.notify_all();
    shutdown(events_, SHUT_RDWR);
    for (const Connection& connection : calls_) shutdown(connection.descriptor, SHUT_RDWR);
  }

 private:
  struct Connection {
    int descriptor = -1;
    std::string pending;  // requests to be written; under the mutex
    std::string answers;  // not yet looked at; of the thread that reads them
  };

  static std::vector<Connection> ConnectAll(int port, int count) {
    std::vector<Connection> connections(static_cast<size_t>(count));
    for (Connection& connection : connections) connection.descriptor = Connect(port);
    return connections;
  }

  static int Connect(int port) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    PCHECK(connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return descriptor;
  }

  static std::string Request(const std::string& body, const std::string& stream_id) {
    return absl::StrCat(
        "POST /api/v1/scheduler HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Accept: application/json\r\n",
        stream_id.empty() ? "" : absl::StrCat("Mesos-Stream-Id: ", stream_id, "\r\n"),
        "Content-Length: ", body.size(), "\r\n\r\n", body);
  }

  static void Write(int descriptor, absl::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
  }

  // Up to and without `end`; empty at the end of the stream.
  std::string ReadUntil(absl::string_view end) {
    while (true) {
      const size_t at = received_.find(end.data(), consumed_, end.size());
      if (at != std::string::npos) {
        std::string text = received_.substr(consumed_, at - consumed_);
        consumed_ = at + end.size();
        return text;
      }
      if (!Fill()) return {};
    }
  }

  bool Fill() {
    received_.erase(0, std::exchange(consumed_, 0));
    char bytes[64 << 10];
    const ssize_t size = recv(events_, bytes, sizeof(bytes), 0);
    if (size <= 0) return false;
    received_.append(bytes, static_cast<size_t>(size));
    return true;
  }

  void ReadEvents() {
    const std::string head = ReadUntil("\r\n\r\n");
    constexpr char kName[] = "Mesos-Stream-Id: ";
    const size_t at = head.find(kName);
    if (at == std::string::npos) {
      std::printf("no stream: %s\n", head.c_str());
      return;
    }
    {
      MutexLock lock(mutex_);
      stream_id_ = head.substr(at + sizeof(kName) - 1, 36);
    }
    while (true) {
      const std::string length = ReadUntil("\r\n");
      const size_t size = std::strtoul(length.c_str(), nullptr, 16);
      if (size == 0) return;
      while (received_.size() - consumed_ < size + 2) {
        if (!Fill()) return;
      }
      absl::string_view record(received_.data() + consumed_, size);
      record.remove_prefix(record.find('\n') + 1);
      auto event = std::make_shared<v1::scheduler::Event>();
      CHECK(json::FromJson(record, *event).ok()) << record;
      consumed_ += size + 2;
      // What still waits when the stream is destroyed finds nobody to tell.
      executor_.Post("event", [weak = std::weak_ptr(observer_), event = std::move(event)] {
        if (const auto observer = weak.lock()) observer->message(event);
      });
    }
  }

  void WriteCalls() {
    std::vector<std::string> bytes(calls_.size());
    while (true) {
      {
        MutexLock lock(mutex_);
        lock.Wait(changed_, [this] { return closed_ || pending_; });
        if (closed_) return;
        pending_ = false;
        for (size_t i = 0; i < calls_.size(); ++i) bytes[i] = std::exchange(calls_[i].pending, "");
      }
      for (size_t i = 0; i < calls_.size(); ++i) Write(calls_[i].descriptor, bytes[i]);
    }
  }

  // Says so where an answer is not 202.
  void ReadAnswers() {
    std::vector<pollfd> waiting;
    for (const Connection& connection : calls_) {
      waiting.push_back({connection.descriptor, POLLIN, 0});
    }
    size_t open = calls_.size();
    while (open > 0 && poll(waiting.data(), waiting.size(), -1) > 0) {
      for (size_t i = 0; i < waiting.size(); ++i) {
        if (waiting[i].revents == 0 || TakeAnswers(calls_[i])) continue;
        waiting[i].fd = -1;
        --open;
      }
    }
  }

  // False at the connection's end.
  static bool TakeAnswers(Connection& connection) {
    char bytes[64 << 10];
    const ssize_t size = recv(connection.descriptor, bytes, sizeof(bytes), 0);
    if (size <= 0) return false;
    std::string& answers = connection.answers;
    answers.append(bytes, static_cast<size_t>(size));
    size_t begin = 0;
    for (size_t end; (end = answers.find("\r\n\r\n", begin)) != std::string::npos;
         begin = end + 4) {
      const std::string head = answers.substr(begin, end - begin);
      if (head.find(" 202 ") == std::string::npos) std::printf("refused: %s\n", head.c_str());
    }
    answers.erase(0, begin);
    return true;
  }

  Executor& executor_;
  const std::shared_ptr<rpc::StreamObserver<v1::scheduler::Event>> observer_;
  const int events_;
  std::vector<Connection> calls_;
  size_t next_call_ = 0;  // of the executor's thread

  // Of the reader: what has come, and how much of it is done with.
  std::string received_;
  size_t consumed_ = 0;

  Mutex mutex_;
  std::condition_variable changed_;
  std::string stream_id_ ABSL_GUARDED_BY(mutex_);
  bool pending_ ABSL_GUARDED_BY(mutex_) = false;  // some connection has requests to be written
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;

  // Last, so that all else stands before they run.
  std::thread reader_;
  std::thread writer_;
  std::thread drain_;
};

}  // namespace mesos
