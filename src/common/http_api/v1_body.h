#pragma once

// Bodies of the v1 API: the call in a request, the message in an answer, as JSON or protobuf.
//
//   if (std::optional<net::HttpResponse> refusal = ReadCall(request, call)) return *refusal;
//   return MessageResponse(answer, type);
//
// Thread-safe: no state.

#include <google/protobuf/message.h>

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "common/net/http_message.h"
#include "common/net/media_type.h"

namespace mesos {

// Reads the body into `call` by its Content-Type; the answer to give (400, 415) where it cannot.
std::optional<net::HttpResponse> ReadCall(const net::HttpRequest& request,
                                          google::protobuf::Message& call);

std::string Serialize(const google::protobuf::Message& message, net::MediaType type);

// 200 with the message.
net::HttpResponse MessageResponse(const google::protobuf::Message& message, net::MediaType type);

// The status's message as text, under the HTTP status that its code stands for.
net::HttpResponse ErrorResponse(const absl::Status& status);

// With no body and no Content-Type.
net::HttpResponse EmptyResponse(int status);

}  // namespace mesos
