#include "common/net/media_type.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace mesos::net {
namespace {

constexpr char kJsonName[] = "application/json";
constexpr char kProtobufName[] = "application/x-protobuf";

// Whether `range` ("text/html", "text/*" or "*/*") holds `type`.
bool RangeHolds(absl::string_view range, absl::string_view type) {
  if (range == "*/*") return true;
  if (absl::EndsWith(range, "/*")) {
    range.remove_suffix(1);
    return absl::StartsWithIgnoreCase(type, range);
  }
  return absl::EqualsIgnoreCase(range, type);
}

// Whether the parameters behind a media range say q=0: the one way to refuse a type by name.
bool Refuses(absl::string_view parameters) {
  for (absl::string_view parameter : absl::StrSplit(parameters, ';')) {
    parameter = absl::StripAsciiWhitespace(parameter);
    if (!absl::StartsWithIgnoreCase(parameter, "q=")) continue;
    double quality = 1;
    return absl::SimpleAtod(parameter.substr(2), &quality) && quality <= 0;
  }
  return false;
}

// How closely a range names a type; the closest one that holds it decides.
int Closeness(absl::string_view range) {
  if (range == "*/*") return 1;
  return absl::EndsWith(range, "/*") ? 2 : 3;
}

}  // namespace

const char* MediaTypeName(MediaType type) {
  switch (type) {
    case MediaType::kJson:
      return kJsonName;
    case MediaType::kProtobuf:
      return kProtobufName;
  }
  return kJsonName;
}

absl::StatusOr<MediaType> RequestMediaType(const HttpRequest& request) {
  const bool present = std::any_of(
      request.headers.begin(), request.headers.end(),
      [](const auto& field) { return absl::EqualsIgnoreCase(field.first, "Content-Type"); });
  if (!present) {
    return absl::FailedPreconditionError("Expecting 'Content-Type' to be present");
  }
  const absl::string_view type = request.Header("Content-Type");
  if (type == kJsonName) return MediaType::kJson;
  if (type == kProtobufName) return MediaType::kProtobuf;
  return absl::InvalidArgumentError(
      "Expecting 'Content-Type' of application/json or application/x-protobuf");
}

absl::StatusOr<MediaType> ResponseMediaType(const HttpRequest& request) {
  const absl::string_view accept = request.Header("Accept");
  if (Accepts(accept, kJsonName)) return MediaType::kJson;
  if (Accepts(accept, kProtobufName)) return MediaType::kProtobuf;
  return absl::InvalidArgumentError(
      "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'");
}

bool Accepts(absl::string_view accept, absl::string_view type) {
  if (accept.empty()) return true;
  int closest = 0;
  bool accepted = false;
  for (absl::string_view entry : absl::StrSplit(accept, ',')) {
    const auto [range, parameters] = std::pair<absl::string_view, absl::string_view>(
        absl::StrSplit(entry, absl::MaxSplits(';', 1)));
    const absl::string_view name = absl::StripAsciiWhitespace(range);
    if (!RangeHolds(name, type) || Closeness(name) <= closest) continue;
    closest = Closeness(name);
    accepted = !Refuses(parameters);
  }
  return accepted;
}

}  // namespace mesos::net
