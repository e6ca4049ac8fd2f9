#pragma once

// Keeps what is tried again and again from filling the log: a message is worth a line when it is
// another one than before, and once a minute while it stays the same.
//
//   if (limiter_.Admits(executor.Now(), why)) LOG(WARNING) << why;
//
// Not thread-safe; its owner's thread only.

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mesos {

class LogLimiter {
 public:
  static constexpr absl::Duration kInterval = absl::Minutes(1);

  bool Admits(absl::Time now, absl::string_view message) {
    if (message == last_ && now < next_) return false;
    last_ = std::string(message);
    next_ = now + kInterval;
    return true;
  }

  // The trouble is over: the next message is news again.
  void Reset() { next_ = absl::InfinitePast(); }

 private:
  std::string last_;
  absl::Time next_ = absl::InfinitePast();
};

}  // namespace mesos
