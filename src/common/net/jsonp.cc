#include "common/net/jsonp.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace mesos::net {
namespace {

constexpr size_t kMaxCallbackBytes = 256;

bool IsCallbackName(const std::string& name) {
  return !name.empty() && name.size() <= kMaxCallbackBytes &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '_' || c == '$' || c == '.' || c == '[' ||
                  c == ']';
         });
}

}  // namespace

absl::StatusOr<JsonFrame> JsonFrameOf(const HttpRequest& request) {
  const std::optional<std::string> callback = request.Query("jsonp");
  if (!callback) return JsonFrame{"application/json", "", ""};
  if (!IsCallbackName(*callback)) {
    return absl::InvalidArgumentError("The query parameter 'jsonp' is not the name of a function");
  }
  return JsonFrame{"text/javascript", absl::StrCat(*callback, "("), ");"};
}

HttpResponse JsonOrScript(const HttpRequest& request, std::string json) {
  absl::StatusOr<JsonFrame> frame = JsonFrameOf(request);
  if (!frame.ok()) return HttpResponse::Text(400, frame.status().message());
  if (!frame->before.empty()) json = absl::StrCat(frame->before, json, frame->behind);
  return {200, {{"Content-Type", std::move(frame->content_type)}}, std::move(json)};
}

}  // namespace mesos::net
