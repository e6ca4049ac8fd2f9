// Values in text form; they make up both resources and attributes.

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/base/limits.h"
#include "common/base/status_macros.h"
#include "common/resources/parse.h"
#include "common/resources/ranges.h"

namespace mesos {
namespace {

// What is between the brackets of `text`, cut at commas and newlines, without empty pieces.
absl::StatusOr<std::vector<absl::string_view>> Pieces(absl::string_view text, char close) {
  if (text.back() != close) return absl::InvalidArgumentError("Mismatched brackets");
  const absl::string_view inner = text.substr(1, text.size() - 2);
  if (inner.find_first_of("[]{}()") != absl::string_view::npos) {
    return absl::InvalidArgumentError("Mismatched brackets");
  }
  std::vector<absl::string_view> pieces;
  for (absl::string_view piece : absl::StrSplit(inner, absl::ByAnyChar(",\n"))) {
    piece = absl::StripAsciiWhitespace(piece);
    if (!piece.empty()) pieces.push_back(piece);
  }
  return pieces;
}

absl::StatusOr<v1::Value> ParseRanges(absl::string_view text) {
  ASSIGN_OR_RETURN(const std::vector<absl::string_view> pieces, Pieces(text, ']'));
  std::vector<Range> ranges;
  for (absl::string_view piece : pieces) {
    const std::pair<absl::string_view, absl::string_view> ends =
        absl::StrSplit(piece, absl::MaxSplits('-', 1));
    Range range;
    if (piece.find('-') == absl::string_view::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat("Expecting one or more \"ranges\": '", piece, "' is not 'begin-end'"));
    }
    if (!absl::SimpleAtoi(ends.first, &range.begin) || !absl::SimpleAtoi(ends.second, &range.end)) {
      return absl::InvalidArgumentError(
          absl::StrCat("Expecting non-negative integers in '", piece, "'"));
    }
    if (range.begin > range.end) {
      return absl::InvalidArgumentError(
          absl::StrCat("Invalid ranges resource: begin > end in '", piece, "'"));
    }
    ranges.push_back(range);
  }
  v1::Value value;
  value.set_type(v1::Value::RANGES);
  value.mutable_ranges();  // there even when empty
  const Ranges joined(std::move(ranges));
  for (const Range& range : joined.list()) {
    v1::Value::Range* out = value.mutable_ranges()->add_range();
    out->set_begin(range.begin);
    out->set_end(range.end);
  }
  return value;
}

absl::StatusOr<v1::Value> ParseSet(absl::string_view text) {
  ASSIGN_OR_RETURN(const std::vector<absl::string_view> pieces, Pieces(text, '}'));
  v1::Value value;
  value.set_type(v1::Value::SET);
  value.mutable_set();
  for (absl::string_view piece : pieces) value.mutable_set()->add_item(std::string(piece));
  return value;
}

}  // namespace

absl::StatusOr<v1::Value> ParseValue(absl::string_view text) {
  const std::string squeezed = absl::StrReplaceAll(absl::StripAsciiWhitespace(text), {{" ", ""}});
  if (squeezed.empty()) return absl::InvalidArgumentError("Expecting non-empty string");
  if (squeezed.front() == '[') return ParseRanges(squeezed);
  if (squeezed.front() == '{') return ParseSet(squeezed);
  const size_t bracket = squeezed.find_first_of("[]{}");
  if (bracket != std::string::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("Unexpected '", squeezed.substr(bracket, 1), "' found in '", squeezed, "'"));
  }
  v1::Value value;
  double number;
  // "nan" and "inf" are words.
  if (absl::SimpleAtod(squeezed, &number) && std::isfinite(number)) {
    value.set_type(v1::Value::SCALAR);
    value.mutable_scalar()->set_value(number);
  } else {
    value.set_type(v1::Value::TEXT);
    value.mutable_text()->set_value(squeezed);
  }
  return value;
}

}  // namespace mesos
