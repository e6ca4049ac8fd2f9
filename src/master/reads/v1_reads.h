#pragma once

// The reads of the v1 operator API.
//
//   std::shared_ptr<const Snapshot> snapshot = core.TakeSnapshot();     // on the core's thread
//   if (IsRead(call.type())) {
//     absl::StatusOr<Response> response = Read(*snapshot, call);         // elsewhere; or
//     responder.RespondFrom(headers, StreamRead(snapshot, call.type(), net::MediaType::kJson));
//   }
//
// The first event of an operator who subscribes holds all of GET_STATE, and is streamed as well:
//
//   std::unique_ptr<SizedBody> event = StreamSubscribed(snapshot, heartbeat_interval, form);
//   size_t bytes = 0;
//   while (event->Measure(bytes)) {}                 // its length stands before it in RecordIO
//   while (event->Next(piece)) ...
//
// Reads: GET_HEALTH, GET_VERSION, GET_MASTER, GET_STATE, GET_AGENTS, GET_FRAMEWORKS, GET_EXECUTORS,
// GET_OPERATIONS, GET_TASKS, GET_ROLES, GET_WEIGHTS, GET_QUOTA, GET_MAINTENANCE_STATUS and
// GET_MAINTENANCE_SCHEDULE. There are no operations, quotas and maintenance yet, and these say so.
// Thread-safe; what is streamed holds the snapshot until the source is gone.

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/net/http_server.h"
#include "common/net/media_type.h"
#include "master/core/views/snapshot.h"
#include "mesos/v1/master/master.pb.h"

namespace mesos::master {

bool IsRead(v1::master::Call::Type type);

// The whole response; for a large master GET_STATE is hundreds of megabytes. Unimplemented where
// the call is not a read.
absl::StatusOr<v1::master::Response> Read(const Snapshot& snapshot, const v1::master::Call& call);

// The same, in pieces. `type` is a read. In JSON the lists that Mesos always writes stand there
// even where they are empty.
std::unique_ptr<net::BodySource> StreamRead(std::shared_ptr<const Snapshot> snapshot,
                                            v1::master::Call::Type type, net::MediaType form);

// A body whose length is known before its first byte.
class SizedBody : public net::BodySource {
 public:
  // Counts a piece of it, and adds its bytes to `bytes`; true where there is more to count. Called
  // until that is false, before the first Next.
  virtual bool Measure(size_t& bytes) = 0;
};

// The event SUBSCRIBED, without the framing of a record.
std::unique_ptr<SizedBody> StreamSubscribed(std::shared_ptr<const Snapshot> snapshot,
                                            absl::Duration heartbeat_interval, net::MediaType form);

}  // namespace mesos::master
