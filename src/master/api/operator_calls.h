#pragma once

// The operator API over HTTP: /api/v1, one call a request; SUBSCRIBE's answer goes on.
//
//   OperatorCalls calls(core, encoder, gate, shared, run_on_read_pool);
//   router.Add(path, {"POST"}, Action::kCallApi, [&](auto request, auto, auto responder) {
//     calls.Handle(std::move(request), std::move(responder));
//   });
//
//   POST ──> form (415, 400) ──> type (400) ──> Accept (406) ──> gate (403)
//     ┬─> of every daemon: OperatorApi
//     ├─> SUBSCRIBE: EventFollowers
//     ├─> reads: of a snapshot
//     └─> all else: the core
//
// Handle: on any thread; Answer and Greet on the core's. What the constructor takes outlives it.

#include <cstdint>
#include <map>
#include <memory>

#include "absl/time/time.h"
#include "common/auth/gate.h"
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
  OperatorCalls(CorePort& core, Executor& encoder, const auth::Gate& gate, OperatorApi& shared,
                EventFollowers::ReadPool run_on_read_pool);

  void Handle(net::HttpRequest request, net::Responder responder);

  // The same calls as they come over gRPC, SUBSCRIBE apart, which needs a stream. `answer` is
  // called on any thread.
  void Answer(std::shared_ptr<const v1::master::Call> call, const auth::CallerPtr& caller,
              rpc::Answer<v1::master::Response> answer);

  // Tells a follower the state as it is now.
  void Greet(SessionId session, absl::Duration heartbeat_interval);

  // The core follows a follower no more.
  void Close(SessionId session);

  EventFollowers& followers() { return followers_; }

 private:
  // ---- On the core's thread
  void Read(std::shared_ptr<const v1::master::Call> call, const auth::CallerPtr& caller,
            net::MediaType type, net::Responder responder);
  void Write(std::shared_ptr<const v1::master::Call> call, const auth::CallerPtr& caller,
             net::Responder responder);
  void Subscribe(const auth::CallerPtr& caller, net::MediaType type, net::Responder responder);

  CorePort& core_;
  const auth::Gate& gate_;
  OperatorApi& shared_;
  const EventFollowers::ReadPool run_on_read_pool_;
  EventFollowers followers_;

  // Of the core's thread. What each of those who follow may see.
  uint64_t next_follower_ = 1;
  std::map<SessionId, auth::Visibility> visibilities_;
};

}  // namespace mesos::master
