// RecordIO: the records that come out do not depend on the pieces in which the bytes come; the
// first byte tells how long those are.

#include <glog/logging.h>

#include <cstdint>
#include <string>
#include <vector>

#include "common/net/recordio.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t piece = 1 + data[0] % 8;
  const absl::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  constexpr size_t kBound = 1'000;

  std::vector<std::string> whole, pieces;
  mesos::net::RecordDecoder decoder(kBound);
  const absl::Status status =
      decoder.Feed(bytes, [&](std::string record) { whole.push_back(std::move(record)); });
  mesos::net::RecordDecoder piecewise(kBound);
  absl::Status last;
  for (size_t at = 0; at < bytes.size(); at += piece) {
    last = piecewise.Feed(bytes.substr(at, piece),
                          [&](std::string record) { pieces.push_back(std::move(record)); });
  }
  CHECK_EQ(status.ok(), last.ok());
  CHECK(whole == pieces);
  CHECK_EQ(decoder.AtBoundary(), piecewise.AtBoundary());

  std::string encoded;
  for (const std::string& record : whole) encoded += mesos::net::EncodeRecord(record);
  std::vector<std::string> again;
  mesos::net::RecordDecoder back(kBound);
  CHECK(back.Feed(encoded, [&](std::string record) { again.push_back(std::move(record)); }).ok());
  CHECK(again == whole);
  CHECK(back.AtBoundary());
  return 0;
}
