// Any bytes as a checkpoint file: an answer, never a crash; and what was read is within the file.

#include <cstdint>

#include "absl/strings/string_view.h"
#include "agent/checkpoint/record_codec.h"
#include "glog/logging.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using mesos::agent::DecodedRecords;
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<DecodedRecords> decoded = mesos::agent::DecodeRecords("file", bytes);
  if (!decoded.ok()) return 0;
  CHECK_LE(decoded->valid_bytes, size);
  std::string again = decoded->records.empty() ? "" : mesos::agent::EncodeHeader();
  for (const absl::string_view record : decoded->records) {
    again += mesos::agent::EncodeRecord(record);
  }
  // What was taken as whole is just what a writer would have written.
  CHECK(decoded->records.empty() || again == bytes.substr(0, decoded->valid_bytes));
  return 0;
}
