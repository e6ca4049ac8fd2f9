#include "common/rpc/host_address.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <initializer_list>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/host_port.h"
#include "common/base/status_macros.h"
#include "glog/logging.h"

namespace mesos::rpc {
namespace {

constexpr char kAllIpv4[] = "0.0.0.0";
constexpr char kAllIpv6[] = "::";
constexpr char kLoopback[] = "127.0.0.1";

bool IsLoopback(const std::string& ip) { return absl::StartsWith(ip, "127.") || ip == "::1"; }

bool IsIp(const std::string& text) {
  in6_addr address;
  return inet_pton(AF_INET, text.c_str(), &address) == 1 ||
         inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

std::string NumericText(const sockaddr* address, socklen_t length) {
  char text[NI_MAXHOST];
  const int error = getnameinfo(address, length, text, sizeof(text), nullptr, 0, NI_NUMERICHOST);
  return error == 0 ? text : "";
}

using FoundAddresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

FoundAddresses LookUp(const std::string& name, int flags) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* found = nullptr;
  if (getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0) found = nullptr;
  return FoundAddresses(found, freeaddrinfo);
}

std::vector<std::string> AddressesOf(const std::string& name) {
  std::vector<std::string> addresses;
  const FoundAddresses found = LookUp(name, 0);
  for (const addrinfo* entry = found.get(); entry != nullptr; entry = entry->ai_next) {
    std::string text = NumericText(entry->ai_addr, entry->ai_addrlen);
    if (!text.empty()) addresses.push_back(std::move(text));
  }
  return addresses;
}

std::string NameOf(const std::string& ip) {
  const FoundAddresses found = LookUp(ip, AI_NUMERICHOST);
  if (found == nullptr) return "";
  char name[NI_MAXHOST];
  const int error =
      getnameinfo(found->ai_addr, found->ai_addrlen, name, sizeof(name), nullptr, 0, NI_NAMEREQD);
  return error == 0 ? name : "";
}

std::vector<std::string> OwnAddresses() {
  std::vector<std::string> addresses;
  ifaddrs* interfaces = nullptr;
  if (getifaddrs(&interfaces) != 0) return addresses;
  for (const ifaddrs* entry = interfaces; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr) continue;
    const int family = entry->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    addresses.push_back(NumericText(
        entry->ifa_addr, family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6)));
  }
  freeifaddrs(interfaces);
  return addresses;
}

absl::StatusOr<std::string> OutputOf(const std::string& command) {
  constexpr size_t kMost = 4096;
  FILE* pipe = popen(command.c_str(), "re");
  if (pipe == nullptr) return absl::InternalError(std::strerror(errno));
  std::string output(kMost, '\0');
  output.resize(fread(output.data(), 1, kMost, pipe));
  const int status = pclose(pipe);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return output;
  return absl::InternalError(WIFEXITED(status)
                                 ? absl::StrCat("it exited with status ", WEXITSTATUS(status))
                                 : std::string("it did not end well"));
}

absl::StatusOr<std::string> DiscoverIp(const AddressFlags& flags, const HostFacts& facts) {
  if (!flags.ip.empty()) {
    return absl::InvalidArgumentError("--ip and --ip_discovery_command exclude one another");
  }
  const std::string source =
      absl::StrCat("--ip_discovery_command='", flags.ip_discovery_command, "': ");
  absl::StatusOr<std::string> output = facts.output_of(flags.ip_discovery_command);
  if (!output.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(source, output.status().message()));
  }
  const std::string ip(absl::StripAsciiWhitespace(*output));
  if (IsIp(ip)) return ip;
  return absl::InvalidArgumentError(
      absl::StrCat(source, "it prints '", ip.substr(0, 100), "', which is not an IP address"));
}

// By which others reach what listens on all addresses.
absl::StatusOr<std::string> ReachableIp(const AddressFlags& flags, const std::string& listen_ip,
                                        const HostFacts& facts) {
  const std::string local = facts.local_hostname();
  std::string best;
  for (const std::string& name : {flags.hostname, local}) {
    if (name.empty()) continue;
    for (const std::string& ip : facts.addresses_of(name)) {
      if (listen_ip == kAllIpv4 && absl::StrContains(ip, ":")) continue;
      if (best.empty() || (IsLoopback(best) && !IsLoopback(ip))) best = ip;
    }
  }
  if (!best.empty()) return best;
  return absl::NotFoundError(absl::StrCat("host name '",
                                          flags.hostname.empty() ? local : flags.hostname,
                                          "' does not resolve to an address; give --advertise_ip, "
                                          "or an --ip to listen on"));
}

}  // namespace

std::string LocalHostname() {
  char name[HOST_NAME_MAX + 1] = {};
  if (gethostname(name, sizeof(name) - 1) != 0 || name[0] == '\0') return "localhost";
  return name;
}

HostFacts SystemHostFacts() { return {LocalHostname, AddressesOf, NameOf, OwnAddresses, OutputOf}; }

absl::StatusOr<Addresses> ChooseAddresses(const AddressFlags& flags, const HostFacts& facts) {
  Addresses addresses;
  addresses.listen_ip = flags.ip;
  if (!flags.ip_discovery_command.empty()) {
    ASSIGN_OR_RETURN(addresses.listen_ip, DiscoverIp(flags, facts));
  }
  if (addresses.listen_ip.empty()) {
    addresses.loopback_by_default = flags.alone && flags.advertise_ip.empty();
    addresses.listen_ip = addresses.loopback_by_default ? kLoopback : kAllIpv4;
  }
  addresses.ip = flags.advertise_ip.empty() ? addresses.listen_ip : flags.advertise_ip;
  if (addresses.ip == kAllIpv4 || addresses.ip == kAllIpv6) {
    ASSIGN_OR_RETURN(addresses.ip, ReachableIp(flags, addresses.listen_ip, facts));
  }
  addresses.hostname = flags.hostname;
  if (addresses.hostname.empty() && flags.hostname_lookup) {
    addresses.hostname = facts.name_of(addresses.ip);
  }
  if (addresses.hostname.empty()) addresses.hostname = addresses.ip;
  return addresses;
}

bool IsThisMachine(const std::string& host, const HostFacts& facts) {
  const std::vector<std::string> addresses =
      IsIp(host) ? std::vector<std::string>{host} : facts.addresses_of(host);
  const std::vector<std::string> own = facts.own_addresses();
  return !addresses.empty() &&
         std::all_of(addresses.begin(), addresses.end(), [&](const std::string& ip) {
           return IsLoopback(ip) || std::count(own.begin(), own.end(), ip) > 0;
         });
}

void Addresses::LogExposure(int port) const {
  const std::string where = JoinHostPort(listen_ip, port);
  if (loopback_by_default) {
    LOG(INFO) << "Only this machine reaches " << where
              << ", as nothing says that others need it: --ip=0.0.0.0 opens it to all, and --ip "
                 "with one of this machine's addresses to those who reach that";
  } else if (!IsLoopback(listen_ip)) {
    LOG(WARNING)
        << "Whoever reaches " << where
        << " may start and end tasks, as nobody is authenticated: keep it within a network "
           "that you trust; --ip=127.0.0.1 closes it to other machines";
  }
}

absl::Status CheckOptionalIp(const std::string& ip) {
  if (ip.empty() || IsIp(ip)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("'", ip, "' is not a numeric IP address such as 10.0.0.1 or ::1"));
}

}  // namespace mesos::rpc
