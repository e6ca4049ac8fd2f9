#pragma once

// Which handler takes which path: the longest registered path that is a prefix of the request's,
// whole components only, as libprocess routes.
//
//   Router router({"/master"});               // prefixes under which every path stands too
//   router.Add("/state", {"GET"}, handler);   // also /master/state and /state.json
//   router.Add("/api/v1/scheduler", {"POST"}, handler);
//   router.Handle(std::move(request), std::move(responder));
//
// A path that none has is answered 404 ("404 Not Found."), a method that it does not take 405 with
// Allow and the reason, in Mesos' words. HEAD is taken where GET is. Trailing and repeated slashes
// are ignored. An empty list of methods takes every method. "/" takes the root alone. Built before
// the first request, then read-only: Handle from any thread.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/net/http_message.h"
#include "common/net/http_server.h"

namespace mesos::net {

// `rest` is what follows the registered path, without its leading slash: the id in "/slaves/<id>".
using RouteHandler = std::function<void(HttpRequest, std::string rest, Responder)>;

class Router {
 public:
  explicit Router(std::vector<std::string> prefixes);

  void Add(const std::string& path, std::vector<std::string> methods, RouteHandler handler);

  void Handle(HttpRequest request, Responder responder) const;

  // What stands registered, sorted: for /help.
  std::vector<std::string> paths() const;

 private:
  struct Route {
    std::vector<std::string> methods;
    RouteHandler handler;
  };
  // The route of `path`, which is normalised, and what is left of it; null where there is none.
  const Route* Find(const std::string& path, std::string* rest) const;

  const std::vector<std::string> prefixes_;
  std::map<std::string, Route> routes_;
};

}  // namespace mesos::net
