#include "scheduler_driver/master_address.h"

#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace mesos::scheduler_driver {
namespace {

absl::Status Malformed(absl::string_view text, absl::string_view fault) {
  return absl::InvalidArgumentError(absl::StrCat("master '", text, "': ", fault,
                                                 "; give host:port, such as localhost:5050, "
                                                 "10.0.0.1:5050 or [::1]:5050"));
}

bool IsHostCharacter(char c, bool bracketed) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_' ||
         (bracketed && (c == ':' || c == '%'));
}

}  // namespace

absl::StatusOr<std::string> ParseMasterAddress(absl::string_view text) {
  if (absl::StartsWith(text, "zk://") || absl::StartsWith(text, "file://")) {
    return absl::UnimplementedError(
        absl::StrCat("master '", text, "': this version does not find masters by ",
                     text.substr(0, text.find(':')), "://; give the master's host:port"));
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
  const absl::string_view port_text = rest.substr(colon + 1);
  uint32_t port = 0;
  if (!absl::SimpleAtoi(port_text, &port) || port == 0 || port > 65535) {
    return Malformed(text, "the port is not a number from 1 to 65535");
  }
  return bracketed ? absl::StrCat("[", host, "]:", port) : absl::StrCat(host, ":", port);
}

}  // namespace mesos::scheduler_driver
