#pragma once

// The form of every checkpoint file: a header of four bytes, the last of which is the version, then
// records of {length, crc32, bytes}, little-endian. An info file holds one record, a `task.updates`
// file any number.
//
//   bytes = EncodeHeader() + EncodeRecord(message.SerializeAsString());
//   ASSIGN_OR_RETURN(DecodedRecords decoded, DecodeRecords(path, bytes));
//
// A kill -9 or a power cut in the middle of an append leaves a last record that is cut short, or
// zeros in its place: that tail is dropped and reported. Everything else that does not add up is
// DataLoss, and an unknown version FailedPrecondition; both name `path`. Thread-safe: pure
// functions.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mesos::agent {

inline constexpr int kCheckpointVersion = 1;

uint32_t Crc32(absl::string_view bytes);

std::string EncodeHeader();
std::string EncodeRecord(absl::string_view bytes);

struct DecodedRecords {
  std::vector<absl::string_view> records;  // within the bytes that were decoded
  size_t valid_bytes = 0;                  // where a torn tail starts; else the size of the file
  bool torn = false;
};

absl::StatusOr<DecodedRecords> DecodeRecords(absl::string_view path, absl::string_view bytes);

// The one record of an info file. OutOfRange where it is empty or cut short: it was never synced.
absl::StatusOr<absl::string_view> DecodeSingleRecord(absl::string_view path,
                                                     absl::string_view bytes);

// A sentinel: it says by its presence that a run is over, and by its content when. What is not
// understood of the content tells no time.
std::string EncodeEnd(absl::Time ended_at);
std::optional<absl::Time> DecodeEnd(absl::string_view bytes);

}  // namespace mesos::agent
