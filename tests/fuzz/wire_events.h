#pragma once

// The input of a fuzz target as a sequence of events in bytes, as they stand on a wire:
//
//   kind (1 byte)  length (2 bytes, little end first)  payload
//
//   for (WireEvents events(data, size); events.Next();) Handle(events.kind(), events.payload());
//
// wire_seeds.py writes such files.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/strings/string_view.h"

namespace mesos {

class WireEvents {
 public:
  WireEvents(const uint8_t* data, size_t size) : next_(data), left_(size) {}

  // False at the end, and once there were many.
  bool Next() {
    if (left_ < 3 || ++count_ > kMostEvents) return false;
    kind_ = next_[0];
    const size_t length = std::min<size_t>(next_[1] | next_[2] << 8, left_ - 3);
    payload_ = absl::string_view(reinterpret_cast<const char*>(next_) + 3, length);
    next_ += 3 + length;
    left_ -= 3 + length;
    return true;
  }

  uint8_t kind() const { return kind_; }
  absl::string_view payload() const { return payload_; }

 private:
  static constexpr int kMostEvents = 48;

  const uint8_t* next_;
  size_t left_;
  int count_ = 0;
  uint8_t kind_ = 0;
  absl::string_view payload_;
};

// The message that those bytes are; null where a transport would refuse them.
template <typename Message>
std::shared_ptr<const Message> ParseWire(absl::string_view bytes) {
  auto message = std::make_shared<Message>();
  if (!message->ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size()))) return nullptr;
  if (!message->IsInitialized()) return nullptr;
  return message;
}

}  // namespace mesos
