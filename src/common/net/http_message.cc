#include "common/net/http_message.h"

#include "absl/strings/match.h"

namespace mesos::net {

absl::string_view HttpRequest::Header(absl::string_view name) const {
  for (auto field = headers.rbegin(); field != headers.rend(); ++field) {
    if (absl::EqualsIgnoreCase(field->first, name)) return field->second;
  }
  return {};
}

std::optional<std::string> HttpRequest::Query(absl::string_view name) const {
  for (auto field = query.rbegin(); field != query.rend(); ++field) {
    if (field->first == name) return field->second;
  }
  return std::nullopt;
}

HttpResponse HttpResponse::Text(int status, absl::string_view body) {
  return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::string(body)};
}

HttpResponse HttpResponse::Json(std::string body) {
  return {200, {{"Content-Type", "application/json"}}, std::move(body)};
}

}  // namespace mesos::net
