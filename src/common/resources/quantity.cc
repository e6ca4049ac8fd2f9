#include "common/resources/quantity.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/limits.h"

namespace mesos {

std::optional<int64_t> ToThousandths(double value) {
  if (!std::isfinite(value) || std::fabs(value) > limits::kMaxScalar) return std::nullopt;
  return std::llround(value * 1000.0);
}

std::string FormatThousandths(int64_t thousandths) {
  const bool negative = thousandths < 0;
  // Through uint64_t, because the smallest int64_t has no positive counterpart.
  const uint64_t size = negative ? 0 - static_cast<uint64_t>(thousandths) : thousandths;
  std::string text = absl::StrCat(negative ? "-" : "", size / 1000);
  if (const uint64_t rest = size % 1000; rest != 0) {
    std::string digits = absl::StrFormat("%03d", rest);
    while (digits.back() == '0') digits.pop_back();
    absl::StrAppend(&text, ".", digits);
  }
  return text;
}

}  // namespace mesos
