#include "common/net/gzip_writer.h"

#include <zlib.h>

#include "glog/logging.h"

namespace mesos::net {
namespace {

constexpr int kLevel = 1;                 // five times as fast as the default, for 15 % more bytes
constexpr int kGzipWindowBits = 15 + 16;  // the largest window; 16 means a gzip header
constexpr int kMemoryLevel = 8;           // zlib's default
constexpr size_t kStep = 64 << 10;

}  // namespace

GzipWriter::GzipWriter() : stream_(std::make_unique<z_stream>()) {
  CHECK_EQ(deflateInit2(stream_.get(), kLevel, Z_DEFLATED, kGzipWindowBits, kMemoryLevel,
                        Z_DEFAULT_STRATEGY),
           Z_OK);
}

GzipWriter::~GzipWriter() { deflateEnd(stream_.get()); }

void GzipWriter::Add(absl::string_view piece, bool last, std::string& out) {
  stream_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
  stream_->avail_in = static_cast<uInt>(piece.size());
  do {
    const size_t before = out.size();
    out.resize(before + kStep);
    stream_->next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream_->avail_out = kStep;
    deflate(stream_.get(), last ? Z_FINISH : Z_NO_FLUSH);
    out.resize(before + kStep - stream_->avail_out);
  } while (stream_->avail_out == 0);
}

}  // namespace mesos::net
