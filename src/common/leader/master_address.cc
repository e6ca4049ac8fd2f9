#include "common/leader/master_address.h"

#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/limits.h"
#include "common/base/small_file.h"
#include "common/base/status_macros.h"
#include "common/json/json_codec.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::leader {
namespace {

constexpr absl::string_view kFileScheme = "file://";
constexpr size_t kShownBytes = 200;
constexpr absl::string_view kPidPrefix =
    "master@";  // the form in which Mesos prints a master's pid

absl::Status Malformed(absl::string_view text, absl::string_view fault) {
  // It may be a mistyped zk:// with credentials.
  const size_t at = absl::StartsWith(text, kPidPrefix) ? absl::string_view::npos : text.rfind('@');
  const std::string shown = at == absl::string_view::npos
                                ? std::string(text.substr(0, kShownBytes))
                                : absl::StrCat("***", text.substr(at, kShownBytes));
  return absl::InvalidArgumentError(absl::StrCat(
      "master '", shown, "': ", fault,
      "; give host:port, such as localhost:5050, 10.0.0.1:5050 or [::1]:5050, or "
      "zk://host:port,host:port/path, or file:///path/to/file that holds one of them"));
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

absl::StatusOr<MasterAddress> ReadMasterAddress(const std::string& path) {
  const absl::StatusOr<std::string> content = ReadSmallFile(path, limits::kMaxAddressFileBytes);
  if (!content.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("master 'file://", path, "': ", content.status().message()));
  }
  const absl::string_view address = absl::StripAsciiWhitespace(*content);
  if (address.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("master 'file://", path, "': the file holds no address"));
  }
  if (absl::StartsWith(address, kFileScheme)) {
    return absl::InvalidArgumentError(
        absl::StrCat("master 'file://", path, "': the file holds more than an address"));
  }
  absl::StatusOr<MasterAddress> parsed = ParseMasterAddress(address);
  if (parsed.ok()) return parsed;
  return absl::InvalidArgumentError(
      absl::StrCat("master 'file://", path, "': ", parsed.status().message()));
}

}  // namespace

absl::StatusOr<MasterAddress> ParseMasterAddress(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  if (zookeeper::IsUrl(text)) {
    absl::StatusOr<zookeeper::Url> url = zookeeper::ParseUrl(text);
    if (!url.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("the master's ZooKeeper address: ", url.status().message()));
    }
    return MasterAddress{.zookeeper = *std::move(url)};
  }
  if (absl::StartsWith(text, kFileScheme))
    return ReadMasterAddress(std::string(text.substr(kFileScheme.size())));
  absl::string_view rest = text;
  absl::ConsumePrefix(&rest, kPidPrefix);
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
  return MasterAddress{.target = JoinHostPort(host, port)};
}

absl::StatusOr<v1::MasterInfo> ReadMasterInfo(const std::string& data) {
  v1::MasterInfo info;
  const absl::Status read = json::FromJson(data, info);
  if (read.ok()) return info;
  if (!absl::StartsWith(data, "{") && info.ParseFromString(data)) return info;
  return absl::InvalidArgumentError(
      absl::StrCat("the leader's node holds no MasterInfo: ", read.message()));
}

absl::StatusOr<std::string> TargetOfLeader(const std::string& data) {
  ASSIGN_OR_RETURN(const v1::MasterInfo info, ReadMasterInfo(data));
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
