#pragma once

// An answer whose body a BodySource makes on the read pool: one piece is being written, one is
// ready or in the making, and no more.
//
//   making --piece--> ready --Fill--> written, and the next is in the making
//
// The head goes out with the first piece: where that is the last one too, the answer has a
// Content-Length. The source is destroyed on the pool as well, for what it holds may be big.

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/net/answer.h"
#include "common/net/connection.h"
#include "common/net/gzip_writer.h"

namespace mesos::net {

class PulledBody final : public Answer, public std::enable_shared_from_this<PulledBody> {
 public:
  // `head` makes the head, given the length of the whole body where that is known.
  using HeadMaker = std::function<std::string(std::optional<size_t> length)>;

  PulledBody(std::shared_ptr<Connection> connection, std::unique_ptr<BodySource> source, bool gzip,
             bool chunked, HeadMaker head);
  ~PulledBody() override;

  // Begins to make the first piece.
  void Start() { MakeNext(); }

  // ---- Answer
  Fill FillOutput(OutputQueue& output) override;
  void Closed(absl::Status status) override;

 private:
  // Of the pool while a piece is in the making, else of the I/O thread.
  struct Maker {
    // Appends a piece that is not empty to `out`; false with the last one, which may be empty.
    bool Make(std::string& out);

    std::unique_ptr<BodySource> source;
    std::unique_ptr<GzipWriter> gzip;
  };

  void MakeNext();

  ServerContext& context_;
  std::shared_ptr<Connection> connection_;  // until closed
  std::shared_ptr<Maker> maker_;
  HeadMaker head_;  // until written
  const bool chunked_;

  std::optional<std::string> ready_;
  bool made_last_ = false;
  bool end_written_ = false;
};

}  // namespace mesos::net
