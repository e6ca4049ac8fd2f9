#include "common/net/router.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace mesos::net {
namespace {

// Every component behind one slash: "//a///b/" gives "/a/b", and the root "/".
std::string Normalize(absl::string_view path) {
  std::string out;
  for (absl::string_view part : absl::StrSplit(path, '/', absl::SkipEmpty())) {
    absl::StrAppend(&out, "/", part);
  }
  return out.empty() ? "/" : out;
}

bool Takes(const std::vector<std::string>& methods, const std::string& method) {
  if (methods.empty()) return true;
  const std::string& wanted = method == "HEAD" ? "GET" : method;
  return std::find(methods.begin(), methods.end(), wanted) != methods.end() ||
         std::find(methods.begin(), methods.end(), method) != methods.end();
}

HttpResponse MethodNotAllowed(const std::vector<std::string>& methods, const std::string& method) {
  HttpResponse response = HttpResponse::Text(
      405, absl::StrCat("405 Method Not Allowed. Expecting one of { '",
                        absl::StrJoin(methods, "', '"), "' }, but received '", method, "'."));
  response.headers.emplace_back("Allow", absl::StrJoin(methods, ", "));
  return response;
}

}  // namespace

Router::Router(std::vector<std::string> prefixes, const auth::Gate& gate)
    : prefixes_(std::move(prefixes)), gate_(gate) {}

void Router::Add(const std::string& path, std::vector<std::string> methods, Access access,
                 RouteHandler handler) {
  routes_.insert_or_assign(Normalize(path), Route{std::move(methods), access, std::move(handler)});
}

std::optional<HttpResponse> Router::PassGate(const Route& route, HttpRequest& request) const {
  const bool reads = request.method == "GET" || request.method == "HEAD";
  const auth::Action action = reads ? route.access.read : route.access.write;
  if (request.from_other_site && auth::Changes(action)) {
    return HttpResponse::Text(
        403,
        "403 Forbidden. A link on a page of another site may read here, and change nothing.\n");
  }
  absl::StatusOr<auth::CallerPtr> caller =
      gate_.Authenticate({request.peer.ip, std::string(request.Header("Authorization"))});
  if (!caller.ok()) {
    HttpResponse response = HttpResponse::Text(401, caller.status().message());
    response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"mesos\"");
    return response;
  }
  request.caller = *std::move(caller);
  const absl::Status allowed = gate_.Authorize(*request.caller, action, "");
  if (!allowed.ok()) return HttpResponse::Text(403, allowed.message());
  return std::nullopt;
}

void Router::Handle(HttpRequest request, Responder responder) const {
  const std::string path = Normalize(request.path);
  std::string rest;
  const Route* route = Find(path, &rest);
  for (auto prefix = prefixes_.begin(); route == nullptr && prefix != prefixes_.end(); ++prefix) {
    absl::string_view inner(path);
    if (!absl::ConsumePrefix(&inner, *prefix)) continue;
    if (inner.empty() || inner.front() == '/') route = Find(Normalize(inner), &rest);
  }
  if (route == nullptr) {
    responder.Respond(HttpResponse::Text(404, "404 Not Found."));
    return;
  }
  if (!Takes(route->methods, request.method)) {
    responder.Respond(MethodNotAllowed(route->methods, request.method));
    return;
  }
  if (std::optional<HttpResponse> refusal = PassGate(*route, request)) {
    responder.Respond(*std::move(refusal));
    return;
  }
  route->handler(std::move(request), std::move(rest), std::move(responder));
}

std::vector<std::string> Router::paths() const {
  std::vector<std::string> paths;
  paths.reserve(routes_.size());
  for (const auto& [path, route] : routes_) paths.push_back(path);
  return paths;
}

const Router::Route* Router::Find(const std::string& path, std::string* rest) const {
  rest->clear();
  auto whole = routes_.find(path);
  if (whole == routes_.end() && absl::EndsWith(path, ".json")) {
    whole = routes_.find(std::string(absl::StripSuffix(path, ".json")));
  }
  if (whole != routes_.end()) return &whole->second;
  for (size_t end = path.rfind('/'); end != 0 && end != std::string::npos;
       end = path.rfind('/', end - 1)) {
    auto found = routes_.find(path.substr(0, end));
    if (found == routes_.end()) continue;
    *rest = path.substr(end + 1);
    return &found->second;
  }
  return nullptr;
}

}  // namespace mesos::net
