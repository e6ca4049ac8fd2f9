#pragma once

// A set of unsigned integers as ranges, such as ports: sorted, disjoint, and never touching.
//
//   Ranges ports({{31000, 32000}});
//   ports.Subtract(Ranges({{31005, 31005}}));   // [31000-31004, 31006-32000]
//
// A value type; two ranges are held inline. Ends are inclusive, as on the wire.

#include <compare>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"

namespace mesos {

struct Range {
  uint64_t begin = 0;
  uint64_t end = 0;  // inclusive; not below begin

  auto operator<=>(const Range&) const = default;
};

class Ranges {
 public:
  Ranges() = default;

  // Takes the ranges in any order, overlapping or not.
  explicit Ranges(std::vector<Range> ranges);

  void Add(const Ranges& other);
  void Subtract(const Ranges& other);
  bool Contains(const Ranges& other) const;
  bool Overlaps(const Ranges& other) const;

  bool empty() const { return ranges_.empty(); }

  // How many integers it holds; the largest uint64_t stands for that and one more.
  uint64_t Count() const;

  // "[31000-31004, 31006-32000]".
  std::string ToString() const;

  bool operator==(const Ranges& other) const { return ranges_ == other.ranges_; }
  bool operator<(const Ranges& other) const { return ranges_ < other.ranges_; }

  using List = absl::InlinedVector<Range, 2>;
  const List& list() const& { return ranges_; }
  List list() && { return std::move(ranges_); }  // so that a loop over a temporary is sound

 private:
  // Appends, joining with the last where they overlap or touch. `range` begins no earlier than the
  // last.
  static void Append(List& list, Range range);

  // Sorted; between any two there is a gap of at least one integer.
  List ranges_;
};

}  // namespace mesos
