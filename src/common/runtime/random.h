#pragma once

// Randomness that is handed in, never taken from the air: a seed gives the same values on every
// machine.
//
//   Random random(seed);
//   random.Below(10); random.Uniform(); random.Uuid();      //
//   "1b4e28ba-2fa1-41d2-883f-0016d3cca427"
//
// Not thread-safe; each core owns one. The daemon seeds it from the operating system.

#include <cstdint>
#include <random>
#include <string>

#include "absl/time/time.h"

namespace mesos {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  uint64_t Next() { return engine_(); }

  // In [0, bound); bound is not 0.
  uint64_t Below(uint64_t bound) { return engine_() % bound; }

  // In [0, 1).
  double Uniform() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }

  // In [0, limit).
  absl::Duration Jitter(absl::Duration limit) { return limit * Uniform(); }

  // 16 bytes of a version 4 UUID, as a TaskStatus carries it.
  std::string UuidBytes();

  // The same in text form, 36 characters.
  std::string Uuid();

 private:
  std::mt19937_64 engine_;
};

}  // namespace mesos
