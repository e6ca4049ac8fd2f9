#include "common/net/pulled_body.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos::net {

bool PulledBody::Maker::Make(std::string& out) {
  bool more = true;
  while (more && out.empty()) {
    if (gzip == nullptr) {
      more = source->Next(out);
      continue;
    }
    std::string plain;
    more = source->Next(plain);
    gzip->Add(plain, !more, out);
  }
  return more;
}

PulledBody::PulledBody(std::shared_ptr<Connection> connection, std::unique_ptr<BodySource> source,
                       bool gzip, bool chunked, HeadMaker head)
    : context_(connection->context()),
      connection_(std::move(connection)),
      maker_(std::make_shared<Maker>()),
      head_(std::move(head)),
      chunked_(chunked) {
  maker_->source = std::move(source);
  if (gzip) maker_->gzip = std::make_unique<GzipWriter>();
}

PulledBody::~PulledBody() = default;

void PulledBody::MakeNext() {
  context_.pool.Run(
      [self = shared_from_this(), connection = connection_, maker = maker_]() mutable {
        std::string piece;
        const bool more = maker->Make(piece);
        if (!more) maker->source = nullptr;
        IoLoop& loop = connection->context().loop;
        loop.Post([self = std::move(self), connection = std::move(connection),
                   piece = std::move(piece), more]() mutable {
          self->ready_ = std::move(piece);
          self->made_last_ = !more;
          connection->Pump();
        });
      });
}

Answer::Fill PulledBody::FillOutput(OutputQueue& output) {
  if (!ready_) {
    if (!made_last_) return Fill::kWaits;
    if (!chunked_ || std::exchange(end_written_, true)) return Fill::kEnds;
    output.Append(std::string("0\r\n\r\n"));
    return Fill::kFilled;
  }
  std::string piece = *std::exchange(ready_, std::nullopt);
  bool chunked = chunked_;
  if (head_) {
    const bool whole = made_last_;
    output.Append(head_(whole ? std::optional<size_t>(piece.size()) : std::nullopt));
    head_ = nullptr;
    if (whole) {
      end_written_ = true;
      chunked = false;
    }
  }
  if (!made_last_) MakeNext();
  if (piece.empty()) return output.empty() ? FillOutput(output) : Fill::kFilled;
  if (chunked) output.Append(absl::StrCat(absl::Hex(piece.size()), "\r\n"));
  output.Append(std::move(piece));
  if (chunked) output.Append(std::string("\r\n"));
  return Fill::kFilled;
}

void PulledBody::Closed(absl::Status status) {
  context_.pool.Run([maker = std::move(maker_)] {});
  connection_ = nullptr;
}

}  // namespace mesos::net
