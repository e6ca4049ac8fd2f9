#pragma once

// Keeps the web pages of others out. A browser sends requests for any page that its user looks at;
// a page of another site could so end frameworks by a form, read the state by a script tag with
// `jsonp`, or call itself by a name that it makes point here (DNS rebinding).
//
//   SiteGuard guard({.names = {"master1.example.com"}, .allowed = {"proxy.example.com"}});
//   if (std::optional<HttpResponse> refusal = guard.Check(request)) return *refusal;
//
//   Host            an IP address, localhost, a name of ours (or its first label), an allowed one
//   Origin          that of the Host, or an allowed one
//   Sec-Fetch-Site  same-origin or none; else an allowed Origin, or a link that a user follows
//   jsonp           what a browser asks for comes from a page of ours, by Sec-Fetch-Site or Referer
//
// Whatever is not a browser sends none of these but Host, and passes with an IP address or a name
// of ours there, or with none. On a Unix socket there are no browsers: everything passes.
// Thread-safe: immutable.

#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/net/http_message.h"

namespace mesos::net {

struct SiteNames {
  std::vector<std::string> names;  // of this server, in any case
  // Of others whose pages may call, and by which this server may be called: "proxy.example.com",
  // "*.example.com" for all below it, "*" for all there are.
  std::vector<std::string> allowed;
};

// The names in `value`, separated by commas. InvalidArgument, naming the entry, where one is no
// host name.
absl::Status CheckAllowedHosts(const std::string& value);
std::vector<std::string> ParseAllowedHosts(absl::string_view value);

class SiteGuard {
 public:
  explicit SiteGuard(const SiteNames& names);

  // What to answer (403, with the reason) where the request is refused. Marks in `request` whether
  // a page of another site led to it: such a request may read, and its page cannot see the answer.
  std::optional<HttpResponse> Check(HttpRequest& request) const;

 private:
  bool IsOurs(absl::string_view host) const;
  bool IsAllowed(absl::string_view host) const;
  bool IsOwnPage(absl::string_view url, absl::string_view authority) const;

  absl::flat_hash_set<std::string> names_;
  absl::flat_hash_set<std::string> allowed_;
  std::vector<std::string> allowed_below_;  // each with its leading dot
  bool all_allowed_ = false;
};

}  // namespace mesos::net
