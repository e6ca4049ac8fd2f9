#pragma once

// A request as a handler sees it, and the answer that it gives: plain data, and whole bodies but
// where a body is wanted as it comes.
//
//   request.Header("content-type");                // names in any case; of repeated lines the last
//   request.Query("offset");                       // decoded; nullopt where absent
//   return HttpResponse::Text(404, "404 Not Found.");

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/auth/caller.h"
#include "common/auth/peer.h"

namespace mesos::net {

// Name and value, in the order in which they came or go.
using Fields = std::vector<std::pair<std::string, std::string>>;

class BodyStream;  // http_server.h

struct HttpRequest {
  std::string method;  // as sent: "GET"
  std::string target;  // as sent: "/files/read?path=%2Fa"
  std::string path;    // decoded, without the query: "/files/read"
  Fields query;        // decoded
  Fields headers;
  std::string body;
  // In place of `body`, where the server's options say so (streams_body).
  std::shared_ptr<BodyStream> body_stream;
  auth::Peer peer;
  auth::CallerPtr caller = auth::Anonymous();  // whom the gate found (router.h)
  bool accepts_gzip = false;                   // its Accept-Encoding allows gzip
  // A page of another site had the link that a user followed here. It may read, and change nothing.
  bool from_other_site = false;

  // Empty where absent.
  absl::string_view Header(absl::string_view name) const;
  std::optional<std::string> Query(absl::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  Fields headers;  // without Content-Length, Transfer-Encoding, Connection and Date
  std::string body;

  // With Content-Type: text/plain; charset=utf-8, as Mesos answers errors.
  static HttpResponse Text(int status, absl::string_view body);
  // With Content-Type: application/json.
  static HttpResponse Json(std::string body);
};

}  // namespace mesos::net
