#pragma once

// What form a body has and what form its answer takes, by the rules of Mesos' v1 API.
//
//   ASSIGN_OR_RETURN(MediaType body, RequestMediaType(request));
//   ASSIGN_OR_RETURN(MediaType answer, ResponseMediaType(request));
//
// Content-Type must be exactly application/json or application/x-protobuf (parameters are refused,
// as Mesos does). The Accept header alone decides the answer: none, or one that allows JSON, means
// JSON; else protobuf where that is allowed.

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/net/http_message.h"

namespace mesos::net {

enum class MediaType { kJson, kProtobuf };

// "application/json" or "application/x-protobuf".
const char* MediaTypeName(MediaType type);

// InvalidArgument (to be answered 415), or FailedPrecondition (400) where the request has no
// Content-Type at all; with Mesos' words.
absl::StatusOr<MediaType> RequestMediaType(const HttpRequest& request);

// InvalidArgument (to be answered 406), with Mesos' words.
absl::StatusOr<MediaType> ResponseMediaType(const HttpRequest& request);

// Whether the Accept header `accept` (empty: everything) allows `type`, e.g. "text/html"; with
// wildcards and q=0.
bool Accepts(absl::string_view accept, absl::string_view type);

}  // namespace mesos::net
