#pragma once

// The scheduler API over HTTP: SUBSCRIBE opens a stream of events with an id of its own, every
// other call is a request that names that id and is answered at once.
//
//   SchedulerApi schedulers(core, encoder, gate, seed);
//   router.Add(path, {"POST"}, Action::kCallApi, [&](auto request, auto, auto responder) {
//     schedulers.Handle(std::move(request), std::move(responder));
//   });
//
//   POST ──> form (415, 400) ──> call (400) ──> gate (403)
//     ┬─SUBSCRIBE──> Accept (406), no id (400) ──> session
//     └─other──────> framework (400, 403), id (400) ──> 202
//
// Handle: on any thread. What is under "core's thread" belongs to that. The core and the encoder
// outlive it, and it the streams that the core holds.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "common/auth/gate.h"
#include "common/base/ids.h"
#include "common/net/http_message.h"
#include "common/net/http_server.h"
#include "common/net/media_type.h"
#include "common/runtime/executor.h"
#include "common/runtime/random.h"
#include "master/api/core_port.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::master {

// Sessions over HTTP count from here on, those over gRPC from 1.
inline constexpr uint64_t kFirstHttpSession = uint64_t{1} << 62;

class SchedulerApi {
 public:
  // `seed` is for the ids of streams.
  SchedulerApi(CorePort& core, Executor& encoder, const auth::Gate& gate, uint64_t seed);

  void Handle(net::HttpRequest request, net::Responder responder);

 private:
  using Call = std::shared_ptr<const v1::scheduler::Call>;

  // ---- On the core's thread
  void Subscribe(Call call, const auth::CallerPtr& caller, net::MediaType type,
                 net::Responder responder);
  void Open(SessionId session, net::MediaType type, net::Responder responder);
  void Perform(Call call, const auth::CallerPtr& caller, std::optional<std::string> stream_id,
               net::Responder responder);

  CorePort& core_;
  Executor& encoder_;
  const auth::Gate& gate_;

  // Of the core's thread. Invariant: the ids of exactly the sessions whose streams the core holds.
  absl::flat_hash_map<std::string, SessionId> streams_;
  uint64_t next_session_ = kFirstHttpSession;
  Random random_;
};

}  // namespace mesos::master
