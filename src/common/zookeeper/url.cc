#include "common/zookeeper/url.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace mesos::zookeeper {
namespace {

constexpr absl::string_view kScheme = "zk://";
constexpr int kDefaultPort = 2181;

absl::Status Malformed(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(
      why, "; a ZooKeeper address has the form zk://[user:password@]host:port,host:port/path"));
}

// "host" or "host:port" or "[v6]:port", with its port.
absl::StatusOr<std::string> ParseServer(absl::string_view text) {
  const size_t colon = text.rfind(':');
  const bool has_port = colon != absl::string_view::npos && !absl::EndsWith(text, "]");
  const absl::string_view host = has_port ? text.substr(0, colon) : text;
  if (host.empty()) return Malformed("a server has no host");
  if (host.find(':') != absl::string_view::npos && !absl::StartsWith(host, "[")) {
    return Malformed(absl::StrCat("the IPv6 address in '", text, "' needs brackets"));
  }
  int port = kDefaultPort;
  if (has_port &&
      (!absl::SimpleAtoi(text.substr(colon + 1), &port) || port <= 0 || port > 65'535)) {
    return Malformed(absl::StrCat("'", text, "' has no valid port"));
  }
  return absl::StrCat(host, ":", port);
}

absl::Status CheckPath(absl::string_view path) {
  for (absl::string_view part : absl::StrSplit(path.substr(1), '/')) {
    if (part.empty() || part == "." || part == "..") {
      return Malformed(absl::StrCat("the path '", path, "' has an empty, '.' or '..' component"));
    }
    for (char c : part) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
        return Malformed("the path has a control character");
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::string Url::ToString() const { return absl::StrCat(kScheme, servers, path); }

bool IsUrl(absl::string_view text) {
  return absl::StartsWith(absl::StripLeadingAsciiWhitespace(text), kScheme);
}

absl::StatusOr<Url> ParseUrl(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  if (!absl::ConsumePrefix(&text, kScheme)) return Malformed("it does not begin with zk://");
  Url url;
  // As Mesos reads it: the path begins at the first slash, the servers after the last '@' before
  // it.
  const size_t slash = text.find('/');
  url.path = slash == absl::string_view::npos ? "/" : std::string(text.substr(slash));
  absl::string_view authority = text.substr(0, slash);
  if (const size_t at = authority.rfind('@'); at != absl::string_view::npos) {
    url.credentials = std::string(authority.substr(0, at));
    authority.remove_prefix(at + 1);
    const size_t colon = url.credentials.find(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == url.credentials.size()) {
      return Malformed("the credentials are not user:password");
    }
  } else if (text.rfind('@') != absl::string_view::npos && absl::StrContains(authority, ":")) {
    // A password with a slash in it, rather than a path with an '@'.
    absl::string_view port = authority.substr(authority.rfind(':') + 1);
    int number = 0;
    if (!absl::SimpleAtoi(port, &number)) return Malformed("the password has a '/'");
  }
  while (url.path.size() > 1 && url.path.back() == '/') url.path.pop_back();
  if (url.path == "/") return Malformed("it has no path, such as /mesos");
  if (absl::Status valid = CheckPath(url.path); !valid.ok()) return valid;
  std::vector<std::string> servers;
  for (absl::string_view server : absl::StrSplit(authority, ',')) {
    absl::StatusOr<std::string> parsed = ParseServer(server);
    if (!parsed.ok()) return parsed.status();
    servers.push_back(*std::move(parsed));
  }
  url.servers = absl::StrJoin(servers, ",");
  return url;
}

absl::Status CheckSessionTimeout(absl::Duration timeout) {
  if (timeout >= absl::Milliseconds(100) && timeout <= absl::Hours(1)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("'", absl::FormatDuration(timeout), "' is not from 100ms to 1hrs"));
}

}  // namespace mesos::zookeeper
