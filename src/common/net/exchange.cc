// The answers that a connection gives: what comes from any thread is taken to the I/O thread.

#include "common/net/exchange.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "common/base/limits.h"
#include "common/net/connection.h"
#include "common/net/event_channel.h"
#include "common/net/gzip_writer.h"
#include "common/net/pulled_body.h"
#include "common/net/pulled_stream.h"

namespace mesos::net {
namespace {

// What gzip would not make smaller by a packet.
constexpr size_t kMinGzipBytes = 1 << 10;

constexpr int kOk = 200;

bool HasBody(int status) { return status != 204 && status != 304; }

// Holds the stream, which leaves the connection alone once that has closed.
class StreamHandle final : public PulledStreamHandle {
 public:
  explicit StreamHandle(std::shared_ptr<PulledStream> stream) : stream_(std::move(stream)) {}
  void Wake() override { stream_->Wake(); }
  void End() override { stream_->End(); }
  void Cut(absl::Status why) override { stream_->Cut(std::move(why)); }

 private:
  const std::shared_ptr<PulledStream> stream_;
};

bool IsEncoded(const Fields& headers) {
  return std::any_of(headers.begin(), headers.end(), [](const auto& field) {
    return absl::EqualsIgnoreCase(field.first, "Content-Encoding");
  });
}

}  // namespace

void Connection::Respond(HttpResponse response) {
  if (accepts_gzip_ && response.body.size() >= kMinGzipBytes && !IsEncoded(response.headers)) {
    context_->pool.Run([self = shared_from_this(), response = std::move(response)]() mutable {
      std::string packed;
      GzipWriter().Add(response.body, true, packed);
      response.body = std::move(packed);
      self->context_->loop.Post([self, response = std::move(response)]() mutable {
        self->WriteResponse(std::move(response), true);
      });
    });
    return;
  }
  context_->loop.Dispatch([self = shared_from_this(), response = std::move(response)]() mutable {
    self->WriteResponse(std::move(response), false);
  });
}

void Connection::WriteResponse(HttpResponse response, bool gzip) {
  if (phase_ == Phase::kClosed) return;
  HeadOptions options = HeadFor(HasBody(response.status) ? Framing::kLength : Framing::kNone);
  options.length = response.body.size();
  options.gzip = gzip;
  std::string head = FormatHead(response.status, response.headers, context_->Date(), options);
  if (!is_head_ && HasBody(response.status)) {
    output_.Append(std::move(head));
    head = std::move(response.body);
  }
  phase_ = Phase::kAnswering;
  BeginAnswer(std::move(head), nullptr, response.status);
}

void Connection::RespondFrom(Fields headers, std::unique_ptr<BodySource> body) {
  context_->loop.Dispatch(
      [self = shared_from_this(), headers = std::move(headers), body = std::move(body)]() mutable {
        self->PullFrom(std::move(headers), std::move(body));
      });
}

void Connection::PullFrom(Fields headers, std::unique_ptr<BodySource> body) {
  if (phase_ == Phase::kClosed || is_head_) {
    context_->pool.Run([body = std::move(body)] {});
    if (phase_ == Phase::kClosed) return;
    phase_ = Phase::kAnswering;
    BeginAnswer(FormatHead(kOk, headers, context_->Date(), HeadFor(Framing::kChunked)), nullptr,
                kOk);
    return;
  }
  const bool gzip = accepts_gzip_ && !IsEncoded(headers);
  auto pulled = std::make_shared<PulledBody>(
      shared_from_this(), std::move(body), gzip, !is_http_1_0_,
      [this, gzip, headers = std::move(headers)](std::optional<size_t> length) {
        HeadOptions options = HeadFor(length ? Framing::kLength : Framing::kChunked);
        options.length = length.value_or(0);
        options.gzip = gzip;
        return FormatHead(kOk, headers, context_->Date(), options);
      });
  pulled->Start();
  phase_ = Phase::kAnswering;
  BeginAnswer("", std::move(pulled), kOk);
}

std::unique_ptr<EventStream> Connection::StartStream(
    Fields headers, absl::AnyInvocable<void(absl::Status)> closed) {
  auto channel =
      std::make_shared<EventChannel>(shared_from_this(), !is_http_1_0_, std::move(closed));
  context_->loop.Dispatch([self = shared_from_this(), headers = std::move(headers), channel] {
    self->BeginStream(headers, channel);
  });
  return std::make_unique<EventChannelHandle>(std::move(channel));
}

std::unique_ptr<PulledStreamHandle> Connection::StreamFrom(Fields headers,
                                                           std::shared_ptr<StreamSource> source) {
  auto stream =
      std::make_shared<PulledStream>(shared_from_this(), !is_http_1_0_, std::move(source));
  context_->loop.Dispatch([self = shared_from_this(), headers = std::move(headers), stream] {
    self->BeginStream(headers, stream);
  });
  return std::make_unique<StreamHandle>(std::move(stream));
}

void Connection::BeginStream(const Fields& headers, const std::shared_ptr<Answer>& stream) {
  if (phase_ == Phase::kClosed) {
    stream->Closed(absl::CancelledError("the client is gone"));
    return;
  }
  std::string head = FormatHead(kOk, headers, context_->Date(), HeadFor(Framing::kChunked));
  if (is_head_) {
    stream->Closed(absl::OkStatus());
    phase_ = Phase::kAnswering;
    BeginAnswer(std::move(head), nullptr, kOk);
    return;
  }
  keep_alive_ = false;
  ++context_->counters.streams;
  phase_ = Phase::kStreaming;
  if (body_parser_ == nullptr) {
    discarded_ = input_.size() - input_used_;
    DropInput();
    WaitReadable();
  }
  BeginAnswer(std::move(head), stream, kOk);
}

void Connection::EndStreamSoon() {
  if (phase_ != Phase::kStreaming) return;
  ending_stream_ = true;
  SetDeadline(limits::kStreamCloseGrace);
  Pump();
}

}  // namespace mesos::net
