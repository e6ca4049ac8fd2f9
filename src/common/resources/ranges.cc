#include "common/resources/ranges.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace mesos {

Ranges::Ranges(std::vector<Range> ranges) {
  std::sort(ranges.begin(), ranges.end());
  for (const Range& range : ranges) Append(ranges_, range);
}

void Ranges::Append(List& list, Range range) {
  // Written so that nothing overflows at the largest integer.
  if (!list.empty() && (range.begin <= list.back().end || range.begin - list.back().end == 1)) {
    list.back().end = std::max(list.back().end, range.end);
  } else {
    list.push_back(range);
  }
}

void Ranges::Add(const Ranges& other) {
  if (other.empty()) return;
  List merged;
  merged.reserve(std::max(ranges_.size(), other.ranges_.size()));
  auto a = ranges_.begin();
  auto b = other.ranges_.begin();
  while (a != ranges_.end() || b != other.ranges_.end()) {
    const bool take_a = b == other.ranges_.end() || (a != ranges_.end() && a->begin <= b->begin);
    Append(merged, take_a ? *a++ : *b++);
  }
  ranges_ = std::move(merged);
}

void Ranges::Subtract(const Ranges& other) {
  if (other.empty() || ranges_.empty()) return;
  List left;
  auto b = other.ranges_.begin();
  for (Range range : ranges_) {
    while (b != other.ranges_.end() && b->end < range.begin) ++b;
    bool consumed = false;
    for (auto cut = b; cut != other.ranges_.end() && cut->begin <= range.end; ++cut) {
      if (cut->begin > range.begin) left.push_back({range.begin, cut->begin - 1});
      if (cut->end >= range.end) {
        consumed = true;
        break;
      }
      range.begin = cut->end + 1;
    }
    if (!consumed) left.push_back(range);
  }
  ranges_ = std::move(left);
}

bool Ranges::Contains(const Ranges& other) const {
  auto a = ranges_.begin();
  for (const Range& range : other.ranges_) {
    while (a != ranges_.end() && a->end < range.begin) ++a;
    if (a == ranges_.end() || a->begin > range.begin || a->end < range.end) return false;
  }
  return true;
}

bool Ranges::Overlaps(const Ranges& other) const {
  auto a = ranges_.begin();
  auto b = other.ranges_.begin();
  while (a != ranges_.end() && b != other.ranges_.end()) {
    if (a->end < b->begin) {
      ++a;
    } else if (b->end < a->begin) {
      ++b;
    } else {
      return true;
    }
  }
  return false;
}

uint64_t Ranges::Count() const {
  constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();
  uint64_t count = 0;
  for (const Range& range : ranges_) {
    const uint64_t size = range.end - range.begin;  // one less than what it holds
    if (size >= kMax - count) return kMax;
    count += size + 1;
  }
  return count;
}

std::string Ranges::ToString() const {
  return absl::StrCat("[",
                      absl::StrJoin(ranges_, ", ",
                                    [](std::string* out, const Range& range) {
                                      absl::StrAppend(out, range.begin, "-", range.end);
                                    }),
                      "]");
}

}  // namespace mesos
