#pragma once

// Compresses a body piece by piece into one gzip member, fast rather than small.
//
//   GzipWriter gzip;
//   gzip.Add(piece, /*last=*/false, out);      // appends what is ready to `out`
//   gzip.Add("", /*last=*/true, out);
//
// One thread at a time.

#include <memory>
#include <string>

#include "absl/strings/string_view.h"

struct z_stream_s;

namespace mesos::net {

class GzipWriter {
 public:
  GzipWriter();
  ~GzipWriter();

  // Nothing comes after the last piece.
  void Add(absl::string_view piece, bool last, std::string& out);

 private:
  const std::unique_ptr<z_stream_s> stream_;
};

}  // namespace mesos::net
