#include "common/net/site_guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/printable.h"

namespace mesos::net {
namespace {

constexpr size_t kMaxShownBytes = 256;

// What a client sent, fit for a line of text.
std::string Shown(absl::string_view text) { return Printable(text.substr(0, kMaxShownBytes)); }

// The host of "host:port" in lower case, without brackets and without a final dot.
std::string HostOf(absl::string_view authority) {
  if (absl::ConsumePrefix(&authority, "[")) {
    authority = authority.substr(0, authority.find(']'));
  } else {
    const size_t colon = authority.rfind(':');
    // Of more than one it is an address of IPv6 without a port.
    if (colon == authority.find(':')) authority = authority.substr(0, colon);
    absl::ConsumeSuffix(&authority, ".");
  }
  return absl::AsciiStrToLower(authority);
}

// Empty where there is none.
absl::string_view PortOf(absl::string_view authority) {
  const size_t bracket = authority.rfind(']');
  const size_t colon = authority.rfind(':');
  if (colon == absl::string_view::npos || (bracket != absl::string_view::npos && colon < bracket)) {
    return {};
  }
  return authority.substr(colon + 1);
}

bool IsIpAddress(const std::string& host) {
  in6_addr address;
  return inet_pton(AF_INET, host.c_str(), &address) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

bool IsHostName(absl::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
  });
}

// "http://host:port/path" gives "host:port"; empty where it is no such address.
absl::string_view AuthorityOf(absl::string_view url, absl::string_view* default_port) {
  if (absl::StartsWithIgnoreCase(url, "http://")) {
    url.remove_prefix(7);
    *default_port = "80";
  } else if (absl::StartsWithIgnoreCase(url, "https://")) {
    url.remove_prefix(8);
    *default_port = "443";
  } else {
    return {};
  }
  url = url.substr(0, url.find_first_of("/?#"));
  return url.substr(url.rfind('@') + 1);  // the whole where there is none
}

HttpResponse Forbidden(absl::string_view reason) {
  return HttpResponse::Text(403, absl::StrCat("403 Forbidden. ", reason, "\n"));
}

// A user follows a link, or types an address: the page that had the link cannot see the answer.
bool IsLinkFollowed(const HttpRequest& request) {
  const absl::string_view to = request.Header("Sec-Fetch-Dest");
  return (request.method == "GET" || request.method == "HEAD") &&
         request.Header("Sec-Fetch-Mode") == "navigate" && (to.empty() || to == "document");
}

}  // namespace

std::vector<std::string> ParseAllowedHosts(absl::string_view value) {
  std::vector<std::string> hosts;
  for (absl::string_view part : absl::StrSplit(value, ',')) {
    part = absl::StripAsciiWhitespace(part);
    if (!part.empty()) hosts.push_back(absl::AsciiStrToLower(part));
  }
  return hosts;
}

absl::Status CheckAllowedHosts(const std::string& value) {
  for (const std::string& host : ParseAllowedHosts(value)) {
    absl::string_view name(host);
    if (name == "*") continue;
    absl::ConsumePrefix(&name, "*.");
    if (IsHostName(name) || IsIpAddress(HostOf(host))) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("'", host, "' is not a host name such as proxy.example.com or *.example.com"));
  }
  return absl::OkStatus();
}

SiteGuard::SiteGuard(const SiteNames& names) {
  for (const std::string& name : names.names) {
    const std::string host = HostOf(name);
    if (host.empty()) continue;
    names_.insert(host);
    if (!IsIpAddress(host)) names_.insert(host.substr(0, host.find('.')));
  }
  for (const std::string& name : names.allowed) {
    absl::string_view host(name);
    if (host == "*") {
      all_allowed_ = true;
    } else if (absl::ConsumePrefix(&host, "*")) {
      allowed_below_.push_back(absl::AsciiStrToLower(host));
    } else {
      allowed_.insert(HostOf(host));
    }
  }
}

bool SiteGuard::IsAllowed(absl::string_view host) const {
  if (all_allowed_ || allowed_.contains(host)) return true;
  return std::any_of(allowed_below_.begin(), allowed_below_.end(),
                     [host](const std::string& below) { return absl::EndsWith(host, below); });
}

bool SiteGuard::IsOurs(absl::string_view host) const {
  // An address cannot be made to point elsewhere, and resolvers keep localhost for this machine.
  return names_.contains(host) || IsAllowed(host) || host == "localhost" ||
         absl::EndsWith(host, ".localhost") || IsIpAddress(std::string(host));
}

bool SiteGuard::IsOwnPage(absl::string_view url, absl::string_view authority) const {
  absl::string_view default_port;
  const absl::string_view page = AuthorityOf(url, &default_port);
  if (page.empty()) return false;
  const std::string host = HostOf(page);
  if (IsAllowed(host)) return true;
  if (authority.empty() || host != HostOf(authority)) return false;
  const absl::string_view page_port = PortOf(page).empty() ? default_port : PortOf(page);
  const absl::string_view port = PortOf(authority).empty() ? default_port : PortOf(authority);
  return page_port == port;
}

std::optional<HttpResponse> SiteGuard::Check(HttpRequest& request) const {
  if (request.peer.ip.empty()) return std::nullopt;
  absl::string_view unused_port;
  std::vector<absl::string_view> hosts = {AuthorityOf(request.target, &unused_port)};
  for (const auto& [name, value] : request.headers) {
    if (absl::EqualsIgnoreCase(name, "Host")) hosts.push_back(value);
  }
  for (absl::string_view host : hosts) {
    if (host.empty() || IsOurs(HostOf(host))) continue;
    return Forbidden(
        absl::StrCat("'", Shown(host),
                     "' is not a name of this server; it is called by its host name or "
                     "address, or by a name in --allowed_hosts."));
  }
  const absl::string_view authority = request.Header("Host");
  const absl::string_view origin = request.Header("Origin");
  if (!origin.empty() && !IsOwnPage(origin, authority)) {
    return Forbidden(absl::StrCat("A page of another site ('", Shown(origin),
                                  "') may not call this server; name its host in --allowed_hosts "
                                  "if it may."));
  }
  const absl::string_view site = request.Header("Sec-Fetch-Site");
  if (!site.empty() && site != "same-origin" && site != "none" && origin.empty()) {
    if (!IsLinkFollowed(request)) {
      return Forbidden(absl::StrCat(
          "A page of another site may not call this server (Sec-Fetch-Site: ", Shown(site), ")."));
    }
    request.from_other_site = true;
  }
  // Of browsers, those that tell of the site do so only to https and localhost; none lets a page
  // change its name, and a script tag cannot set headers at all.
  const absl::string_view referer = request.Header("Referer");
  if (site.empty() && request.Query("jsonp").has_value() && !IsOwnPage(referer, authority) &&
      (!referer.empty() || absl::StartsWith(request.Header("User-Agent"), "Mozilla/"))) {
    return Forbidden(
        "A script of this server (jsonp) is only for its own pages: the request's Referer names "
        "none. A page of another host may have it once that is named in --allowed_hosts.");
  }
  return std::nullopt;
}

}  // namespace mesos::net
