#pragma once

// Which handler takes which path: the longest registered path that is a prefix of the request's,
// whole components only, as libprocess routes.
//
//   Router router({"/master"}, gate);         // prefixes under which every path stands too
//   router.Add("/state", {"GET"}, Action::kViewState, handler);  // also /master/state, /state.json
//   router.Add("/weights", {"GET", "PUT"}, {Action::kViewState, Action::kUpdateWeights}, handler);
//   router.Handle(std::move(request), std::move(responder));
//
// A path that none has is answered 404 ("404 Not Found."), a method that it does not take 405 with
// Allow and the reason, in Mesos' words. The gate is asked before the handler: who is refused gets
// 401 or 403; the handler finds the caller in the request. HEAD is taken where GET is. Trailing and
// repeated slashes are ignored. An empty list of methods takes every method. "/" takes the root
// alone. Built before the first request, then read-only: Handle from any thread.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/auth/gate.h"
#include "common/net/http_message.h"
#include "common/net/http_server.h"

namespace mesos::net {

// `rest` is what follows the registered path, without its leading slash: the id in "/slaves/<id>".
using RouteHandler = std::function<void(HttpRequest, std::string rest, Responder)>;

// What a request of a route does.
struct Access {
  Access(auth::Action every) : read(every), write(every) {}  // NOLINT: any method
  Access(auth::Action get, auth::Action other) : read(get), write(other) {}

  auth::Action read;   // by GET and HEAD
  auth::Action write;  // by any other method
};

class Router {
 public:
  // The gate outlives it.
  Router(std::vector<std::string> prefixes, const auth::Gate& gate);

  void Add(const std::string& path, std::vector<std::string> methods, Access access,
           RouteHandler handler);

  void Handle(HttpRequest request, Responder responder) const;

  // What stands registered, sorted: for /help.
  std::vector<std::string> paths() const;

 private:
  struct Route {
    std::vector<std::string> methods;
    Access access;
    RouteHandler handler;
  };
  // The route of `path`, which is normalised, and what is left of it; null where there is none.
  const Route* Find(const std::string& path, std::string* rest) const;

  // Sets the caller; what to answer where it may not.
  std::optional<HttpResponse> PassGate(const Route& route, HttpRequest& request) const;

  const std::vector<std::string> prefixes_;
  const auth::Gate& gate_;
  std::map<std::string, Route> routes_;
};

}  // namespace mesos::net
