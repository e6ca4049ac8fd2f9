#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/net/listener.h"

namespace mesos::net {
namespace {

// The kernel bounds it further (net.core.somaxconn).
constexpr int kBacklog = 16'384;

absl::Status CannotListen(absl::string_view address, absl::string_view reason) {
  return absl::UnavailableError(absl::StrCat("cannot listen on ", address, ": ", reason));
}

std::string Reason(int error, absl::string_view port) {
  if (error == EADDRINUSE) {
    return absl::StrCat("port ", port, " is in use by another process; stop it or choose another ",
                        "port (0 takes any that is free)");
  }
  if (error == EADDRNOTAVAIL) return "this machine has no such address";
  return strerror(error);
}

int PortOf(int fd) {
  sockaddr_storage address = {};
  socklen_t length = sizeof(address);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
  if (address.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  }
  return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

// Whether `path` is a socket on which nobody listens any more.
bool IsStale(const sockaddr_un& address) {
  struct stat status;
  if (lstat(address.sun_path, &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const bool refused =
      connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 &&
      errno == ECONNREFUSED;
  close(fd);
  return refused;
}

absl::StatusOr<BoundSocket> BindUnix(const std::string& name, const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return CannotListen(
        name, absl::StrCat("the path has ", path.size(), " bytes, and a Unix socket's at most ",
                           sizeof(address.sun_path) - 1));
  }
  path.copy(address.sun_path, path.size());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return CannotListen(name, strerror(errno));
  const auto* bound = reinterpret_cast<const sockaddr*>(&address);
  int result = bind(fd, bound, sizeof(address));
  if (result != 0 && errno == EADDRINUSE && IsStale(address)) {
    unlink(path.c_str());
    result = bind(fd, bound, sizeof(address));
  }
  if (result != 0 || listen(fd, kBacklog) != 0) {
    const absl::Status status =
        CannotListen(name, errno == EADDRINUSE ? "the path exists and is in use" : strerror(errno));
    close(fd);
    return status;
  }
  return BoundSocket{fd, 0, path};
}

absl::StatusOr<BoundSocket> BindTcp(const std::string& name, const addrinfo& found,
                                    absl::string_view port) {
  const int fd = socket(found.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return CannotListen(name, strerror(errno));
  const int on = 1;
  const int off = 0;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (found.ai_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
  if (bind(fd, found.ai_addr, found.ai_addrlen) != 0 || listen(fd, kBacklog) != 0) {
    const absl::Status status = CannotListen(name, Reason(errno, port));
    close(fd);
    return status;
  }
  return BoundSocket{fd, PortOf(fd), ""};
}

}  // namespace

absl::StatusOr<BoundSocket> BindListener(const std::string& address) {
  absl::string_view view(address);
  if (absl::ConsumePrefix(&view, "unix:")) return BindUnix(address, std::string(view));
  const size_t colon = view.rfind(':');
  if (colon == absl::string_view::npos) return CannotListen(address, "it names no port");
  absl::string_view host = view.substr(0, colon);
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  const std::string port(view.substr(colon + 1));

  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int lookup = getaddrinfo(std::string(host).c_str(), port.c_str(), &hints, &found);
  if (lookup != 0) return CannotListen(address, gai_strerror(lookup));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
  return BindTcp(address, *found, port);
}

}  // namespace mesos::net
