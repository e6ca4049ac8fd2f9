#include "common/net/recordio.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace mesos::net {
namespace {

// No length that fits 64 bits has more digits, but leading zeros could go on for ever.
constexpr int kMaxDigits = 20;

}  // namespace

std::string EncodeRecord(absl::string_view record) {
  return absl::StrCat(record.size(), "\n", record);
}

absl::Status RecordDecoder::FeedLength(char c) {
  if (c == '\n' && digits_ > 0) {
    in_record_ = true;
    digits_ = 0;
    return absl::OkStatus();
  }
  if (!absl::ascii_isdigit(static_cast<unsigned char>(c)) || digits_ == kMaxDigits) {
    return absl::InvalidArgumentError("The length of a record is not a number");
  }
  ++digits_;
  const size_t digit = static_cast<size_t>(c - '0');
  if (digit > max_record_bytes_ || length_ > (max_record_bytes_ - digit) / 10) {
    return absl::InvalidArgumentError(
        absl::StrCat("A record is longer than ", max_record_bytes_, " bytes"));
  }
  length_ = length_ * 10 + digit;
  return absl::OkStatus();
}

absl::Status RecordDecoder::Feed(absl::string_view bytes,
                                 const std::function<void(std::string)>& take) {
  while (broken_.ok()) {
    if (!in_record_) {
      if (bytes.empty()) break;
      broken_ = FeedLength(bytes.front());
      bytes.remove_prefix(1);
      continue;
    }
    const size_t part = std::min(bytes.size(), length_ - record_.size());
    record_.append(bytes.data(), part);
    bytes.remove_prefix(part);
    if (record_.size() < length_) break;
    in_record_ = false;
    length_ = 0;
    take(std::exchange(record_, std::string()));
  }
  return broken_;
}

}  // namespace mesos::net
