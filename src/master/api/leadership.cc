#include "master/api/leadership.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace mesos::master {
namespace {

net::HttpResponse Redirect(const Leadership& leadership, absl::string_view target) {
  if (!leadership.leader.has_value()) return net::HttpResponse::Text(503, "No leader elected");
  // Without a scheme, so that a client keeps the one that it came with.
  const bool bare_ipv6 = absl::StrContains(leadership.leader->hostname, ':');
  return {307,
          {{"Location", absl::StrCat("//", bare_ipv6 ? "[" : "", leadership.leader->hostname,
                                     bare_ipv6 ? "]" : "", ":", leadership.leader->port, target)}},
          ""};
}

}  // namespace

std::optional<net::HttpResponse> RedirectToLeader(const Leadership& leadership,
                                                  const net::HttpRequest& request) {
  if (leadership.leading) return std::nullopt;
  const bool prefixed = absl::StartsWith(request.target, "/master/");
  return Redirect(leadership, absl::StrCat(prefixed ? "" : "/master", request.target));
}

net::HttpResponse ToLeader(const Leadership& leadership) { return Redirect(leadership, ""); }

}  // namespace mesos::master
