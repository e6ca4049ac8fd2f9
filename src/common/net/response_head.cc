#include "common/net/response_head.h"

#include <boost/beast/http/status.hpp>

#include "absl/strings/str_cat.h"

namespace mesos::net {
namespace {

void AppendSafe(std::string& out, absl::string_view text) {
  for (char c : text) {
    if (c != '\r' && c != '\n' && c != '\0') out.push_back(c);
  }
}

}  // namespace

std::string StatusLine(int status) {
  namespace http = boost::beast::http;
  const auto reason = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status)));
  return absl::StrCat(status, " ", absl::string_view(reason.data(), reason.size()));
}

std::string HttpDate(absl::Time time) {
  return absl::FormatTime("%a, %d %b %E4Y %H:%M:%S GMT", time, absl::UTCTimeZone());
}

std::string FormatHead(int status, const Fields& headers, const std::string& date,
                       const HeadOptions& options) {
  std::string head = absl::StrCat("HTTP/1.1 ", StatusLine(status), "\r\nDate: ", date, "\r\n");
  for (const auto& [name, value] : headers) {
    AppendSafe(head, name);
    head += ": ";
    AppendSafe(head, value);
    head += "\r\n";
  }
  if (options.gzip) head += "Content-Encoding: gzip\r\n";
  switch (options.framing) {
    case Framing::kLength:
      absl::StrAppend(&head, "Content-Length: ", options.length, "\r\n");
      break;
    case Framing::kChunked:
      head += "Transfer-Encoding: chunked\r\n";
      break;
    case Framing::kClose:
    case Framing::kNone:
      break;
  }
  if (!options.connection.empty()) {
    absl::StrAppend(&head, "Connection: ", options.connection, "\r\n");
  }
  head += "\r\n";
  return head;
}

}  // namespace mesos::net
