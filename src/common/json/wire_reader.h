#pragma once

// Walks through what protobuf's own serialization wrote: tags, varints, nested messages.
//
// The bytes are trusted to be well-formed. Not thread-safe; refers to bytes that must outlive it,
// with kPadding readable ones behind their end.

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#include "absl/strings/string_view.h"
#include "common/json/message_plan.h"

namespace mesos::json {

static_assert(std::endian::native == std::endian::little, "the wire form is little-endian");

class WireReader {
 public:
  static constexpr size_t kPadding = 16;

  WireReader(const char* begin, const char* end) : position_(begin), end_(end) {}

  bool AtEnd() const { return position_ >= end_; }

  uint64_t Varint() {
    auto byte = static_cast<unsigned char>(*position_++);
    uint64_t value = byte & 0x7F;
    for (int shift = 7; byte >= 0x80 && shift < 64; shift += 7) {
      byte = static_cast<unsigned char>(*position_++);
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
    }
    return value;
  }

  // Takes the next tag where it is `tag`.
  bool TakeTag(uint64_t tag) {
    if (AtEnd()) return false;
    const char* const before = position_;
    if (Varint() == tag) return true;
    position_ = before;
    return false;
  }

  template <typename T>
  T Fixed() {
    T value;
    std::memcpy(&value, position_, sizeof(T));
    position_ += sizeof(T);
    return value;
  }

  absl::string_view Bytes() {
    const uint64_t size = Varint();
    const absl::string_view bytes(
        position_, std::min<uint64_t>(size, static_cast<uint64_t>(end_ - position_)));
    position_ += bytes.size();
    return bytes;
  }

  WireReader Nested() {
    const absl::string_view bytes = Bytes();
    return {bytes.data(), bytes.data() + bytes.size()};
  }

  void Skip(WireType type) {
    switch (type) {
      case WireType::kVarint:
        Varint();
        return;
      case WireType::kFixed64:
        Fixed<uint64_t>();
        return;
      case WireType::kLengthDelimited:
        Bytes();
        return;
      case WireType::kFixed32:
        Fixed<uint32_t>();
        return;
      case WireType::kStartGroup:
        while (!AtEnd()) {
          const auto inner = static_cast<WireType>(Varint() & 7);
          if (inner == WireType::kEndGroup) return;
          Skip(inner);
        }
        return;
      case WireType::kEndGroup:
        return;
    }
    position_ = end_;
  }

 private:
  const char* position_;
  const char* end_;
};

}  // namespace mesos::json
