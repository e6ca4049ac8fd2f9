#pragma once

// The value of one resource: a scalar in thousandths, ranges, or a set of strings.
//
//   ResourceValue cpus = ResourceValue::Scalar(2'500);
//   cpus.Subtract(ResourceValue::Scalar(500));
//   if (cpus.Contains(ResourceValue::Scalar(1'000))) ...
//
// A value type. Two values meet only under one identity, so their types agree; anything else is a
// bug of ours and CHECKed.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "common/resources/ranges.h"

namespace mesos {

class ResourceValue {
 public:
  enum class Type : uint8_t { kScalar, kRanges, kSet };

  ResourceValue() = default;  // the scalar 0
  static ResourceValue Scalar(int64_t thousandths);
  static ResourceValue OfRanges(Ranges ranges);
  static ResourceValue OfSet(
      std::vector<std::string> items);  // in any order; what is double counts once

  Type type() const { return static_cast<Type>(value_.index()); }
  int64_t scalar() const { return std::get<0>(value_); }
  const Ranges& ranges() const { return std::get<1>(value_); }
  const std::vector<std::string>& items() const { return std::get<2>(value_); }  // sorted

  bool empty() const;
  bool Contains(const ResourceValue& other) const;

  // Whether a number or item stands in both, so that their sum would hold it once. Never of
  // scalars.
  bool Overlaps(const ResourceValue& other) const;

  // Ranges and sets unite; scalars saturate.
  void Add(const ResourceValue& other);

  // What is missing is ignored: a scalar stops at 0.
  void Subtract(const ResourceValue& other);

  // The scalar, or how many items there are, in thousandths.
  int64_t Amount() const;

  // "2.5", "[31000-32000]", "{a, b}".
  std::string ToString() const;

  bool operator==(const ResourceValue& other) const { return value_ == other.value_; }
  bool operator<(const ResourceValue& other) const { return value_ < other.value_; }

 private:
  // The order of the alternatives is that of Type.
  std::variant<int64_t, Ranges, std::vector<std::string>> value_;
};

}  // namespace mesos
