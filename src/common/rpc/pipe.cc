#include "common/rpc/pipe.h"

#include <google/protobuf/message_lite.h>
#include <grpcpp/support/byte_buffer.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/limits.h"

namespace mesos::rpc {
namespace {

// A message's tag and length in its frame, and some.
constexpr size_t kFrameHeadBytes = 16;

}  // namespace

Pipe::Pipe(Side side, Executor& executor, MessageFactory factory, const PipeLimits& limits)
    : side_(side), factory_(factory), limits_(limits), executor_(&executor) {}

Pipe::~Pipe() = default;

void Pipe::Send(MessagePtr message) {
  const size_t bytes = EncodedSize(*message);
  MutexLock lock(mutex_);
  if (closing_ || writes_ended_ || executor_ == nullptr) return;
  if (bytes > limits_.sent_bytes) {
    FailLocked(absl::ResourceExhaustedError(
        absl::StrCat("a ", message->GetTypeName(), " of ", bytes,
                     " bytes is larger than a stream takes: ", limits_.sent_bytes)));
    return;
  }
  const size_t waits = queued_bytes_ + queue_.size() * limits::kQueuedMessageBytes;
  if (!queue_.empty() && waits + bytes > limits::kMaxSessionQueueBytes) {
    FailStalledLocked(absl::ResourceExhaustedError(
        absl::StrCat("the peer reads too slowly: ", queue_.size(), " messages of ", queued_bytes_,
                     " bytes wait to be written to it")));
    return;
  }
  queue_.push_back({std::move(message), bytes});
  queued_bytes_ += bytes;
  ++sent_;
  // Behind everything that is queued on the executor now: what that work sends goes out in one
  // frame.
  if (flush_posted_) return;
  flush_posted_ = true;
  executor_->Post("rpc_flush", [self = shared_from_this()] { self->Flush(); });
}

void Pipe::WhenWritten(absl::AnyInvocable<void()> written) {
  MutexLock lock(mutex_);
  if (closing_ || writes_ended_ || executor_ == nullptr) return;
  if (written_ < sent_) {
    waiting_.push_back({sent_, std::move(written)});
  } else {
    executor_->Post("rpc_written", std::move(written));
  }
}

void Pipe::SetReading(bool on) {
  MutexLock lock(mutex_);
  reading_on_ = on;
  MaybeReadLocked();
}

void Pipe::Close(absl::Status status) {
  {
    MutexLock lock(mutex_);
    CloseLocked(std::move(status));
  }
  Flush();
}

void Pipe::Silence() {
  silenced_ = true;
  if (!observing_) observer_ = {};
  {
    MutexLock lock(mutex_);
    CloseLocked(absl::OkStatus());
    executor_ = nullptr;
    MaybeReadLocked();
  }
  Flush();
}

void Pipe::Flush() {
  Batch batch;
  {
    MutexLock lock(mutex_);
    flush_posted_ = false;
    flush_due_ = true;
    batch = NextWriteLocked();
    if (batch.messages.empty()) MaybeEndLocked();
  }
  if (!batch.messages.empty()) BeginWrite(std::move(batch));
}

Pipe::Batch Pipe::NextWriteLocked() {
  Batch batch;
  if (writing_ || writes_ended_ || !flush_due_) return batch;
  while (!queue_.empty() && batch.messages.size() < limits::kMaxBatchMessages &&
         (batch.messages.empty() || batch.bytes + queue_.front().bytes <= limits::kMaxBatchBytes)) {
    batch.bytes += queue_.front().bytes;
    batch.messages.push_back(std::move(queue_.front().message));
    queue_.pop_front();
  }
  queued_bytes_ -= batch.bytes;
  flush_due_ = !queue_.empty();
  writing_ = !batch.messages.empty();
  if (writing_) {
    ++writes_;
    writing_messages_ = batch.messages.size();
    writing_bytes_ = batch.bytes;
    WatchWriteLocked();
  }
  return batch;
}

void Pipe::WatchWriteLocked() {
  // A client's target may be out of reach for as long as it takes.
  if (watched_ || executor_ == nullptr || (side_ == Side::kClient && !opened_posted_)) return;
  watched_ = true;
  constexpr size_t kMiB = 1 << 20;
  const auto slices = static_cast<int64_t>((writing_bytes_ + kMiB - 1) / kMiB);
  executor_->RunAt(executor_->Now() + limits_.stall_timeout * slices, "rpc_check_write",
                   [weak = weak_from_this(), write = writes_] {
                     if (const std::shared_ptr<Pipe> self = weak.lock()) self->CheckWrite(write);
                   });
}

void Pipe::CheckWrite(uint64_t write) {
  MutexLock lock(mutex_);
  watched_ = false;
  if (!writing_ || writes_ended_) return;
  if (writes_ != write) {
    WatchWriteLocked();
    return;
  }
  FailStalledLocked(absl::ResourceExhaustedError(absl::StrCat(
      "the peer has read nothing for ", absl::FormatDuration(limits_.stall_timeout), ": ",
      queue_.size(), " messages of ", queued_bytes_, " bytes wait behind ", writing_bytes_)));
}

void Pipe::OnWritten(bool ok) {
  Batch batch;
  {
    MutexLock lock(mutex_);
    writing_ = false;
    written_ += std::exchange(writing_messages_, 0);
    while (ok && executor_ != nullptr && !waiting_.empty() && waiting_.front().until <= written_) {
      executor_->Post("rpc_written", std::move(waiting_.front().written));
      waiting_.erase(waiting_.begin());
    }
    if (!ok) EndWritesLocked();
    batch = NextWriteLocked();
    if (batch.messages.empty()) MaybeEndLocked();
  }
  if (!batch.messages.empty()) BeginWrite(std::move(batch));
}

void Pipe::StartReading() {
  MutexLock lock(mutex_);
  MaybeReadLocked();
}

void Pipe::OnOpened() {
  MutexLock lock(mutex_);
  if (executor_ == nullptr || std::exchange(opened_posted_, true)) return;
  if (writing_) WatchWriteLocked();
  executor_->Post("rpc_opened", [self = shared_from_this()] {
    if (!self->silenced_ && self->observer_.opened) self->observer_.opened();
  });
}

void Pipe::OnRead(bool ok, const grpc::ByteBuffer& frame) {
  absl::StatusOr<std::vector<MessagePtr>> messages;
  if (ok && frame.Length() > limits_.received_bytes + kFrameHeadBytes) {
    messages = absl::ResourceExhaustedError(
        absl::StrCat("a frame of ", frame.Length(),
                     " bytes is larger than this stream takes: ", limits_.received_bytes));
  } else if (ok) {
    messages = DecodeBatch(frame, factory_);
  }
  MutexLock lock(mutex_);
  reading_ = false;
  if (!ok) {
    reads_ended_ = true;
    if (side_ == Side::kClient) {
      EndWritesLocked();
    } else {
      // Whether the peer has ended its side or is gone, OnBroken or OnCallDone tells.
      CloseLocked(absl::OkStatus());
    }
    MaybeEndLocked();
    return;
  }
  if (!messages.ok()) {
    FailLocked(messages.status());
    return;
  }
  if (executor_ != nullptr && !closed_posted_) {
    ++undelivered_;
    executor_->Post("rpc_deliver",
                    [self = shared_from_this(), batch = *std::move(messages)]() mutable {
                      self->Deliver(std::move(batch));
                    });
  }
  MaybeReadLocked();
}

void Pipe::Deliver(std::vector<MessagePtr> messages) {
  observing_ = true;
  for (MessagePtr& message : messages) {
    if (silenced_ || !observer_.message) break;
    observer_.message(std::move(message));
  }
  observing_ = false;
  if (silenced_) observer_ = {};
  MutexLock lock(mutex_);
  --undelivered_;
  MaybeReadLocked();
}

void Pipe::OnBroken() {
  MutexLock lock(mutex_);
  EndWritesLocked();
  CloseLocked(absl::CancelledError("the peer is gone"));
  PostClosedLocked(absl::UnavailableError("the connection to the peer is lost"));
  MaybeEndLocked();
}

void Pipe::OnCallDone(absl::Status status) {
  MutexLock lock(mutex_);
  done_ = true;
  EndWritesLocked();
  reads_ended_ = true;
  PostClosedLocked(side_ == Side::kServer && closing_ ? *closing_ : std::move(status));
}

void Pipe::ReportClosed(absl::Status status) {
  PipeObserver observer = std::exchange(observer_, {});
  if (!silenced_ && observer.closed) observer.closed(std::move(status));
}

void Pipe::CloseLocked(absl::Status status) {
  if (closing_) return;
  closing_ = std::move(status);
  if (executor_ == nullptr) return;
  executor_->RunAt(executor_->Now() + limits::kStreamCloseGrace, "rpc_cut_off",
                   [self = shared_from_this()] {
                     MutexLock lock(self->mutex_);
                     if (!self->done_) self->Cancel();
                   });
}

void Pipe::FailStalledLocked(absl::Status status) {
  if (limits_.stalled != nullptr && !closing_) ++*limits_.stalled;
  FailLocked(std::move(status));
}

void Pipe::FailLocked(absl::Status status) {
  CloseLocked(status);
  if (!over_ && !ended_) closing_ = status;
  queue_.clear();
  queued_bytes_ = 0;
  waiting_.clear();
  reads_ended_ = true;
  PostClosedLocked(std::move(status));
  if (side_ == Side::kClient) {
    EndWritesLocked();
    if (!done_) Cancel();
  }
  MaybeEndLocked();
}

void Pipe::PostClosedLocked(absl::Status status) {
  if (closed_posted_ || executor_ == nullptr) return;
  closed_posted_ = true;
  executor_->Post("rpc_closed", [self = shared_from_this(), status = std::move(status)]() mutable {
    self->ReportClosed(std::move(status));
  });
}

void Pipe::MaybeReadLocked() {
  if (reading_ || reads_ended_ || over_) return;
  if (executor_ != nullptr &&
      (undelivered_ >= limits::kMaxUndeliveredFrames || !(reading_on_ || closing_))) {
    return;
  }
  reading_ = true;
  BeginRead();
}

void Pipe::MaybeEndLocked() {
  if (over_ || writing_) return;
  if (side_ == Side::kServer) {
    if (!closing_ || !queue_.empty()) return;
    // A read may be in flight: finishing the call ends it.
    ended_ = over_ = true;
    BeginEnd(*closing_);
    return;
  }
  if (closing_ && !ended_ && !writes_ended_ && queue_.empty()) {
    ended_ = writing_ = true;
    BeginEnd(*closing_);
    return;
  }
  if (reads_ended_ && !reading_) {
    over_ = true;
    Over();
  }
}

void Pipe::EndWritesLocked() {
  writes_ended_ = true;
  queue_.clear();
  queued_bytes_ = 0;
  waiting_.clear();
}

}  // namespace mesos::rpc
