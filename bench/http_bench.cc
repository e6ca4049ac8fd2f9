// What the HTTP server of common/net carries, on loopback: requests a second and their latency, big
// bodies, and what a thousand idle event streams cost.
//
//   http_bench [--seconds=3] [--streams=1000 --idle_seconds=30]
//
// Clients are threads of this process, so the figures are for both ends together.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bench/cpu_time.h"
#include "common/base/mutex.h"
#include "common/net/http_server.h"
#include "common/runtime/asio_executor.h"
#include "gflags/gflags.h"

DEFINE_double(seconds, 3, "How long each case of requests runs.");
DEFINE_int32(streams, 1000, "How many streams are idle.");
DEFINE_double(idle_seconds, 30, "For how long; each has a heartbeat every 15 seconds.");

namespace mesos {
namespace {

constexpr absl::Duration kHeartbeat = absl::Seconds(15);

// A blocking connection.
class Client {
 public:
  explicit Client(int port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
      std::perror("connect");
    }
  }
  ~Client() { close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void Send(const std::string& bytes) {
    if (send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) std::perror("send");
  }
  // Until `end` has come; returns how many bytes came.
  size_t ReadUntil(absl::string_view end) {
    std::string tail;
    size_t total = 0;
    std::vector<char> bytes(256 << 10);
    while (tail.size() < end.size() || tail.substr(tail.size() - end.size()) != end) {
      const ssize_t size = recv(fd_, bytes.data(), bytes.size(), 0);
      if (size <= 0) break;
      total += static_cast<size_t>(size);
      tail.append(bytes.data() + std::max<ssize_t>(0, size - 64), std::min<ssize_t>(size, 64));
      if (tail.size() > 128) tail.erase(0, tail.size() - 64);
    }
    return total;
  }

 private:
  const int fd_;
};

class Megabytes : public net::BodySource {
 public:
  explicit Megabytes(int count) : pieces_(count * 8) {}
  bool Next(std::string& out) override {
    while (out.size() < (128 << 10))
      out += "{\"name\":\"cpus\",\"type\":\"SCALAR\",\"value\":4.5},";
    return --pieces_ > 0;
  }

