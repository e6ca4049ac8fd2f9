#pragma once

// The wall clock of one process under test, which may jump; the machine's clock is left alone.
//
//   ShiftedClock clock(directory + "/agent0.clock");
//   Process agent(argv, clock.Environment());
//   clock.ShiftBy(absl::Hours(-3));          // at once, however often
//
// The process loads the library of clock_shift.cc, which must not be told to its children: they
// have the machine's clock.

#include <atomic>
#include <cstdint>
#include <map>
#include <string>

#include "absl/time/time.h"

namespace mesos::e2e {

class ShiftedClock {
 public:
  explicit ShiftedClock(std::string path);
  ~ShiftedClock();
  ShiftedClock(const ShiftedClock&) = delete;
  ShiftedClock& operator=(const ShiftedClock&) = delete;

  // From now on the clock is off by this.
  void ShiftBy(absl::Duration shift);

  std::map<std::string, std::string> Environment() const;

 private:
  const std::string path_;
  std::atomic<int64_t>* shift_;  // mapped from the file
};

}  // namespace mesos::e2e
