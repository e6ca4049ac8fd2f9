#pragma once

// CPU time of this process since construction, user and system together.

#include <sys/resource.h>

namespace mesos {

class CpuTime {
 public:
  CpuTime() : start_(Now()) {}
  double Seconds() const { return Now() - start_; }

 private:
  static double Now() {
    rusage usage = {};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  }

  const double start_;
};

}  // namespace mesos
