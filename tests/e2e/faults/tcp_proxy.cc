#include "tests/e2e/faults/tcp_proxy.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mesos::e2e {
namespace {

// What may wait on its way in each direction; beyond it the sender waits.
constexpr size_t kMaxWaiting = 256 << 10;

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

// One direction of a connection.
struct Direction {
  std::string waiting;
  bool read_ended = false;
  bool write_ended = false;

  bool WantsRead() const { return !read_ended && waiting.size() < kMaxWaiting; }
  bool WantsWrite() const { return !waiting.empty() || (read_ended && !write_ended); }

  // False where the connection broke.
  bool Move(int from, int to) {
    char buffer[16 << 10];
    while (WantsRead()) {
      const ssize_t count = recv(from, buffer, sizeof(buffer), MSG_DONTWAIT);
      if (count > 0) waiting.append(buffer, count);
      if (count == 0) read_ended = true;
      if (count < 0 && errno != EAGAIN && errno != EINTR) return false;
      if (count <= 0) break;
    }
    while (!waiting.empty()) {
      const ssize_t count = send(to, waiting.data(), waiting.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (count > 0) waiting.erase(0, count);
      if (count < 0 && errno != EAGAIN && errno != EINTR) return false;
      if (count <= 0) break;
    }
    if (waiting.empty() && read_ended && !write_ended) {
      shutdown(to, SHUT_WR);
      write_ended = true;
    }
    return true;
  }
};

// Closes with a reset, as a host that knows nothing of the connection would answer.
void Reset(int fd) {
  if (fd < 0) return;
  const linger abort{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
  close(fd);
}

// Of a connection that was reset while nothing was read or written.
bool Broke(int fd) {
  int error = 0;
  socklen_t length = sizeof(error);
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
  return error != 0;
}

}  // namespace

struct TcpProxy::Listener {
  int fd;
  int port;
  std::string name;
  int target_port;
};

struct TcpProxy::Connection {
  Link link;
  int target_port;
  int client = -1;
  int server = -1;  // -1 until the link lets it dial
  bool connected = false;
  Direction to_server, to_client;
};

TcpProxy::TcpProxy(const SocketOwners& owners)
    : owners_(owners), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), thread_([this] { Run(); }) {}

TcpProxy::~TcpProxy() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  Wake();
  thread_.join();
  MutexLock lock(mutex_);
  for (Connection& connection : connections_) {
    Reset(connection.client);
    Reset(connection.server);
  }
  for (Listener& listener : listeners_) close(listener.fd);
  close(wake_);
}

int TcpProxy::Listen(const std::string& name, int target_port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in address = Loopback(0);
  EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_EQ(listen(fd, SOMAXCONN), 0);
  socklen_t length = sizeof(address);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
  const int port = ntohs(address.sin_port);
  {
    MutexLock lock(mutex_);
    listeners_.push_back({fd, port, name, target_port});
  }
  Wake();
  return port;
}

void TcpProxy::Set(const Link& link, LinkState state) {
  {
    MutexLock lock(mutex_);
    if (state == LinkState::kOpen) {
      states_.erase(link);
    } else {
      states_[link] = state;
    }
  }
  Wake();
}

std::string TcpProxy::Describe() const {
  MutexLock lock(mutex_);
  std::string text;
  for (const Connection& connection : connections_) {
    absl::StrAppend(&text, connection.link.from, " -> ", connection.link.to,
                    connection.connected ? "" : " (not connected)", "\n");
  }
  return text;
}

void TcpProxy::Wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof(one));
}

LinkState TcpProxy::StateOf(const Link& link) const {
  const auto it = states_.find(link);
  return it == states_.end() ? LinkState::kOpen : it->second;
}

void TcpProxy::Accept(const Listener& listener) {
  sockaddr_in peer{};
  socklen_t length = sizeof(peer);
  const int fd = accept4(listener.fd, reinterpret_cast<sockaddr*>(&peer), &length,
                         SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) return;
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  Connection connection;
  connection.link = {owners_.OwnerOf(ntohs(peer.sin_port), listener.port), listener.name};
  connection.target_port = listener.target_port;
  connection.client = fd;
  connections_.push_back(std::move(connection));
}

bool TcpProxy::Serve(Connection& connection) {
  switch (StateOf(connection.link)) {
    case LinkState::kCut:
      return false;
    case LinkState::kStalled:
      return true;
    case LinkState::kOpen:
      break;
  }
  if (connection.server < 0) {
    connection.server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int on = 1;
    setsockopt(connection.server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    const sockaddr_in address = Loopback(connection.target_port);
    if (connect(connection.server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) !=
            0 &&
        errno != EINPROGRESS) {
      return false;
    }
  }
  if (!connection.connected) {
    pollfd ready{.fd = connection.server, .events = POLLOUT, .revents = 0};
    if (poll(&ready, 1, /*timeout=*/0) <= 0) return true;
    if (Broke(connection.server)) return false;
    connection.connected = true;
  }
  return !Broke(connection.client) && !Broke(connection.server) &&
         connection.to_server.Move(connection.client, connection.server) &&
         connection.to_client.Move(connection.server, connection.client) &&
         !(connection.to_server.write_ended && connection.to_client.write_ended);
}

void TcpProxy::Run() {
  while (true) {
    std::vector<pollfd> waits = {{.fd = wake_, .events = POLLIN, .revents = 0}};
    {
      MutexLock lock(mutex_);
      if (stopping_) return;
      for (const Listener& listener : listeners_) waits.push_back({listener.fd, POLLIN, 0});
      for (const Connection& connection : connections_) {
        if (StateOf(connection.link) == LinkState::kStalled) continue;
        const auto events = [](const Direction& in, const Direction& out) {
          return static_cast<short>((in.WantsRead() ? POLLIN : 0) |
                                    (out.WantsWrite() ? POLLOUT : 0));
        };
        if (connection.connected) {
          waits.push_back(
              {connection.client, events(connection.to_server, connection.to_client), 0});
          waits.push_back(
              {connection.server, events(connection.to_client, connection.to_server), 0});
        } else if (connection.server >= 0) {
          waits.push_back({connection.server, POLLOUT, 0});
        }
      }
    }
    poll(waits.data(), waits.size(), /*timeout=*/1000);
    uint64_t woken = 0;
    [[maybe_unused]] const ssize_t count = read(wake_, &woken, sizeof(woken));
    MutexLock lock(mutex_);
    for (const Listener& listener : listeners_) Accept(listener);
    for (auto it = connections_.begin(); it != connections_.end();) {
      if (Serve(*it)) {
        ++it;
        continue;
      }
      if (it->to_server.write_ended && it->to_client.write_ended) {
        close(it->client);
        close(it->server);
      } else {
        Reset(it->client);
        Reset(it->server);
      }
      it = connections_.erase(it);
    }
  }
}

}  // namespace mesos::e2e
