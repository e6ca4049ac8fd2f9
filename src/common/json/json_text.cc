#include "common/json/json_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "rapidjson/internal/dtoa.h"
#include "rapidjson/internal/itoa.h"

namespace mesos::json {
namespace {

constexpr uint64_t kOnes = 0x0101010101010101;
constexpr uint64_t kHighBits = 0x8080808080808080;

// The high bit of each byte of `word` that is below 0x20, a quote, a backslash or not ASCII; exact
// up to the lowest one.
uint64_t SpecialBytes(uint64_t word) {
  const uint64_t quote = word ^ (kOnes * '"');
  const uint64_t backslash = word ^ (kOnes * '\\');
  return ((word - kOnes * 0x20) | (quote - kOnes) | (backslash - kOnes) | word) & kHighBits;
}

bool IsContinuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

// The length of the UTF-8 sequence of several bytes at `text`, 0 where it is none: no overlong
// form, no surrogate, nothing beyond U+10FFFF.
size_t SequenceLength(absl::string_view text) {
  const auto byte = [text](size_t i) -> unsigned char { return i < text.size() ? text[i] : 0; };
  const unsigned char lead = byte(0);
  const unsigned char second = byte(1);
  if (lead >= 0xC2 && lead <= 0xDF) return IsContinuation(second) ? 2 : 0;
  if (!IsContinuation(second) || !IsContinuation(byte(2))) return 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const bool overlong = lead == 0xE0 && second < 0xA0;
    const bool surrogate = lead == 0xED && second >= 0xA0;
    return overlong || surrogate ? 0 : 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4 && IsContinuation(byte(3))) {
    const bool overlong = lead == 0xF0 && second < 0x90;
    const bool too_large = lead == 0xF4 && second >= 0x90;
    return overlong || too_large ? 0 : 4;
  }
  return 0;
}

bool NeedsEscape(unsigned char byte) { return byte < 0x20 || byte == '"' || byte == '\\'; }

// Doubles with at most six decimals, which are most: their shortest form is the six decimals
// without the zeros at the end. Null where `value` is none of them. Below 2^32 neighbouring doubles
// lie closer than two such decimals, so that the division tells.
char* WriteMillionths(double value, char* out) {
  const double magnitude = std::fabs(value);
  if (!(magnitude < 4294967296.0) || (magnitude == 0 && std::signbit(value))) return nullptr;
  const auto millionths = static_cast<uint64_t>(magnitude * 1e6 + 0.5);
  if (static_cast<double>(millionths) / 1e6 != magnitude) return nullptr;
  if (value < 0) *out++ = '-';
  out = rapidjson::internal::u32toa(static_cast<uint32_t>(millionths / 1000000), out);
  *out++ = '.';
  auto decimals = static_cast<uint32_t>(millionths % 1000000);
  do {
    *out++ = static_cast<char>('0' + decimals / 100000);
    decimals = decimals % 100000 * 10;
  } while (decimals != 0);
  return out;
}

constexpr char kBase64Digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<int8_t, 256> Base64Values() {
  std::array<int8_t, 256> values{};
  for (int8_t& value : values) value = -1;
  for (int8_t i = 0; i < 64; ++i) values[static_cast<unsigned char>(kBase64Digits[i])] = i;
  return values;
}

constexpr std::array<int8_t, 256> kBase64Values = Base64Values();

}  // namespace

size_t CleanPrefix(absl::string_view text) {
  size_t i = 0;
  while (true) {
    for (; i + 8 <= text.size(); i += 8) {
      uint64_t word;
      std::memcpy(&word, text.data() + i, 8);
      if (SpecialBytes(word) != 0) break;
    }
    // The word that has something special, or the last few bytes.
    const size_t end = std::min(i + 8, text.size());
    while (i < end) {
      const auto byte = static_cast<unsigned char>(text[i]);
      if (NeedsEscape(byte)) return i;
      const size_t length = byte < 0x80 ? 1 : SequenceLength(text.substr(i));
      if (length == 0) return i;
      i += length;
    }
    if (i >= text.size()) return i;
  }
}

size_t CopyCleanAscii(absl::string_view text, char* out) {
  for (size_t i = 0; i < text.size(); i += kWordSize) {
    uint64_t word;
    std::memcpy(&word, text.data() + i, kWordSize);
    std::memcpy(out + i, &word, kWordSize);
    const uint64_t special = SpecialBytes(word);
    if (special == 0) continue;
    size_t clean = 0;
    while (clean < kWordSize && (special >> (8 * clean) & 0x80) == 0) ++clean;
    return std::min(i + clean, text.size());
  }
  return text.size();
}

