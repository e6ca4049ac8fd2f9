#pragma once

// The classic endpoints: JSON in Mesos' own shapes.
//
//   absl::StatusOr<ClassicAnswer> answer = ReadState(snapshot, {.flags_json = flags}, request);
//   if (!answer.ok()) return HttpResponse::Text(400, answer.status().message());
//   responder.RespondFrom({{"Content-Type", answer->content_type}}, std::move(answer->body));
//
// They read the query of the request, `jsonp` among it. InvalidArgument, to be answered 400, where
// a value of the query is not one. Thread-safe; what is streamed holds the snapshot until the body
// is gone.

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/net/http_message.h"
#include "common/net/http_server.h"
#include "master/core/views/snapshot.h"

namespace mesos::master {

struct ClassicAnswer {
  std::string content_type;
  std::unique_ptr<net::BodySource> body;
};

// What /state shows and the core does not know.
struct ClassicContext {
  std::string flags_json = "{}";  // an object of strings
  // Fields of an object without its braces: "build_user":"...","git_sha":"..."
  std::string build_fields;
};

using SharedSnapshot = std::shared_ptr<const Snapshot>;

absl::StatusOr<ClassicAnswer> ReadState(SharedSnapshot snapshot, const ClassicContext& context,
                                        const net::HttpRequest& request);
absl::StatusOr<ClassicAnswer> ReadStateSummary(SharedSnapshot snapshot,
                                               const net::HttpRequest& request);

// All agents, or the one of `agent_id` (from /slaves/<id>) or ?slave_id=.
absl::StatusOr<ClassicAnswer> ReadSlaves(SharedSnapshot snapshot, const std::string& agent_id,
                                         const net::HttpRequest& request);

// ?framework_id=.
absl::StatusOr<ClassicAnswer> ReadFrameworks(SharedSnapshot snapshot,
                                             const net::HttpRequest& request);

// ?limit= (100; -1 for no limit), ?offset=, ?order=asc|des (des), ?framework_id=, ?task_id=.
absl::StatusOr<ClassicAnswer> ReadTasks(SharedSnapshot snapshot, const net::HttpRequest& request);

absl::StatusOr<ClassicAnswer> ReadRoles(SharedSnapshot snapshot, const net::HttpRequest& request);
absl::StatusOr<ClassicAnswer> ReadWeights(SharedSnapshot snapshot, const net::HttpRequest& request);

// /quota, /maintenance/schedule and /maintenance/status: there is none yet, so an empty object.
absl::StatusOr<ClassicAnswer> ReadNothing(const net::HttpRequest& request);

}  // namespace mesos::master
