#pragma once

// The classic endpoints that change something, and those of nouns that this master does not have
// yet: /quota /teardown /maintenance/... /machine/... /reserve and so on.
//
//   ClassicWrites writes(core);
//   writes.AddRoutes(add);                               // add(path, methods, handler)
//
// What is not supported yet reads as empty, as it is, and a change is answered 501 with the reason.
// Thread-safe. What the constructor takes outlives it.

#include <functional>
#include <string>
#include <vector>

#include "common/net/http_message.h"
#include "common/net/http_server.h"
#include "common/net/router.h"
#include "common/runtime/executor.h"
#include "master/api/core_port.h"

namespace mesos::master {

class ClassicWrites {
 public:
  using AddRoute = std::function<void(const std::string& path, std::vector<std::string> methods,
                                      net::RouteHandler handler)>;

  explicit ClassicWrites(CorePort& core) : core_(core) {}

  void AddRoutes(const AddRoute& add);

  // What PUT does to /weights, whose GET is a read.
  void PutWeights(const net::HttpRequest& request, net::Responder responder);

 private:
  void Teardown(const net::HttpRequest& request, net::Responder responder);

  // Answers with an empty body where the core does what `call` asks for.
  void Perform(std::shared_ptr<const v1::master::Call> call, net::Responder responder);

  CorePort& core_;
};

}  // namespace mesos::master
