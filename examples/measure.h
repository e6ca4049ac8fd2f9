#pragma once

// Times of a run: seconds since some start, and percentiles of what was measured.
//
//   Latencies latencies;
//   latencies.Add(Seconds() - launched_at);
//   std::printf("p50 %s\n", Milliseconds(latencies.Percentile(50)).c_str());
//
// Not thread-safe.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

namespace examples {

// Of a clock that only goes forward.
inline double Seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

inline std::string Milliseconds(double seconds) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f ms", seconds * 1000);
  return text;
}

class Latencies {
 public:
  void Add(double seconds) { values_.push_back(seconds); }
  bool empty() const { return values_.empty(); }

  // The value below which `percent` of all lie; 0 where there are none.
  double Percentile(double percent) const {
    if (values_.empty()) return 0;
    std::vector<double> sorted = values_;
    std::sort(sorted.begin(), sorted.end());
    const size_t rank = static_cast<size_t>(percent / 100 * static_cast<double>(sorted.size()));
    return sorted[std::min(rank, sorted.size() - 1)];
  }

 private:
  std::vector<double> values_;
};

}  // namespace examples
