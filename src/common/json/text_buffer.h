#pragma once

// A text that grows: as std::string, but room is made once for a piece and then written to
// directly.
//
//   TextBuffer text;
//   text.Append("\"id\":");
//   char* end = WriteInt(7, text.Reserve(kMaxNumberChars));
//   text.Advance(end);
//
// Not thread-safe. It owns its memory.

#include <algorithm>
#include <cstring>
#include <memory>

#include "absl/strings/string_view.h"
#include "common/json/json_text.h"

namespace mesos::json {

class TextBuffer {
 public:
  absl::string_view text() const { return {begin_.get(), size()}; }
  size_t size() const { return static_cast<size_t>(end_ - begin_.get()); }
  size_t capacity() const { return static_cast<size_t>(limit_ - begin_.get()); }
  void Clear() { end_ = begin_.get(); }
  void Truncate(size_t size) { end_ = begin_.get() + size; }
  // Gives its memory back.
  void Release() {
    begin_.reset();
    end_ = limit_ = nullptr;
  }

  // Room for `bytes` at the end; valid until the next call.
  char* Reserve(size_t bytes) {
    if (static_cast<size_t>(limit_ - end_) < bytes) Grow(bytes);
    return end_;
  }
  // What was written to the reserved room ends here.
  void Advance(char* end) { end_ = end; }

  void Append(char c) {
    *Reserve(1) = c;
    ++end_;
  }
  void Append(absl::string_view text) {
    end_ = std::copy(text.begin(), text.end(), Reserve(text.size()));
  }
  // The same, quicker; `size` bytes in pieces of kPadding, of which one more may be read.
  template <size_t kPadding>
  void AppendPadded(const char* text, size_t size) {
    char* const out = Reserve(size + kPadding);
    std::memcpy(out, text, kPadding);
    if (size > kPadding) std::memcpy(out + kPadding, text + kPadding, size - kPadding);
    end_ += size;
  }

  // A JSON string, quoted and escaped.
  void AppendString(absl::string_view value) {
    *Reserve(value.size() + 2) = '"';
    ++end_;
    AppendEscaped(value);
    *end_++ = '"';
  }
  // The same, quicker; kWordSize bytes behind `value` may be read.
  void AppendPaddedString(absl::string_view value) {
    *Reserve(value.size() + 2 + kWordSize) = '"';
    ++end_;
    const size_t copied = CopyCleanAscii(value, end_);
    end_ += copied;
    if (copied < value.size()) AppendEscaped(value.substr(copied));
    *end_++ = '"';
  }

 private:
  // There is room for `value` and one byte more, before and after.
  void AppendEscaped(absl::string_view value) {
    while (true) {
      const size_t clean = CleanPrefix(value);
      end_ = std::copy_n(value.data(), clean, end_);
      if (clean == value.size()) return;
      const absl::string_view escape = EscapeOf(value[clean]);
      value.remove_prefix(clean + 1);
      Append(escape);
      Reserve(value.size() + 1);
    }
  }

  void Grow(size_t bytes) {
    const size_t used = size();
    const size_t wanted = std::max({used + bytes, capacity() * 2, size_t{1024}});
    std::unique_ptr<char[]> larger(new char[wanted]);
    std::copy_n(begin_.get(), used, larger.get());
    begin_ = std::move(larger);
    end_ = begin_.get() + used;
    limit_ = begin_.get() + wanted;
  }

  std::unique_ptr<char[]> begin_;
  char* end_ = nullptr;    // of the text
  char* limit_ = nullptr;  // of the memory
};

}  // namespace mesos::json