absl::string_view EscapeOf(char byte) {
  static constexpr char kControls[32][7] = {
      "\\u0000", "\\u0001", "\\u0002", "\\u0003", "\\u0004", "\\u0005", "\\u0006", "\\u0007",
      "\\b",     "\\t",     "\\n",     "\\u000B", "\\f",     "\\r",     "\\u000E", "\\u000F",
      "\\u0010", "\\u0011", "\\u0012", "\\u0013", "\\u0014", "\\u0015", "\\u0016", "\\u0017",
      "\\u0018", "\\u0019", "\\u001A", "\\u001B", "\\u001C", "\\u001D", "\\u001E", "\\u001F"};
  if (byte == '"') return "\\\"";
  if (byte == '\\') return "\\\\";
  const auto index = static_cast<unsigned char>(byte);
  return index < 0x20 ? kControls[index] : "\xEF\xBF\xBD";
}

size_t Utf8Prefix(absl::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    uint64_t word;
    if (i + 8 <= text.size() && (std::memcpy(&word, text.data() + i, 8), (word & kHighBits) == 0)) {
      i += 8;
      continue;
    }
    const bool ascii = static_cast<unsigned char>(text[i]) < 0x80;
    const size_t length = ascii ? 1 : SequenceLength(text.substr(i));
    if (length == 0) break;
    i += length;
  }
  return i;
}

absl::string_view Excerpt(absl::string_view text) {
  constexpr size_t kMaxExcerpt = 200;
  text = text.substr(0, kMaxExcerpt);
  return text.substr(0, Utf8Prefix(text));
}

std::string SyntaxError(absl::string_view text, size_t offset) {
  const auto line = std::count(text.begin(), text.begin() + offset, '\n') + 1;
  const absl::string_view rest = text.substr(offset);
  std::string near(Excerpt(rest.substr(0, rest.find('\n'))));
  near.erase(std::remove_if(near.begin(), near.end(), absl::ascii_iscntrl), near.end());
  return absl::StrCat("syntax error at line ", line, " near: ", near);
}

char* WriteInt(int64_t value, char* out) { return rapidjson::internal::i64toa(value, out); }

char* WriteUint(uint64_t value, char* out) { return rapidjson::internal::u64toa(value, out); }

char* WriteDouble(double value, char* out) {
  if (char* end = WriteMillionths(value, out)) return end;
  if (std::isfinite(value)) return rapidjson::internal::dtoa(value, out);
  const absl::string_view name = std::isnan(value) ? "\"NaN\""
                                 : value > 0       ? "\"Infinity\""
                                                   : "\"-Infinity\"";
  return std::copy(name.begin(), name.end(), out);
}

char* WriteBase64(absl::string_view bytes, char* out) {
  const auto byte = [bytes](size_t i) { return static_cast<unsigned char>(bytes[i]); };
  size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const uint32_t group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    for (int shift = 18; shift >= 0; shift -= 6) *out++ = kBase64Digits[group >> shift & 63];
  }
  const size_t rest = bytes.size() - i;
  if (rest == 0) return out;
  const uint32_t group = byte(i) << 16 | (rest == 2 ? byte(i + 1) << 8 : 0);
  *out++ = kBase64Digits[group >> 18];
  *out++ = kBase64Digits[group >> 12 & 63];
  *out++ = rest == 2 ? kBase64Digits[group >> 6 & 63] : '=';
  *out++ = '=';
  return out;
}

std::string DecodeBase64(absl::string_view text, std::string* bytes) {
  bytes->clear();
  bytes->reserve(text.size() / 4 * 3);
  uint32_t group = 0;
  int digits = 0;
  bool padded = false;
  for (const char c : text) {
    const int8_t value = kBase64Values[static_cast<unsigned char>(c)];
    if (value >= 0 && !padded) {
      group = group << 6 | static_cast<uint32_t>(value);
      if (++digits % 4 == 0) {
        const char decoded[] = {static_cast<char>(group >> 16), static_cast<char>(group >> 8),
                                static_cast<char>(group)};
        bytes->append(decoded, 3);
      }
    } else if (c == '=') {
      padded = true;
    } else if (!absl::ascii_isspace(static_cast<unsigned char>(c))) {
      const char shown[] = {c, '\0'};
      return absl::StrCat("Invalid character '", static_cast<unsigned char>(c) < 0x80 ? shown : "?",
                          "'");
    }
  }
  switch (digits % 4) {
    case 1:
      return "A character is missing at the end";
    case 2:
      bytes->push_back(static_cast<char>(group >> 4));
      break;
    case 3:
      bytes->push_back(static_cast<char>(group >> 10));
      bytes->push_back(static_cast<char>(group >> 2));
      break;
  }
  return "";
}

}  // namespace mesos::json
