#include "common/net/listener.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/net/connection.h"
#include "common/net/handover.h"
#include "common/net/preface.h"
#include "glog/logging.h"

namespace mesos::net {
namespace {

constexpr absl::Duration kPause = absl::Milliseconds(100);
constexpr absl::Duration kWarningInterval = absl::Seconds(30);

// So many at once, before other connections have their turn.
constexpr int kMaxAcceptBatch = 64;

// A peer whose machine died is noticed within about a minute, while events are on their way to it
// and while none are.
constexpr int kKeepAliveIdleSeconds = 30;
constexpr int kKeepAliveIntervalSeconds = 10;
constexpr int kKeepAliveProbes = 3;
constexpr unsigned kUnacknowledgedMilliseconds = 60'000;

std::string IpOf(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof(text));
  } else if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
      inet_ntop(AF_INET, v6.sin6_addr.s6_addr + 12, text, sizeof(text));
    } else {
      inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text));
    }
  }
  return text;
}

int PortOf(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
  }
  if (address.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  }
  return 0;
}

auth::Peer PeerOf(int fd, const sockaddr_storage& client) {
  auth::Peer peer;
  if (client.ss_family == AF_UNIX) {
    ucred credentials = {};
    socklen_t length = sizeof(credentials);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0) {
      peer.pid = credentials.pid;
    }
    return peer;
  }
  peer.ip = IpOf(client);
  peer.port = PortOf(client);
  sockaddr_storage own = {};
  socklen_t length = sizeof(own);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&own), &length) == 0) {
    peer.own_ip = IpOf(own);
    peer.own_port = PortOf(own);
  }
  return peer;
}

void SetTcpOptions(int fd) {
  const auto set = [fd](int level, int option, int value) {
    setsockopt(fd, level, option, &value, sizeof(value));
  };
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, kKeepAliveIdleSeconds);
  set(IPPROTO_TCP, TCP_KEEPINTVL, kKeepAliveIntervalSeconds);
  set(IPPROTO_TCP, TCP_KEEPCNT, kKeepAliveProbes);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, kUnacknowledgedMilliseconds);
}

bool OpensHttp2(int fd) {
  char bytes[32];
  const ssize_t size = recv(fd, bytes, sizeof(bytes), MSG_PEEK | MSG_DONTWAIT);
  return size > 0 &&
         DetectPreface(absl::string_view(bytes, static_cast<size_t>(size))) == Preface::kHttp2;
}

}  // namespace

Listener::Listener(std::shared_ptr<ServerContext> context, BoundSocket socket)
    : context_(std::move(context)), socket_(std::move(socket)) {
  descriptor_.emplace(context_->loop.context(), socket_.fd);
}

void Listener::Start() {
  if (!descriptor_ || waiting_ || paused_) return;
  if (context_->connections.size() >= context_->options.max_connections) return;
  waiting_ = true;
  descriptor_->async_wait(boost::asio::posix::stream_descriptor::wait_read,
                          [self = shared_from_this()](const boost::system::error_code& error) {
                            self->waiting_ = false;
                            if (!error && self->descriptor_) self->OnReadable();
                          });
}

void Listener::Close() {
  if (!descriptor_) return;
  descriptor_.reset();
  if (!socket_.unix_path.empty()) unlink(socket_.unix_path.c_str());
}

void Listener::OnReadable() {
  for (int i = 0; i < kMaxAcceptBatch; ++i) {
    if (context_->connections.size() >= context_->options.max_connections || !AcceptOne()) break;
  }
  Start();
}

bool Listener::AcceptOne() {
  sockaddr_storage address = {};
  socklen_t length = sizeof(address);
  const int fd = accept4(descriptor_->native_handle(), reinterpret_cast<sockaddr*>(&address),
                         &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) {
    if (errno == EINTR || errno == ECONNABORTED) return true;
    if (errno != EAGAIN && errno != EWOULDBLOCK) PauseAfter(errno);
    return false;
  }
  if (address.ss_family != AF_UNIX) SetTcpOptions(fd);
  // Where many come at once, the first bytes are there already.
  if (OpensHttp2(fd)) {
    HandOverHttp2(*context_, fd, IpOf(address));
    return true;
  }
  auto connection = std::make_shared<Connection>(context_, fd, PeerOf(fd, address));
  context_->connections.insert(connection);
  ++context_->counters.connections;
  connection->Start();
  return true;
}

void Listener::PauseAfter(int error) {
  ++context_->counters.refused;
  const absl::Time now = context_->loop.Now();
  if (now - last_warning_ >= kWarningInterval) {
    last_warning_ = now;
    LOG(WARNING) << absl::StrCat("cannot accept a connection: ", strerror(error), "; ",
                                 context_->connections.size(), " are open, trying again every ",
                                 absl::FormatDuration(kPause));
  }
  paused_ = true;
  context_->loop.Arm(now + kPause, [self = shared_from_this()] {
    self->paused_ = false;
    self->Start();
  });
}

}  // namespace mesos::net
