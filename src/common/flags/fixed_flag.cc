#include "common/flags/fixed_flag.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/flags/duration.h"

namespace mesos::flags {
namespace {

std::optional<double> BytesOf(absl::string_view text) {
  constexpr std::pair<const char*, double> kByteUnits[] = {
      {"KB", 0x1p10}, {"MB", 0x1p20}, {"GB", 0x1p30}, {"TB", 0x1p40}, {"B", 1}};
  for (const auto& [unit, bytes] : kByteUnits) {
    if (!absl::ConsumeSuffix(&text, unit)) continue;
    uint64_t count = 0;
    if (!absl::SimpleAtoi(text, &count)) return std::nullopt;
    return static_cast<double>(count) * bytes;
  }
  return std::nullopt;
}

// A text that is the same for all that mean the same.
std::string MeaningOf(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  if (const auto duration = ParseDuration(text); duration.ok()) {
    return absl::StrCat("duration ", absl::ToInt64Nanoseconds(*duration));
  }
  if (const auto bytes = BytesOf(text)) return absl::StrCat("bytes ", *bytes);
  double number = 0;
  if (absl::SimpleAtod(text, &number)) return absl::StrCat("number ", number);
  return std::string(text);
}

// "b:2;a:1.0" as "a:number 1;b:number 2".
std::string MeaningOfAll(absl::string_view quantities) {
  std::vector<std::string> meanings;
  for (absl::string_view quantity : absl::StrSplit(quantities, ';', absl::SkipWhitespace())) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(quantity, absl::MaxSplits(':', 1));
    meanings.push_back(
        absl::StrCat(absl::StripAsciiWhitespace(parts.first), ":", MeaningOf(parts.second)));
  }
  std::sort(meanings.begin(), meanings.end());
  return absl::StrJoin(meanings, ";");
}

std::string MeaningOfAny(absl::string_view alternatives) {
  std::vector<std::string> meanings;
  for (absl::string_view one : absl::StrSplit(alternatives, '|')) {
    meanings.push_back(MeaningOfAll(one));
  }
  std::sort(meanings.begin(), meanings.end());
  return absl::StrJoin(meanings, "|");
}

absl::Status Refuse(absl::string_view shown, const std::string& feature) {
  return absl::UnimplementedError(
      absl::StrCat("'", shown, "': this version has no ", feature, "; leave the flag away"));
}

}  // namespace

bool SameValue(const std::string& a, const std::string& b) {
  if (a == b || MeaningOf(a) == MeaningOf(b)) return true;
  return absl::StrContains(b, ":") && MeaningOfAny(a) == MeaningOfAny(b);
}

absl::Status CheckFixed(const std::string& value, const std::string& only,
                        const std::string& feature) {
  if (SameValue(value, only)) return absl::OkStatus();
  return absl::UnimplementedError(
      absl::StrCat("'", value, "': this version has no ", feature, "; only '", only, "' is taken"));
}

absl::Status CheckRefused(const std::string& value, const std::string& feature) {
  constexpr size_t kShown = 100;
  return value.empty() ? absl::OkStatus()
                       : Refuse(absl::string_view(value).substr(0, kShown), feature);
}

absl::Status CheckRefusedSecret(const std::string& value, const std::string& feature) {
  return value.empty() ? absl::OkStatus() : Refuse("***", feature);
}

absl::Status CheckAnything(const std::string& value) { return absl::OkStatus(); }

absl::Status CheckNumber(const std::string& value) {
  double number = 0;
  if (value.empty() || absl::SimpleAtod(value, &number)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("'", value, "' is not a number"));
}

absl::Status CheckBytes(const std::string& value) {
  if (value.empty() || BytesOf(value)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "'", value,
      "' is not a number of bytes; write a whole number and a unit (B, KB, MB, GB, TB)"));
}

absl::Status CheckOptionalDuration(const std::string& value) {
  return value.empty() ? absl::OkStatus() : CheckDuration(value);
}

}  // namespace mesos::flags
