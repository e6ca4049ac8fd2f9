#include "common/leader/master_address.h"

#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"
#include "common/json/json_codec.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::leader {
namespace {

absl::Status Malformed(absl::string_view text, absl::string_view fault) {
  return absl::InvalidArgumentError(absl::StrCat("master '", text, "': ", fault,
                                                 "; give host:port, such as localhost:5050, "
                                                 "10.0.0.1:5050 or [::1]:5050, or "
                                                 "zk://host:port,host:port/path"));
}

bool IsHostCharacter(char c, bool bracketed) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_' ||
         (bracketed && (c == ':' || c == '%'));
}

std::string JoinHostPort(absl::string_view host, uint32_t port) {
  return absl::StrContains(host, ":") ? absl::StrCat("[", host, "]:", port)
                                      : absl::StrCat(host, ":", port);
}

// The number that old masters write: the first byte of the address is the lowest.
std::string DottedIp(uint32_t ip) {
  return absl::StrCat(ip & 255, ".", ip >> 8 & 255, ".", ip >> 16 & 255, ".", ip >> 24);
}

}  // namespace

absl::StatusOr<MasterAddress> ParseMasterAddress(absl::string_view text) {
  if (zookeeper::IsUrl(text)) {
    absl::StatusOr<zookeeper::Url> url = zookeeper::ParseUrl(text);
    if (!url.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("the master's ZooKeeper address: ", url.status().message()));
    }
    return MasterAddress{"", *std::move(url)};
  }
  if (absl::StartsWith(text, "file://")) {
    return absl::UnimplementedError(
        absl::StrCat("master '", text,
                     "': a file that holds the address is not supported; give "
                     "its content"));
  }
  absl::string_view rest = text;
  absl::ConsumePrefix(&rest, "master@");  // the form in which Mesos prints a master's pid
  const size_t colon = rest.rfind(':');
  if (colon == absl::string_view::npos) return Malformed(text, "it has no port");
  absl::string_view host = rest.substr(0, colon);
  const bool bracketed = absl::ConsumePrefix(&host, "[");
  if (bracketed && !absl::ConsumeSuffix(&host, "]")) return Malformed(text, "']' is missing");
  if (host.empty()) return Malformed(text, "it has no host");
  if (!bracketed && absl::StrContains(host, ":")) {
    return Malformed(text, "an IPv6 address stands in brackets");
  }
  for (char c : host) {
    if (!IsHostCharacter(c, bracketed)) return Malformed(text, "the host is malformed");
  }
  uint32_t port = 0;
  if (!absl::SimpleAtoi(rest.substr(colon + 1), &port) || port == 0 || port > 65535) {
    return Malformed(text, "the port is not a number from 1 to 65535");
  }
  return MasterAddress{JoinHostPort(host, port), std::nullopt};
}

absl::StatusOr<std::string> TargetOfLeader(const std::string& master_info_json) {
  v1::MasterInfo info;
  if (absl::Status read = json::FromJson(master_info_json, info); !read.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the leader's node holds no MasterInfo: ", read.message()));
  }
  const uint32_t port =
      info.address().has_port() ? static_cast<uint32_t>(info.address().port()) : info.port();
  std::string host = info.address().ip();
  if (host.empty() && info.ip() != 0) host = DottedIp(info.ip());
  if (host.empty())
    host = info.address().hostname().empty() ? info.hostname() : info.address().hostname();
  ASSIGN_OR_RETURN(const MasterAddress address, ParseMasterAddress(JoinHostPort(host, port)));
  return address.target;
}

}  // namespace mesos::leader
