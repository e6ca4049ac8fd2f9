#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/limits.h"
#include "common/json/json_codec.h"
#include "common/json/json_text.h"
#include "common/json/message_reader.h"
#include "rapidjson/reader.h"

namespace mesos::json {
namespace {

// The parser works in place and looks at 16 bytes at once.
constexpr size_t kPadding = 32;

// The reader bounds the depth, so that the parser may recurse.
constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseNumbersAsStringsFlag;

absl::Status NotJson(absl::string_view reason) {
  return absl::InvalidArgumentError(absl::StrCat("Failed to parse body into JSON: ", reason));
}

}  // namespace

absl::Status FromJson(absl::string_view json, google::protobuf::Message& message) {
  message.Clear();
  if (const size_t valid = Utf8Prefix(json); valid < json.size()) {
    return NotJson(absl::StrCat("it is not UTF-8 at byte ", valid));
  }
  std::string text;
  text.reserve(json.size() + kPadding);
  text.assign(json.data(), json.size());
  text.append(kPadding, '\0');

  MessageReader reader(message, absl::StrContains(json, "\\u"));
  rapidjson::InsituStringStream stream(text.data());
  const rapidjson::ParseResult result = rapidjson::Reader().Parse<kFlags>(stream, reader);
  if (result.Code() == rapidjson::kParseErrorDocumentRootNotSingular ||
      (!result.IsError() && stream.Tell() < json.size())) {
    return NotJson(absl::StrCat("Parsed JSON included non-whitespace trailing characters: ",
                                Excerpt(json.substr(stream.Tell()))));
  }
  std::string refusal = reader.refusal().reason;
  if (result.IsError()) {
    if (refusal.empty()) return NotJson(SyntaxError(json, result.Offset()));
    if (reader.refusal().of_json) return NotJson(refusal);
  } else if (!message.IsInitialized()) {
    refusal = absl::StrCat("Missing required fields: ", message.InitializationErrorString());
  }
  if (refusal.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "Failed to convert JSON into ", message.GetDescriptor()->name(), " protobuf: ", refusal));
}

}  // namespace mesos::json
