#include "common/runtime/random.h"

namespace mesos {

std::string Random::UuidBytes() {
  std::string bytes(16, '\0');
  for (int word = 0; word < 2; ++word) {
    uint64_t value = Next();
    for (int i = 0; i < 8; ++i) bytes[word * 8 + i] = static_cast<char>(value >> (8 * i));
  }
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  return bytes;
}

std::string Random::Uuid() {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  const std::string bytes = UuidBytes();
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kHex[static_cast<unsigned char>(bytes[i]) >> 4];
    text += kHex[static_cast<unsigned char>(bytes[i]) & 0xf];
  }
  return text;
}

}  // namespace mesos
