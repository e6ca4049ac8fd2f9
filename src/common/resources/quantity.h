#pragma once

// A scalar quantity as a count of thousandths, the precision that Mesos keeps.
//
//   absl::optional<int64_t> thousandths = ToThousandths(0.1);   // 100
//   FormatThousandths(7'900);                                   // "7.9"
//
// Sums saturate instead of overflowing: what the wire says is bounded by limits::kMaxScalar, and
// only a total over very many of those could come near. Pure functions.

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace mesos {

// The nearest thousandth; nullopt where `value` is not finite or its size is above
// limits::kMaxScalar.
std::optional<int64_t> ToThousandths(double value);

inline double FromThousandths(int64_t thousandths) {
  return static_cast<double>(thousandths) / 1000.0;
}

// Without trailing zeros: 8000 is "8", 1 is "0.001".
std::string FormatThousandths(int64_t thousandths);

inline int64_t SaturatingAdd(int64_t a, int64_t b) {
  int64_t sum;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b > 0 ? std::numeric_limits<int64_t>::max() : std::numeric_limits<int64_t>::min();
}

inline int64_t SaturatingSubtract(int64_t a, int64_t b) {
  int64_t difference;
  if (!__builtin_sub_overflow(a, b, &difference)) return difference;
  return b > 0 ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max();
}

// Modulo 2^64, for sums from which everything is taken away again.
inline int64_t WrappingAdd(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
inline int64_t WrappingMultiply(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
}

// `count` items as thousandths.
inline int64_t ItemsToThousandths(uint64_t count) {
  constexpr uint64_t kMax = std::numeric_limits<int64_t>::max() / 1000;
  return count > kMax ? std::numeric_limits<int64_t>::max() : static_cast<int64_t>(count) * 1000;
}

}  // namespace mesos
