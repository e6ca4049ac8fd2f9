#include "common/net/event_channel.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/limits.h"

namespace mesos::net {
namespace {

// What goes into the socket's queue at once; more waits where it counts against the bound.
constexpr size_t kMaxFillBytes = 256 << 10;
constexpr size_t kMaxFillRecords = 80;

}  // namespace

EventChannel::EventChannel(std::shared_ptr<Connection> connection, bool chunked,
                           absl::AnyInvocable<void(absl::Status)> closed)
    : chunked_(chunked),
      max_bytes_(connection->context().options.max_stream_bytes),
      connection_(std::move(connection)),
      closed_(std::move(closed)) {}

void EventChannel::Send(std::shared_ptr<const std::string> record) {
  std::deque<std::shared_ptr<const std::string>> dropped;
  MutexLock lock(mutex_);
  if (over_ || ending_ || record->empty()) return;
  queued_bytes_ += record->size();
  queue_.push_back(std::move(record));
  ++sent_;
  // The record at the head does not count: the first event of an operator is the whole state.
  const size_t waiting_bytes =
      queued_bytes_ - queue_.front()->size() + (queue_.size() - 1) * limits::kQueuedMessageBytes;
  if (waiting_bytes > max_bytes_) {
    ending_ = overflowed_ = true;
    dropped.swap(queue_);
    queued_bytes_ = 0;
    connection_->context().loop.Post([connection = connection_, records = dropped.size()] {
      ++connection->context().counters.stalled_streams;
      connection->Close(absl::ResourceExhaustedError(
          absl::StrCat("the client does not read: ", records, " events waited for it")));
    });
    return;
  }
  if (std::exchange(wake_posted_, true)) return;
  connection_->context().loop.Post([connection = connection_] { connection->Pump(); });
}

void EventChannel::WhenWritten(absl::AnyInvocable<void()> written) {
  MutexLock lock(mutex_);
  if (over_ || ending_) return;
  waiting_.push_back({sent_, std::move(written)});
  if (std::exchange(wake_posted_, true)) return;
  connection_->context().loop.Post([connection = connection_] { connection->Pump(); });
}

void EventChannel::Close() {
  MutexLock lock(mutex_);
  if (over_ || std::exchange(ending_, true)) return;
  connection_->context().loop.Post([connection = connection_] { connection->EndStreamSoon(); });
}

void EventChannel::Silence() {
  absl::AnyInvocable<void(absl::Status)> dropped;
  MutexLock lock(mutex_);
  dropped = std::exchange(closed_, nullptr);
}

Answer::Fill EventChannel::FillOutput(OutputQueue& output) {
  std::vector<Waiting> written;
  const Fill fill = TakeQueued(output, written);
  for (Waiting& waiting : written) waiting.written();
  return fill;
}

Answer::Fill EventChannel::TakeQueued(OutputQueue& output, std::vector<Waiting>& written) {
  MutexLock lock(mutex_);
  wake_posted_ = false;
  // More is asked for only once the socket has taken what it was given.
  while (!waiting_.empty() && waiting_.front().until <= filled_) {
    written.push_back(std::move(waiting_.front()));
    waiting_.erase(waiting_.begin());
  }
  if (queue_.empty()) {
    if (!ending_ || overflowed_) return Fill::kWaits;
    if (!chunked_ || std::exchange(end_written_, true)) return Fill::kEnds;
    output.Append(std::string("0\r\n\r\n"));
    return Fill::kFilled;
  }
  size_t bytes = 0;
  for (size_t records = 0; !queue_.empty() && records < kMaxFillRecords && bytes < kMaxFillBytes;
       ++records) {
    const size_t size = queue_.front()->size();
    bytes += size;
    ++filled_;
    if (chunked_) output.Append(absl::StrCat(absl::Hex(size), "\r\n"));
    output.Append(std::move(queue_.front()));
    if (chunked_) output.Append(std::string("\r\n"));
    queue_.pop_front();
  }
  queued_bytes_ -= bytes;
  return Fill::kFilled;
}

void EventChannel::Closed(absl::Status status) {
  absl::AnyInvocable<void(absl::Status)> closed;
  std::shared_ptr<Connection> connection;
  std::deque<std::shared_ptr<const std::string>> dropped;
  {
    MutexLock lock(mutex_);
    over_ = true;
    dropped.swap(queue_);
    queued_bytes_ = 0;
    waiting_.clear();
    closed = std::exchange(closed_, nullptr);
    connection.swap(connection_);
  }
  if (closed) closed(std::move(status));
}

}  // namespace mesos::net
