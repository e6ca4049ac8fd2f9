#include "common/rpc/listen_error.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace mesos::rpc {
namespace {

absl::Status CannotListen(const std::string& address, absl::string_view reason) {
  return absl::UnavailableError(absl::StrCat("cannot listen on ", address, ": ", reason));
}

absl::Status FromErrno(const std::string& address, const std::string& port, int error) {
  if (error == EADDRINUSE) {
    return CannotListen(address,
                        absl::StrCat("port ", port, " is in use by another process; stop it or ",
                                     "choose another port (0 takes any that is free)"));
  }
  if (error == EADDRNOTAVAIL) {
    return CannotListen(address, "this machine has no such address");
  }
  return CannotListen(address, std::strerror(error));
}

absl::Status ExplainUnix(const std::string& address, const std::string& path) {
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return CannotListen(
        address, absl::StrCat("the path has ", path.size(), " bytes, and a Unix socket's at most ",
                              sizeof(sockaddr_un::sun_path) - 1));
  }
  const size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  if (access(directory.c_str(), W_OK | X_OK) != 0) {
    return CannotListen(address, absl::StrCat(directory, ": ", std::strerror(errno)));
  }
  return CannotListen(address, "gRPC refuses the address");
}

}  // namespace

absl::Status ExplainListenError(const std::string& address) {
  absl::string_view view(address);
  if (absl::ConsumePrefix(&view, "unix:")) return ExplainUnix(address, std::string(view));
  const size_t colon = view.rfind(':');
  if (colon == absl::string_view::npos) return CannotListen(address, "it names no port");
  absl::string_view host = view.substr(0, colon);
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  const std::string port(view.substr(colon + 1));

  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int lookup = getaddrinfo(std::string(host).c_str(), port.c_str(), &hints, &found);
  if (lookup != 0) return CannotListen(address, gai_strerror(lookup));
  absl::Status status = CannotListen(address, "gRPC refuses the address");
  const int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int reuse = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof(reuse));
  if (fd >= 0 && (bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, 1) != 0)) {
    status = FromErrno(address, port, errno);
  }
  if (fd >= 0) close(fd);
  freeaddrinfo(found);
  return status;
}

}  // namespace mesos::rpc
