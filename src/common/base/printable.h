#pragma once

// Text of others, fit for one line of a log, an answer or a terminal.
//
//   Printable("a\nb\x1b[0m")               // "a\\nb\\x1b[0m"
//
// Control characters (C0, DEL, and C1 as UTF-8 writes them) become escapes; everything else, other
// bytes above 127 too, stays. So no text can begin a line, or move a cursor. Thread-safe: no state.

#include <string>

#include "absl/strings/string_view.h"

namespace mesos {

// Whether Printable would leave `text` as it is.
inline bool IsPrintable(absl::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return false;
    if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) >= 0x80 &&
        static_cast<unsigned char>(text[i + 1]) < 0xa0) {
      return false;
    }
  }
  return true;
}

inline std::string Printable(absl::string_view text) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(text.size());
  bool within_c1 = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool begins_c1 = byte == 0xc2 && !IsPrintable(text.substr(i, 2));
    if (byte == '\n') {
      out += "\\n";
    } else if (byte == '\r') {
      out += "\\r";
    } else if (byte == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7f || begins_c1 || within_c1) {
      out += "\\x";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    } else {
      out += text[i];
    }
    within_c1 = begins_c1;
  }
  return out;
}

}  // namespace mesos
