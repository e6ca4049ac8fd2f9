#pragma once

// Totals per resource name, in thousandths: what fairness, quota and summaries count with.
//
//   Quantities used = set.ToQuantities();
//   used.Get("cpus");                      // 2500 for 2.5 cpus
//   used += more;
//   if (!limit.Contains(used)) ...
//
// A value type; a name that is absent counts as 0, and zero totals do not stand.

#include <cstdint>
#include <string>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"

namespace mesos {

class Quantities {
 public:
  using Entry = std::pair<std::string, int64_t>;

  int64_t Get(absl::string_view name) const;

  // `thousandths` may be negative; a total that comes to 0 or below goes away.
  void Add(absl::string_view name, int64_t thousandths);

  Quantities& operator+=(const Quantities& other);
  Quantities& operator-=(const Quantities& other);
  friend Quantities operator+(Quantities a, const Quantities& b) { return a += b; }
  friend Quantities operator-(Quantities a, const Quantities& b) { return a -= b; }
  bool operator==(const Quantities& other) const { return entries_ == other.entries_; }

  // Whether no total of `other` is above ours.
  bool Contains(const Quantities& other) const;

  bool empty() const { return entries_.empty(); }

  // "cpus:2.5; mem:64", or "{}".
  std::string ToString() const;

  const absl::InlinedVector<Entry, 6>& entries() const { return entries_; }

 private:
  // Sorted by name; no name twice; every total above 0.
  absl::InlinedVector<Entry, 6> entries_;
};

}  // namespace mesos
