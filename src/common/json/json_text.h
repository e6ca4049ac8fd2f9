#pragma once

// The leaves of JSON text: escaping, UTF-8, numbers, base64. Pure functions; thread-safe.

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace mesos::json {

// How many bytes of `text` may stand between quotes as they are: up to the first that needs an
// escape or is not UTF-8.
size_t CleanPrefix(absl::string_view text);

// Copies the plain ASCII that `text` begins with to `out`, as long as nothing needs an escape, and
// returns how much that is. May read and write kWordSize bytes beyond `text`'s size.
inline constexpr size_t kWordSize = 8;
size_t CopyCleanAscii(absl::string_view text, char* out);

// What stands in the place of `byte`, at which CleanPrefix stopped: its escape, or U+FFFD.
absl::string_view EscapeOf(char byte);

// How many bytes at the beginning of `text` are UTF-8.
size_t Utf8Prefix(absl::string_view text);
inline bool IsUtf8(absl::string_view text) { return Utf8Prefix(text) == text.size(); }

// `text` for an error: no longer than a line or two, whatever a client sent.
absl::string_view Excerpt(absl::string_view text);

// "syntax error at line 1 near: nonsense", with the rest of the line from `offset` on, as Mesos
// words it.
std::string SyntaxError(absl::string_view text, size_t offset);

// No number is longer.
inline constexpr size_t kMaxNumberChars = 32;

// Write a number at `out`, which has room for kMaxNumberChars, and return its end. Doubles stand as
// Mesos prints them: 4.0, 0.1, 1e21; what JSON has no number for as "Infinity", "-Infinity", "NaN".
char* WriteInt(int64_t value, char* out);
char* WriteUint(uint64_t value, char* out);
char* WriteDouble(double value, char* out);

constexpr size_t Base64Size(size_t bytes) { return (bytes + 2) / 3 * 4; }

// Writes Base64Size(bytes.size()) characters at `out` and returns their end.
char* WriteBase64(absl::string_view bytes, char* out);

// The standard alphabet; white space is skipped, padding optional. Empty where it decodes to
// `bytes`, otherwise what is wrong.
std::string DecodeBase64(absl::string_view text, std::string* bytes);

}  // namespace mesos::json
