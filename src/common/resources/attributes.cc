#include "common/resources/attributes.h"

#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/base/limits.h"
#include "common/base/status_macros.h"
#include "common/resources/invalid.h"
#include "common/resources/parse.h"

namespace mesos {
namespace {

// A scalar has no sign: in Mesos -1 is a text.
v1::Value TextOf(absl::string_view text) {
  v1::Value value;
  value.set_type(v1::Value::TEXT);
  value.mutable_text()->set_value(
      absl::StrReplaceAll(absl::StripAsciiWhitespace(text), {{" ", ""}}));
  return value;
}

absl::StatusOr<v1::Attribute> ParseAttribute(absl::string_view token) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(token, absl::MaxSplits(':', 1));
  const absl::string_view name = absl::StripAsciiWhitespace(parts.first);
  if (name.empty() || absl::StripAsciiWhitespace(parts.second).empty()) {
    return Invalid("Invalid attribute key:value pair '", token, "'");
  }
  absl::StatusOr<v1::Value> value = ParseValue(parts.second);
  if (!value.ok()) {
    return Invalid("Failed to parse attribute ", name, " text ", parts.second, " error ",
                   value.status().message());
  }
  if (value->has_scalar() && std::signbit(value->scalar().value())) *value = TextOf(parts.second);
  v1::Attribute attribute;
  attribute.set_name(std::string(name));
  attribute.set_type(value->type());
  switch (value->type()) {
    case v1::Value::SCALAR:
      *attribute.mutable_scalar() = value->scalar();
      return attribute;
    case v1::Value::RANGES:
      *attribute.mutable_ranges() = value->ranges();
      return attribute;
    case v1::Value::TEXT:
      *attribute.mutable_text() = value->text();
      return attribute;
    case v1::Value::SET:
      break;
  }
  return Invalid("Bad type for attribute ", name, " text ", parts.second,
                 " type SET: attributes are scalars, ranges or text");
}

absl::Status ValidateAttribute(const v1::Attribute& attribute) {
  switch (attribute.type()) {
    case v1::Value::SCALAR:
      if (!attribute.has_scalar()) return Invalid("the scalar is missing");
      if (!std::isfinite(attribute.scalar().value())) return Invalid("the scalar is not finite");
      return absl::OkStatus();
    case v1::Value::RANGES:
      if (!attribute.has_ranges()) return Invalid("the ranges are missing");
      for (const v1::Value::Range& range : attribute.ranges().range()) {
        if (range.begin() > range.end()) return Invalid("a range has begin > end");
      }
      return absl::OkStatus();
    case v1::Value::TEXT:
      return attribute.has_text() ? absl::OkStatus() : Invalid("the text is missing");
    case v1::Value::SET:
      break;
  }
  return Invalid("attributes are scalars, ranges or text");
}

std::string ValueToString(const v1::Attribute& attribute) {
  switch (attribute.type()) {
    case v1::Value::SCALAR:
      return absl::StrFormat("%.17g", attribute.scalar().value());
    case v1::Value::RANGES:
      return absl::StrCat("[",
                          absl::StrJoin(attribute.ranges().range(), ", ",
                                        [](std::string* out, const v1::Value::Range& range) {
                                          absl::StrAppend(out, range.begin(), "-", range.end());
                                        }),
                          "]");
    case v1::Value::SET:
      return absl::StrCat("{", absl::StrJoin(attribute.set().item(), ", "), "}");
    case v1::Value::TEXT:
      return attribute.text().value();
  }
  return "";
}

}  // namespace

absl::StatusOr<Attributes> ParseAttributes(absl::string_view text) {
  Attributes attributes;
  for (absl::string_view token : absl::StrSplit(text, absl::ByAnyChar(";\n"))) {
    if (absl::StripAsciiWhitespace(token).empty()) continue;
    ASSIGN_OR_RETURN(v1::Attribute attribute, ParseAttribute(token));
    attributes.Add(std::move(attribute));
  }
  return attributes;
}

absl::Status ValidateAttributes(const Attributes& attributes) {
  for (const v1::Attribute& attribute : attributes) {
    if (attribute.name().empty()) return Invalid("An attribute has an empty name");
    const absl::Status status = ValidateAttribute(attribute);
    if (!status.ok()) {
      return Invalid("Attribute '", attribute.name(), "' is invalid: ", status.message());
    }
  }
  return absl::OkStatus();
}

std::string ToString(const Attributes& attributes) {
  return absl::StrJoin(attributes, ";", [](std::string* out, const v1::Attribute& attribute) {
    absl::StrAppend(out, attribute.name(), ":", ValueToString(attribute));
  });
}

}  // namespace mesos
