#pragma once

// The operator API over HTTP: /api/v1, one call a request; SUBSCRIBE's answer goes on.
//
//   OperatorCalls calls(core, encoder, shared, run_on_read_pool);
//   router.Add("/api/v1", {"POST"}, [&](auto request, auto, auto responder) {
//     calls.Handle(std::move(request), std::move(responder));
//   });
//
//   POST ──> form (415, 400) ──> type (400) ──> Accept (406) ──┬─> of every daemon: OperatorApi
//                                                              ├─> SUBSCRIBE: EventFollowers
//                                                              └─> all else: the core
//
// Handle: on any thread. What the constructor takes outlives it.

#include <cstdint>

#include "common/net/http_message.h"
#include "common/net/http_server.h"
#include "common/net/media_type.h"
#include "common/operator_api/operator_api.h"
#include "common/runtime/executor.h"
#include "master/api/core_port.h"
#include "master/api/event_followers.h"

namespace mesos::master {

class OperatorCalls {
 public:
  OperatorCalls(CorePort& core, Executor& encoder, OperatorApi& shared,
                EventFollowers::ReadPool run_on_read_pool);

  void Handle(net::HttpRequest request, net::Responder responder);

  EventFollowers& followers() { return followers_; }

 private:
  // On the core's thread.
  void Subscribe(net::MediaType type, net::Responder responder);

  CorePort& core_;
  Executor& encoder_;
  OperatorApi& shared_;
  EventFollowers followers_;
  uint64_t next_follower_ = 1;  // of the core's thread
};

}  // namespace mesos::master
