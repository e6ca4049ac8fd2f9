#pragma once

// The classic endpoints that change something, and those of nouns that this master does not have
// yet: /quota /teardown /maintenance/... /machine/... /reserve and so on.
//
//   ClassicWrites writes(core, gate);
//   writes.AddRoutes(add);                               // add(path, methods, access, handler)
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
                                      net::Access access, net::RouteHandler handler)>;

  ClassicWrites(CorePort& core, const auth::Gate& gate) : core_(core), gate_(gate) {}

  void AddRoutes(const AddRoute& add);

  // What PUT does to /weights, whose GET is a read.
  void PutWeights(const net::HttpRequest& request, net::Responder responder);

 private:
  void Teardown(const net::HttpRequest& request, net::Responder responder);

  // Answers with an empty body where the core does what `call` asks for.
  void Perform(std::shared_ptr<const v1::master::Call> call, const auth::CallerPtr& caller,
               net::Responder responder);

  CorePort& core_;
  const auth::Gate& gate_;
};

}  // namespace mesos::master
