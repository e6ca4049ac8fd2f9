#include "common/net/connection.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/limits.h"
#include "common/net/handover.h"
#include "common/net/preface.h"
#include "glog/logging.h"

namespace mesos::net {
namespace {

constexpr absl::Duration kFirstPeekPause = absl::Milliseconds(5);
constexpr absl::Duration kMaxPeekPause = absl::Seconds(1);

// What a client may send into a stream, where nobody reads it, before it counts as broken.
constexpr size_t kMaxDiscardedInStream = 64 << 10;

// What the kernel holds for the peer to read.
int UnreadBytes(int fd) {
  int bytes = 0;
  return ioctl(fd, SIOCOUTQ, &bytes) == 0 ? bytes : 0;
}

}  // namespace

Connection::Connection(std::shared_ptr<ServerContext> context, int fd, auth::Peer peer)
    : context_(std::move(context)), peer_(std::move(peer)) {
  descriptor_.emplace(context_->loop.context(), fd);
}

void Connection::Start() {
  peek_pause_ = kFirstPeekPause;
  SetDeadline(context_->options.request_timeout);
  WaitReadable();
}

void Connection::Close(absl::Status reason) {
  if (phase_ == Phase::kClosed) return;
  if (phase_ == Phase::kStreaming) --context_->counters.streams;
  phase_ = Phase::kClosed;
  const auto self = shared_from_this();
  EndBody(absl::CancelledError("the client is gone"));
  context_->loop.Cancel(timer_);
  descriptor_.reset();
  parser_ = nullptr;
  CountBody(0);
  DropInput();
  output_.Clear();
  if (answer_ != nullptr) std::exchange(answer_, nullptr)->Closed(std::move(reason));
  context_->connections.erase(self);
  --context_->counters.connections;
  if (context_->has_room) context_->has_room();
}

// ---- Reading

void Connection::WaitReadable() {
  if (std::exchange(waiting_readable_, true)) return;
  descriptor_->async_wait(boost::asio::posix::stream_descriptor::wait_read,
                          [self = shared_from_this()](const boost::system::error_code& error) {
                            self->waiting_readable_ = false;
                            if (self->phase_ == Phase::kClosed) return;
                            if (error) {
                              self->Close(absl::CancelledError(error.message()));
                            } else {
                              self->OnReadable();
                            }
                          });
}

void Connection::OnReadable() {
  switch (phase_) {
    case Phase::kPeeking:
      Peek();
      break;
    case Phase::kReading:
      if (ReadMore()) ProcessInput();
      break;
    case Phase::kStreaming:
      body_parser_ == nullptr ? Discard() : ReadBody();
      break;
    case Phase::kLingering:
      Discard();
      break;
    case Phase::kHandling:
    case Phase::kAnswering:
      if (body_parser_ != nullptr) ReadBody();
      break;
    case Phase::kClosed:
      break;
  }
}

void Connection::Peek() {
  char bytes[32];
  const ssize_t size =
      recv(descriptor_->native_handle(), bytes, sizeof(bytes), MSG_PEEK | MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return WaitReadable();
  if (size <= 0) return Close(absl::CancelledError("the client is gone"));
  switch (DetectPreface(absl::string_view(bytes, static_cast<size_t>(size)))) {
    case Preface::kHttp2:
      HandOver();
      break;
    case Preface::kHttp1:
      phase_ = Phase::kReading;
      if (ReadMore()) ProcessInput();
      break;
    case Preface::kUndecided:
      if (HasFinishedSending(descriptor_->native_handle())) {
        return Close(absl::CancelledError("the client is gone"));
      }
      // The socket stays readable, so waiting for that would spin.
      context_->loop.Arm(context_->loop.Now() + peek_pause_, [self = shared_from_this()] {
        if (self->phase_ == Phase::kPeeking) self->Peek();
      });
      peek_pause_ = std::min(peek_pause_ * 2, kMaxPeekPause);
      break;
  }
}

void Connection::HandOver() {
  HandOverHttp2(*context_, descriptor_->release(), peer_.ip);
  Close(absl::OkStatus());
}

bool Connection::ReadMore() {
  std::vector<char>& scratch = context_->scratch;
  const ssize_t size =
      recv(descriptor_->native_handle(), scratch.data(), scratch.size(), MSG_DONTWAIT);
  if (size > 0) {
    const absl::string_view bytes(scratch.data(), static_cast<size_t>(size));
    const absl::string_view rest = bytes.substr(Feed(bytes));
    input_.assign(rest.data(), rest.size());
    input_used_ = 0;
    return true;
  }
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
    WaitReadable();
  } else {
    Close(absl::CancelledError("the client is gone"));
  }
  return false;
}

size_t Connection::Feed(absl::string_view bytes) {
  if (parser_ == nullptr) parser_ = std::make_unique<RequestParser>(context_->options.streams_body);
  const bool started = parser_->started();
  const size_t taken = parser_->Feed(bytes);
  if (!started && parser_->started()) SetDeadline(context_->options.request_timeout);
  CountBody(parser_->body_size());
  if (context_->body_bytes > context_->options.max_request_bytes &&
      parser_->state() == RequestParser::State::kNeedsMore) {
    parser_->Refuse(503, "The server holds as many bytes of unfinished requests as it may.");
  }
  return taken;
}

void Connection::DropInput() {
  input_ = std::string();
  input_used_ = 0;
}

void Connection::CountBody(size_t bytes) {
  context_->body_bytes += bytes - counted_body_;
  counted_body_ = bytes;
}

void Connection::ProcessInput() {
  processing_ = true;
  while (phase_ == Phase::kReading) {
    if (parser_ == nullptr && input_used_ < input_.size()) {
      input_used_ += Feed(absl::string_view(input_).substr(input_used_));
    }
    if (input_used_ == input_.size()) DropInput();
    const bool whole = parser_ != nullptr && parser_->state() != RequestParser::State::kNeedsMore;
    if (!whole && (parser_ == nullptr || !parser_->streams_body())) {
      if (parser_ != nullptr && parser_->TakeExpectsContinue()) {
        output_.Append(std::string("HTTP/1.1 100 Continue\r\n\r\n"));
        Pump();
        if (phase_ == Phase::kClosed) break;
      }
      if (parser_ != nullptr && !parser_->started()) parser_ = nullptr;
      WaitReadable();
      break;
    }
    HandleRequest();
  }
  processing_ = false;
}

void Connection::HandleRequest() {
  std::unique_ptr<RequestParser> parser = std::move(parser_);
  ++requests_;
  CountBody(0);
  phase_ = Phase::kHandling;
  ClearDeadline();
  keep_alive_ = parser->keep_alive() && !context_->shutting_down;
  is_http_1_0_ = parser->is_http_1_0();
  is_head_ = accepts_gzip_ = false;
  if (parser->state() == RequestParser::State::kRefused) {
    WriteResponse(parser->TakeRefusal(), false);
    return;
  }
  const bool awaits_continue = parser->TakeExpectsContinue();
  HttpRequest request = parser->TakeRequest();
  request.peer = peer_;
  is_head_ = request.method == "HEAD";
  if (std::optional<HttpResponse> refusal = context_->guard.Check(request)) {
    ++context_->counters.refused_pages;
    // Of its body there may be more to come, which would be taken for a request.
    if (parser->streams_body()) keep_alive_ = false;
    WriteResponse(*std::move(refusal), false);
    return;
  }
  accepts_gzip_ = request.accepts_gzip;
  if (parser->streams_body()) {
    awaits_continue_ = awaits_continue;
    BeginBody(std::move(parser), request);
  }
  context_->handler(std::move(request), Responder(shared_from_this()));
}

void Connection::Discard() {
  std::vector<char>& scratch = context_->scratch;
  const ssize_t size =
      recv(descriptor_->native_handle(), scratch.data(), scratch.size(), MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return WaitReadable();
  if (size <= 0) return Close(absl::CancelledError("the client is gone"));
  discarded_ += static_cast<size_t>(size);
  if (phase_ == Phase::kStreaming && discarded_ > kMaxDiscardedInStream) {
    return Close(absl::CancelledError("the client sends into a stream that takes nothing"));
  }
  WaitReadable();
}

// ---- Answering

HeadOptions Connection::HeadFor(Framing framing) {
  if (framing == Framing::kChunked && is_http_1_0_) framing = Framing::kClose;
  if (framing == Framing::kClose) keep_alive_ = false;
  HeadOptions options;
  options.framing = framing;
  if (!keep_alive_) {
    options.connection = "close";
  } else if (is_http_1_0_) {
    options.connection = "keep-alive";
  }
  return options;
}

void Connection::BeginAnswer(std::string head, std::shared_ptr<Answer> answer, int status) {
  if (status >= 100 && status < 600) ++context_->counters.answers[status / 100];
  output_.Append(std::move(head));
  answer_ = std::move(answer);
  Pump();
}

void Connection::Pump() {
  if (phase_ == Phase::kClosed || phase_ == Phase::kLingering || waiting_writable_) return;
  while (true) {
    size_t written = 0;
    const bool had_output = !output_.empty();
    const OutputQueue::Result result = output_.WriteTo(descriptor_->native_handle(), &written);
    context_->counters.bytes_out += written;
    if (result == OutputQueue::Result::kBroken) {
      return Close(absl::CancelledError(absl::StrCat("the client is gone: ", strerror(errno))));
    }
    if (HasToRead() && (written > 0 || !had_output)) {
      SetDeadline(context_->options.stall_timeout);
    }
    if (result == OutputQueue::Result::kBlocked) {
      if (HasToRead() && deadline_ == absl::InfiniteFuture()) {
        SetDeadline(context_->options.stall_timeout);
      }
      unread_ = UnreadBytes(descriptor_->native_handle());
      return WaitWritable();
    }
    if (phase_ != Phase::kAnswering && phase_ != Phase::kStreaming) return;
    if (answer_ == nullptr) return EndAnswer();
    switch (answer_->FillOutput(output_)) {
      case Answer::Fill::kFilled:
        break;
      case Answer::Fill::kWaits:
        ClearDeadline();
        return;
      case Answer::Fill::kEnds:
        return EndAnswer();
    }
  }
}

void Connection::WaitWritable() {
  waiting_writable_ = true;
  descriptor_->async_wait(boost::asio::posix::stream_descriptor::wait_write,
                          [self = shared_from_this()](const boost::system::error_code& error) {
                            self->waiting_writable_ = false;
                            if (self->phase_ != Phase::kClosed) self->Pump();
                          });
}

void Connection::EndAnswer() {
  if (phase_ == Phase::kStreaming) --context_->counters.streams;
  phase_ = Phase::kHandling;
  if (answer_ != nullptr) std::exchange(answer_, nullptr)->Closed(absl::OkStatus());
  if (!EndBody(absl::CancelledError("the request was answered"))) keep_alive_ = false;
  if (!keep_alive_ || context_->shutting_down) return Linger();
  phase_ = Phase::kReading;
  SetDeadline(context_->options.idle_timeout);
  if (!processing_) ProcessInput();
}

void Connection::Linger() {
  phase_ = Phase::kLingering;
  DropInput();
  SetDeadline(context_->options.linger_timeout);
  shutdown(descriptor_->native_handle(), SHUT_WR);
  if (!waiting_readable_) Discard();
}

// ---- Deadlines

void Connection::SetDeadline(absl::Duration timeout) {
  deadline_ = context_->loop.Now() + timeout;
  if (armed_for_ <= deadline_) return;
  context_->loop.Cancel(timer_);
  armed_for_ = deadline_;
  timer_ = context_->loop.Arm(deadline_, [this] { OnTimer(); });
}

void Connection::OnTimer() {
  const auto self = shared_from_this();
  armed_for_ = absl::InfiniteFuture();
  timer_ = DeadlineId::kNone;
  if (deadline_ == absl::InfiniteFuture()) return;
  if (context_->loop.Now() >= deadline_) return OnDeadline();
  armed_for_ = deadline_;
  timer_ = context_->loop.Arm(deadline_, [this] { OnTimer(); });
}

void Connection::OnDeadline() {
  if (HasToRead()) {
    // The socket counts as writable only once a good part of its buffer is free: a reader that
    // takes less than that within the timeout is slow, but it reads.
    const int unread = UnreadBytes(descriptor_->native_handle());
    if (unread < std::exchange(unread_, unread)) {
      return SetDeadline(context_->options.stall_timeout);
    }
  }
  if (phase_ == Phase::kStreaming && !ending_stream_) {
    ++context_->counters.stalled_streams;
    Close(absl::ResourceExhaustedError(
        absl::StrCat("the client has read nothing for ",
                     absl::FormatDuration(context_->options.stall_timeout))));
    return;
  }
  if (phase_ != Phase::kReading || parser_ == nullptr) {
    Close(absl::ResourceExhaustedError("the client is too slow"));
    return;
  }
  parser_ = nullptr;
  CountBody(0);
  keep_alive_ = is_head_ = is_http_1_0_ = false;
  WriteResponse(
      HttpResponse::Text(
          408, absl::StrCat("408 Request Timeout. The request did not come whole within ",
                            absl::FormatDuration(context_->options.request_timeout), ".")),
      false);
}

}  // namespace mesos::net
