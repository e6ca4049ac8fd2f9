#pragma once

// RecordIO, the framing of Mesos' event streams: the length in decimal digits, a line feed, the
// record's bytes.
//
//   EncodeRecord("{\"type\":\"HEARTBEAT\"}");             // "20\n{...}"
//   RecordDecoder decoder(limits::kMaxMessageBytes);
//   RETURN_IF_ERROR(decoder.Feed(bytes, [&](std::string record) { ... }));

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace mesos::net {

std::string EncodeRecord(absl::string_view record);

class RecordDecoder {
 public:
  explicit RecordDecoder(size_t max_record_bytes) : max_record_bytes_(max_record_bytes) {}

  // Hands out every record that is whole by now. InvalidArgument, from then on, where a length is
  // not a number or beyond the bound.
  absl::Status Feed(absl::string_view bytes, const std::function<void(std::string)>& take);

  // Whether it stands between two records.
  bool AtBoundary() const { return digits_ == 0 && !in_record_; }

 private:
  // Takes the length line's next byte.
  absl::Status FeedLength(char c);

  const size_t max_record_bytes_;

  // The length line, or behind it the record: `length_` is what the digits so far say.
  bool in_record_ = false;
  int digits_ = 0;
  size_t length_ = 0;
  std::string record_;  // what has come of the record, always shorter than `length_`

  absl::Status broken_;
};

}  // namespace mesos::net
