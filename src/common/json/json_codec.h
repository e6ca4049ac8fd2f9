#pragma once

// Protobuf messages as the JSON that Mesos reads and writes, by reflection.
//
//   std::string json = ToJson(event);
//   AppendJson(task, out);                               // within a larger text
//   RETURN_IF_ERROR(FromJson(body, call));
//
// Out: one line; proto field names, in order of field number; 64-bit integers as numbers, enums
// by name, bytes as base64; doubles as Mesos prints them (4.0, 0.1); absent fields left out, but
// those with a default stand with it, as Mesos does (and not the deprecated `role`), and so do the
// empty lists of tasks, frameworks, executors and agents in the answers to an operator's GET_*.
// What is not UTF-8 becomes U+FFFD, so that the text is JSON whatever the message holds.
// In: null means unset; integers as numbers, with an exponent, or as strings, fractions cut off;
// bytes as base64; unknown fields ignored; unknown names of optional enums dropped; of duplicate
// keys the last counts; wrong types and numbers out of range refused by field name. Bounds:
// limits::kMaxJsonDepth; the size is that of `json`, which the transport bounded. Thread-safe.

#include <google/protobuf/message.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace mesos::json {

std::string ToJson(const google::protobuf::Message& message);
void AppendJson(const google::protobuf::Message& message, std::string& out);

// The same of a message that is serialized already, whose type is `descriptor`. `wire` is what
// protobuf wrote, with fields in order of number, and has kWirePadding readable bytes behind its
// end.
inline constexpr size_t kWirePadding = 16;
void AppendJson(const google::protobuf::Descriptor& descriptor, absl::string_view wire,
                std::string& out);

// InvalidArgument with Mesos' words: "Failed to parse body into JSON: ..." where `json` is not
// JSON, "Failed to convert JSON into Call protobuf: ..." (with the message's name) where it is not
// the message's. `message` is then unspecified; otherwise it holds what `json` says, and nothing
// else.
absl::Status FromJson(absl::string_view json, google::protobuf::Message& message);

}  // namespace mesos::json
