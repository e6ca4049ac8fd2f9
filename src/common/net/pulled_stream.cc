#include "common/net/pulled_stream.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "glog/logging.h"

namespace mesos::net {

// Frames records as chunks.
class PulledStream::Sink final : public RecordSink {
 public:
  Sink(OutputQueue& output, bool chunked, size_t& part_left)
      : output_(output), chunked_(chunked), part_left_(part_left) {}

  void Add(std::shared_ptr<const std::string> record) override {
    CHECK_EQ(part_left_, 0u) << "a record stands within another one";
    if (record->empty()) return;
    Open(record->size());
    output_.Append(std::move(record));
    Close();
  }

  void Begin(size_t bytes) override {
    CHECK_EQ(part_left_, 0u) << "a record stands within another one";
    if (bytes == 0) return;
    Open(bytes);
    part_left_ = bytes;
  }

  bool Part(std::string bytes) override {
    if (bytes.size() > part_left_) return false;
    part_left_ -= bytes.size();
    const bool whole = part_left_ == 0 && !bytes.empty();
    output_.Append(std::move(bytes));
    if (whole) Close();
    return true;
  }

 private:
  void Open(size_t bytes) {
    if (chunked_) output_.Append(absl::StrCat(absl::Hex(bytes), "\r\n"));
  }
  void Close() {
    if (chunked_) output_.Append(std::string("\r\n"));
  }

  OutputQueue& output_;
  const bool chunked_;
  size_t& part_left_;
};

PulledStream::PulledStream(std::shared_ptr<Connection> connection, bool chunked,
                           std::shared_ptr<StreamSource> source)
    : chunked_(chunked), source_(std::move(source)), connection_(std::move(connection)) {}

void PulledStream::Wake() {
  if (wake_posted_.exchange(true)) return;
  const std::shared_ptr<Connection> to = connection();
  if (to == nullptr) return;
  to->context().loop.Post([self = shared_from_this(), to] {
    self->wake_posted_ = false;
    to->Pump();
  });
}

void PulledStream::End() {
  const std::shared_ptr<Connection> to = connection();
  if (to != nullptr) to->context().loop.Post([to] { to->EndStreamSoon(); });
}

void PulledStream::Cut(absl::Status why) {
  const std::shared_ptr<Connection> to = connection();
  if (to == nullptr) return;
  to->context().loop.Post([to, why = std::move(why)] { to->Close(why); });
}

Answer::Fill PulledStream::FillOutput(OutputQueue& output) {
  if (ended_) return Fill::kEnds;
  Sink sink(output, chunked_, part_left_);
  switch (source_->Next(sink)) {
    case StreamSource::Step::kMore:
      return Fill::kFilled;
    case StreamSource::Step::kWaits:
      return output.empty() ? Fill::kWaits : Fill::kFilled;
    case StreamSource::Step::kEnds:
      if (part_left_ > 0) break;
      ended_ = true;
      if (chunked_) output.Append(std::string("0\r\n\r\n"));
      return output.empty() ? Fill::kEnds : Fill::kFilled;
    case StreamSource::Step::kBreaks:
      break;
  }
  Cut(absl::ResourceExhaustedError("the stream's records are not there any more"));
  return Fill::kWaits;
}

void PulledStream::Closed(absl::Status status) {
  {
    MutexLock lock(mutex_);
    connection_ = nullptr;
  }
  if (source_ != nullptr) std::exchange(source_, nullptr)->Closed(std::move(status));
}

}  // namespace mesos::net
