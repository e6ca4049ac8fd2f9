#include "common/resources/value.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/resources/quantity.h"
#include "glog/logging.h"

namespace mesos {

ResourceValue ResourceValue::Scalar(int64_t thousandths) {
  ResourceValue value;
  value.value_ = thousandths;
  return value;
}

ResourceValue ResourceValue::OfRanges(Ranges ranges) {
  ResourceValue value;
  value.value_ = std::move(ranges);
  return value;
}

ResourceValue ResourceValue::OfSet(std::vector<std::string> items) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
  ResourceValue value;
  value.value_ = std::move(items);
  return value;
}

bool ResourceValue::empty() const {
  switch (type()) {
    case Type::kScalar:
      return scalar() <= 0;
    case Type::kRanges:
      return ranges().empty();
    case Type::kSet:
      return items().empty();
  }
  return true;
}

bool ResourceValue::Contains(const ResourceValue& other) const {
  CHECK(type() == other.type());
  switch (type()) {
    case Type::kScalar:
      return scalar() >= other.scalar();
    case Type::kRanges:
      return ranges().Contains(other.ranges());
    case Type::kSet:
      return std::includes(items().begin(), items().end(), other.items().begin(),
                           other.items().end());
  }
  return false;
}

bool ResourceValue::Overlaps(const ResourceValue& other) const {
  CHECK(type() == other.type());
  switch (type()) {
    case Type::kScalar:
      return false;
    case Type::kRanges:
      return ranges().Overlaps(other.ranges());
    case Type::kSet: {
      std::vector<std::string> both;
      std::set_intersection(items().begin(), items().end(), other.items().begin(),
                            other.items().end(), std::back_inserter(both));
      return !both.empty();
    }
  }
  return false;
}

void ResourceValue::Add(const ResourceValue& other) {
  CHECK(type() == other.type());
  switch (type()) {
    case Type::kScalar:
      value_ = SaturatingAdd(scalar(), other.scalar());
      return;
    case Type::kRanges:
      std::get<1>(value_).Add(other.ranges());
      return;
    case Type::kSet: {
      std::vector<std::string> united;
      std::set_union(items().begin(), items().end(), other.items().begin(), other.items().end(),
                     std::back_inserter(united));
      value_ = std::move(united);
      return;
    }
  }
}

void ResourceValue::Subtract(const ResourceValue& other) {
  CHECK(type() == other.type());
  switch (type()) {
    case Type::kScalar:
      value_ = std::max<int64_t>(0, SaturatingSubtract(scalar(), other.scalar()));
      return;
    case Type::kRanges:
      std::get<1>(value_).Subtract(other.ranges());
      return;
    case Type::kSet: {
      std::vector<std::string> left;
      std::set_difference(items().begin(), items().end(), other.items().begin(),
                          other.items().end(), std::back_inserter(left));
      value_ = std::move(left);
      return;
    }
  }
}

int64_t ResourceValue::Amount() const {
  switch (type()) {
    case Type::kScalar:
      return scalar();
    case Type::kRanges:
      return ItemsToThousandths(ranges().Count());
    case Type::kSet:
      return ItemsToThousandths(items().size());
  }
  return 0;
}

std::string ResourceValue::ToString() const {
  switch (type()) {
    case Type::kScalar:
      return FormatThousandths(scalar());
    case Type::kRanges:
      return ranges().ToString();
    case Type::kSet:
      return absl::StrCat("{", absl::StrJoin(items(), ", "), "}");
  }
  return "";
}

}  // namespace mesos
