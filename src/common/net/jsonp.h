#pragma once

// A JSON answer, or, for browsers of old, a script that hands the JSON to the function that the
// query parameter `jsonp` names.
//
//   responder.Respond(JsonOrScript(request, "{\"a\":1}"));
//   // /flags             application/json   {"a":1}
//   // /flags?jsonp=cb    text/javascript    cb({"a":1});
//
// The name may be an identifier with dots and indices (angular.callbacks._0); another one is
// answered 400, as the text would run in the reader's page. Thread-safe.

#include <string>

#include "absl/status/statusor.h"
#include "common/net/http_message.h"

namespace mesos::net {

HttpResponse JsonOrScript(const HttpRequest& request, std::string json);

// For a body that is made piece by piece: its media type, and what goes before and behind the JSON.
struct JsonFrame {
  std::string content_type;
  std::string before;
  std::string behind;
};

// InvalidArgument, to be answered 400, where the name is refused.
absl::StatusOr<JsonFrame> JsonFrameOf(const HttpRequest& request);

}  // namespace mesos::net