 private:
  int pieces_;
};

size_t ResidentKilobytes() {
  std::ifstream status("/proc/self/status");
  std::string word;
  size_t kilobytes = 0;
  while (status >> word) {
    if (word == "VmRSS:") status >> kilobytes;
  }
  return kilobytes;
}

// `connections` clients, each with one request of `request` in flight.
void MeasureRequests(const char* name, int port, const std::string& request, int connections) {
  std::vector<std::thread> threads;
  std::vector<std::vector<absl::Duration>> latencies(connections);
  const CpuTime cpu;
  const absl::Time start = absl::Now();
  for (int i = 0; i < connections; ++i) {
    threads.emplace_back([&, i] {
      Client client(port);
      while (absl::Now() - start < absl::Seconds(FLAGS_seconds)) {
        const absl::Time sent = absl::Now();
        client.Send(request);
        client.ReadUntil("healthy");
        latencies[i].push_back(absl::Now() - sent);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<absl::Duration> all;
  for (const auto& one : latencies) all.insert(all.end(), one.begin(), one.end());
  std::sort(all.begin(), all.end());
  const double count = static_cast<double>(all.size());
  std::printf("%-34s %3d connections %8.0f requests/s  p50 %6.1f us  p99 %6.1f us  cpu %5.1f us\n",
              name, connections, count / FLAGS_seconds,
              absl::ToDoubleMicroseconds(all[all.size() / 2]),
              absl::ToDoubleMicroseconds(all[all.size() * 99 / 100]), cpu.Seconds() / count * 1e6);
}

void MeasureBody(const char* name, int port, const char* accept) {
  Client client(port);
  const CpuTime cpu;
  const absl::Time start = absl::Now();
  client.Send(absl::StrCat("GET /big HTTP/1.1\r\nAccept-Encoding: ", accept, "\r\n\r\n"));
  const size_t bytes = client.ReadUntil("\r\n0\r\n\r\n");
  std::printf("%-34s %7.1f MB on the wire in %6.0f ms, cpu %6.0f ms\n", name,
              static_cast<double>(bytes) / 1e6, absl::ToDoubleMilliseconds(absl::Now() - start),
              cpu.Seconds() * 1e3);
}

// Streams of the handler, which a heartbeat goes to every 15 seconds, spread over them.
class Streams {
 public:
  void Add(std::unique_ptr<net::EventStream> stream) {
    MutexLock lock(mutex_);
    streams_.push_back(std::move(stream));
  }
  void Heartbeat(size_t index) {
    MutexLock lock(mutex_);
    if (index < streams_.size()) streams_[index]->Send(heartbeat_);
  }

 private:
  const std::shared_ptr<const std::string> heartbeat_ =
      std::make_shared<const std::string>("20\n{\"type\":\"HEARTBEAT\"}");
  Mutex mutex_;
  std::vector<std::unique_ptr<net::EventStream>> streams_ ABSL_GUARDED_BY(mutex_);
};

void MeasureIdleStreams(int port, Streams& streams) {
  const size_t before = ResidentKilobytes();
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < FLAGS_streams; ++i) {
    clients.push_back(std::make_unique<Client>(port));
    clients.back()->Send("POST /stream HTTP/1.1\r\nContent-Length: 200\r\n\r\n" +
                         std::string(200, 'x'));
    clients.back()->ReadUntil("\r\n\r\n");
  }
  const size_t opened = ResidentKilobytes();
  const CpuTime cpu;
  const absl::Duration step = kHeartbeat / FLAGS_streams;
  const absl::Time start = absl::Now();
  size_t beats = 0;
  for (absl::Time next = start; next - start < absl::Seconds(FLAGS_idle_seconds); next += step) {
    poll(nullptr, 0,
         static_cast<int>(
             absl::ToInt64Milliseconds(std::max(absl::ZeroDuration(), next - absl::Now()))));
    streams.Heartbeat(beats++ % static_cast<size_t>(FLAGS_streams));
  }
  std::printf(
      "%d idle streams: %.1f MB more resident, %.1f KB each; %zu heartbeats in %.0f s, cpu %.2f "
      "%%\n",
      FLAGS_streams, static_cast<double>(opened - before) / 1e3,
      static_cast<double>(ResidentKilobytes() - before) / FLAGS_streams, beats, FLAGS_idle_seconds,
      cpu.Seconds() / FLAGS_idle_seconds * 100);
}

int Main() {
  AsioExecutor core("core");
  Streams streams;
  net::HttpServer server({}, [&](net::HttpRequest request, net::Responder responder) {
    if (request.path == "/stream") {
      streams.Add(responder.StartStream({{"Content-Type", "application/json"}}, nullptr));
    } else if (request.path == "/big") {
      responder.RespondFrom({{"Content-Type", "application/json"}},
                            std::make_unique<Megabytes>(100));
    } else if (request.path == "/core") {
      core.Post("answer", [responder = std::move(responder)]() mutable {
        responder.Respond(net::HttpResponse::Text(200, "healthy"));
      });
    } else {
      responder.Respond(net::HttpResponse::Text(200, "healthy"));
    }
  });
  const absl::Status status = server.Listen("127.0.0.1:0");
  if (!status.ok()) {
    std::printf("%s\n", status.ToString().c_str());
    return 1;
  }
  const std::string headers =
      " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\nAccept: application/json\r\n\r\n";
  for (int connections : {1, 8}) {
    MeasureRequests("answered on the I/O thread", server.port(), "GET /health" + headers,
                    connections);
    MeasureRequests("answered on another thread", server.port(), "GET /core" + headers,
                    connections);
  }
  MeasureBody("100 MB pulled", server.port(), "identity");
  MeasureBody("100 MB pulled, gzip", server.port(), "gzip");
  MeasureIdleStreams(server.port(), streams);
  server.Shutdown();
  core.Stop();
  return 0;
}

}  // namespace
}  // namespace mesos

int main(int argc, char** argv) {
  gflags::ParseCommandLineFlags(&argc, &argv, true);
  return mesos::Main();
}
