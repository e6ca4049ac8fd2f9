#pragma once

// The head of an answer as it goes over the wire. Thread-safe: no state.

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/net/http_message.h"

namespace mesos::net {

// "404 Not Found"; "599 Unknown Status" for a code that nobody has defined.
std::string StatusLine(int status);

// "Mon, 23 Nov 2026 23:14:00 GMT".
std::string HttpDate(absl::Time time);

// How the end of a body is told.
enum class Framing {
  kLength,   // Content-Length
  kChunked,  // Transfer-Encoding: chunked
  kClose,    // the connection ends with it: HTTP/1.0 has nothing else
  kNone,     // there is none by definition: 204, 304
};

struct HeadOptions {
  Framing framing = Framing::kLength;
  size_t length = 0;
  bool gzip = false;
  absl::string_view connection;  // "close", "keep-alive" or nothing
};

// Status line to empty line. Bytes that would end a header's line are left out of it.
std::string FormatHead(int status, const Fields& headers, const std::string& date,
                       const HeadOptions& options);

}  // namespace mesos::net
