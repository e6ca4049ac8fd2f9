#pragma once

// A stream of events between who sends them, on any thread, and the connection that writes them,
// one chunk of the body a record.
//
//   open --Close, or its EventStream destroyed--> ending --queue written--> over
//     \---client gone, or queue over its bound: queue dropped ---------------/

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "common/base/mutex.h"
#include "common/net/answer.h"
#include "common/net/connection.h"
#include "common/net/http_server.h"

namespace mesos::net {

class EventChannel final : public Answer, public std::enable_shared_from_this<EventChannel> {
 public:
  // `chunked` is false only for HTTP/1.0.
  EventChannel(std::shared_ptr<Connection> connection, bool chunked,
               absl::AnyInvocable<void(absl::Status)> closed);

  // Any thread.
  void Send(std::shared_ptr<const std::string> record);
  void WhenWritten(absl::AnyInvocable<void()> written);
  void Close();
  // Nothing reaches `closed` any more, unless it runs right now.
  void Silence();

  // ---- Answer
  Fill FillOutput(OutputQueue& output) override;
  void Closed(absl::Status status) override;

 private:
  struct Waiting {
    uint64_t until;
    absl::AnyInvocable<void()> written;
  };

  // Gives who need not wait any more to `written`.
  Fill TakeQueued(OutputQueue& output, std::vector<Waiting>& written);

  const bool chunked_;
  const size_t max_bytes_;
  bool end_written_ = false;  // of the I/O thread

  // Invariant: queued_bytes_ is the sum over queue_, which is empty once over_. connection_ is set
  // until over_. wake_posted_: the I/O thread is going to look at the queue.
  Mutex mutex_;
  std::shared_ptr<Connection> connection_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::shared_ptr<const std::string>> queue_ ABSL_GUARDED_BY(mutex_);
  size_t queued_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  // Who waits for what was sent, and how many records that is, since the start. In that order.
  std::vector<Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
  uint64_t sent_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t filled_ ABSL_GUARDED_BY(mutex_) = 0;  // of them, handed to the socket's queue
  bool wake_posted_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  bool overflowed_ ABSL_GUARDED_BY(mutex_) = false;
  bool over_ ABSL_GUARDED_BY(mutex_) = false;
  absl::AnyInvocable<void(absl::Status)> closed_ ABSL_GUARDED_BY(mutex_);
};

// What the sender holds.
class EventChannelHandle final : public EventStream {
 public:
  explicit EventChannelHandle(std::shared_ptr<EventChannel> channel)
      : channel_(std::move(channel)) {}
  ~EventChannelHandle() override {
    channel_->Silence();
    channel_->Close();
  }
  void Send(std::shared_ptr<const std::string> record) override {
    channel_->Send(std::move(record));
  }
  void WhenWritten(absl::AnyInvocable<void()> written) override {
    channel_->WhenWritten(std::move(written));
  }
  void Close() override { channel_->Close(); }

 private:
  const std::shared_ptr<EventChannel> channel_;
};

}  // namespace mesos::net
