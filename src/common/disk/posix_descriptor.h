#pragma once

// A file descriptor that closes itself. Movable; not thread-safe.

#include <unistd.h>

#include <utility>

namespace mesos {

class PosixDescriptor {
 public:
  PosixDescriptor() = default;
  explicit PosixDescriptor(int value) : value_(value) {}
  PosixDescriptor(PosixDescriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  PosixDescriptor& operator=(PosixDescriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~PosixDescriptor() { Close(); }

  int value() const { return value_; }
  bool open() const { return value_ >= 0; }

  void Close() {
    if (value_ >= 0) close(value_);
    value_ = -1;
  }

 private:
  int value_ = -1;
};

}  // namespace mesos
