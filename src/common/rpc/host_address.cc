#include "common/rpc/host_address.h"

#include <arpa/inet.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace mesos::rpc {
namespace {

bool IsLoopback(const std::string& ip) { return absl::StartsWith(ip, "127.") || ip == "::1"; }

}  // namespace

std::string JoinHostPort(absl::string_view ip, int port) {
  if (absl::StrContains(ip, ':')) return absl::StrCat("[", ip, "]:", port);
  return absl::StrCat(ip, ":", port);
}

absl::Status CheckIp(const std::string& ip) {
  in6_addr address;
  if (inet_pton(AF_INET, ip.c_str(), &address) == 1 ||
      inet_pton(AF_INET6, ip.c_str(), &address) == 1) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("'", ip, "' is not a numeric IP address such as 10.0.0.1 or ::1"));
}

std::string LocalHostname() {
  char name[HOST_NAME_MAX + 1] = {};
  if (gethostname(name, sizeof(name) - 1) != 0 || name[0] == '\0') return "localhost";
  return name;
}

absl::StatusOr<std::string> ReachableIp(const std::string& listen_ip, const std::string& hostname) {
  if (listen_ip != "0.0.0.0" && listen_ip != "::") return listen_ip;
  addrinfo hints = {};
  hints.ai_family = listen_ip == "::" ? AF_UNSPEC : AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(hostname.c_str(), nullptr, &hints, &found);
  if (error != 0) {
    return absl::NotFoundError(
        absl::StrCat("host name '", hostname, "' does not resolve to an address (",
                     gai_strerror(error), "); give --advertise_ip, or an --ip to listen on"));
  }
  std::string best;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    char text[NI_MAXHOST];
    if (getnameinfo(entry->ai_addr, entry->ai_addrlen, text, sizeof(text), nullptr, 0,
                    NI_NUMERICHOST) != 0) {
      continue;
    }
    if (best.empty() || (IsLoopback(best) && !IsLoopback(text))) best = text;
  }
  freeaddrinfo(found);
  return best;
}

}  // namespace mesos::rpc
