#pragma once

// Walks through the fields of a message in protobuf's wire form.
//
//   for (WireFields fields(record.bytes()); fields.Next();) {
//     if (fields.number() == v1::Task::kNameFieldNumber) name = fields.bytes();
//   }
//
// For bytes that we wrote ourselves: what is not well-formed ends the walk early. Some bytes behind
// the end are readable (TaskRecord::kPadding). Refers to them.

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "absl/strings/string_view.h"

namespace mesos::master {

class WireFields {
 public:
  explicit WireFields(absl::string_view message)
      : next_(message.data()), end_(message.data() + message.size()) {}

  // To the next field; false at the end.
  bool Next() {
    if (next_ >= end_) return false;
    begin_ = next_;
    const uint64_t tag = Varint();
    number_ = static_cast<uint32_t>(tag >> 3);
    switch (tag & 7) {
      case 0:
        varint_ = Varint();
        return true;
      case 1:
        if (left() < 8) return Stop();
        std::memcpy(&varint_, next_, 8);
        next_ += 8;
        return true;
      case 2: {
        const auto size = static_cast<size_t>(Varint());
        if (size > kMaxLength || left() < static_cast<ptrdiff_t>(size)) return Stop();
        bytes_ = absl::string_view(next_, size);
        next_ += size;
        return true;
      }
      case 5: {
        uint32_t fixed = 0;
        if (left() < 4) return Stop();
        std::memcpy(&fixed, next_, 4);
        varint_ = fixed;
        next_ += 4;
        return true;
      }
      default:
        return Stop();  // groups: Mesos has none
    }
  }

  // At the end: whether the walk saw all of the message.
  bool whole() const { return whole_ && next_ == end_; }

  uint32_t number() const { return number_; }

  // Its value: of an integer, enum or bool; of a double; of a string, bytes or message.
  uint64_t varint() const { return varint_; }
  double real() const {
    double value;
    std::memcpy(&value, &varint_, sizeof(value));
    return value;
  }
  absl::string_view bytes() const { return bytes_; }

  // Where the whole field stands, with its tag.
  const char* begin() const { return begin_; }
  const char* end() const { return next_; }

 private:
  // A protobuf message has less than that.
  static constexpr size_t kMaxLength = 0x7fffffff;

  ptrdiff_t left() const { return end_ - next_; }
  bool Stop() {
    next_ = end_;
    whole_ = false;
    return false;
  }
  uint64_t Varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(*next_++);
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) break;
    }
    return value;
  }

  const char* next_;
  const char* end_;
  const char* begin_ = nullptr;
  bool whole_ = true;
  uint32_t number_ = 0;
  uint64_t varint_ = 0;
  absl::string_view bytes_;
};

// The value of the first field `number`, which is a string, bytes or message; empty where absent.
inline absl::string_view WireBytes(absl::string_view message, uint32_t number) {
  for (WireFields fields(message); fields.Next();) {
    if (fields.number() == number) return fields.bytes();
  }
  return {};
}

}  // namespace mesos::master
