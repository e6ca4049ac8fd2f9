#pragma once

// One end of a message stream over gRPC, client or server: the queue, the one write in flight, the
// reader with its backpressure, and the order in which a stream ends. What differs between the two
// ends (which reactor carries out a read or a write) stands behind the protected virtuals.
//
//            Send                        flush (posted)            BeginWrite
//   core ----------> queue, bounded ----------------------> frame ------------> gRPC
//   core <---------- observer <----- one Post a frame <---- frame <------------ gRPC
//
//   open --Close--> closing --queue written--> ended --(client: peer's status)--> done
//     \---Fail / broken connection: queue dropped ----------------------------/
//
// Thread rule: Send, Close, Silence on the executor's thread; On... on gRPC's threads. The mutex is
// held for Executor::Post and for Start calls of gRPC, neither of which calls back inline.
// Ownership: shared by the Stream handle, work on the executor, and the reactor until gRPC's
// OnDone. Failures reach the observer once, as `closed`.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/limits.h"
#include "common/base/mutex.h"
#include "common/rpc/batch_codec.h"
#include "common/runtime/executor.h"

namespace mesos::rpc {

// The observer of stream.h without its message type.
struct PipeObserver {
  absl::AnyInvocable<void()> opened;
  absl::AnyInvocable<void(MessagePtr)> message;
  absl::AnyInvocable<void(absl::Status)> closed;
};

// What a stream takes and gives, at most.
struct PipeLimits {
  size_t sent_bytes = limits::kMaxStreamMessageBytes;      // of one message
  size_t received_bytes = limits::kMaxStreamMessageBytes;  // of one frame
  // For how long the peer may take nothing (for each MiB of a frame).
  absl::Duration stall_timeout = limits::kStreamStallTimeout;
  // Counts streams that failed since their peer did not read; may be null.
  std::atomic<uint64_t>* stalled = nullptr;
};

class Pipe : public std::enable_shared_from_this<Pipe> {
 public:
  virtual ~Pipe();

  void SetObserver(PipeObserver observer) { observer_ = std::move(observer); }

  void Send(MessagePtr message);
  void WhenWritten(absl::AnyInvocable<void()> written);
  void SetReading(bool on);
  void Close(absl::Status status);

  // The handle is gone: nothing reaches the observer or the executor any more. Closes if need be.
  void Silence();

 protected:
  enum class Side { kClient, kServer };

  // What one frame will carry, and its size.
  struct Batch {
    std::vector<MessagePtr> messages;
    size_t bytes = 0;
  };

  // Each is called with the mutex held, except BeginWrite (a write in flight keeps the call alive).
  virtual void BeginRead() = 0;
  virtual void BeginWrite(Batch batch) = 0;
  // All is written. A client ends its side, and says OnWritten; a server finishes the call.
  virtual void BeginEnd(const absl::Status& status) = 0;
  // A client's call has ended: nothing is in flight and nothing will be started.
  virtual void Over() = 0;
  virtual void Cancel() = 0;

  Pipe(Side side, Executor& executor, MessageFactory factory, const PipeLimits& limits);

  // Starts the first read. Once.
  void StartReading();
  // A client's stream stands. Before the first OnRead; further calls do nothing.
  void OnOpened();
  void OnRead(bool ok, const grpc::ByteBuffer& frame);
  void OnWritten(bool ok);
  // The peer is gone although no read or write has said so.
  void OnBroken();
  // gRPC is done with the call: it touches neither context nor reactor again.
  void OnCallDone(absl::Status status);

 private:
  void Flush();
  void Deliver(std::vector<MessagePtr> messages);
  void ReportClosed(absl::Status status);

  // Takes the next batch where one may be written now; the caller passes it to BeginWrite.
  Batch NextWriteLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Looks, later, whether the write in flight is still the same.
  void WatchWriteLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CheckWrite(uint64_t write);
  void CloseLocked(absl::Status status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void FailStalledLocked(absl::Status status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void FailLocked(absl::Status status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void PostClosedLocked(absl::Status status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MaybeReadLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MaybeEndLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EndWritesLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  struct Queued {
    MessagePtr message;
    size_t bytes;
  };

  const Side side_;
  const MessageFactory factory_;
  const PipeLimits limits_;

  // Of the executor's thread only. The observer is dropped once nothing may reach it any more.
  PipeObserver observer_;
  bool silenced_ = false;
  bool observing_ = false;

  Mutex mutex_;
  // Null once the handle is gone: then nobody guarantees that the executor still exists.
  Executor* executor_ ABSL_GUARDED_BY(mutex_);

  // Writing. Invariant: queued_bytes_ is the sum over queue_; while queue_ is not empty a flush is
  // posted or due. Once writes_ended_ is set, queue_ stays empty.
  std::deque<Queued> queue_ ABSL_GUARDED_BY(mutex_);
  size_t queued_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t writes_ ABSL_GUARDED_BY(mutex_) = 0;  // begun so far
  size_t writing_messages_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t writing_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool watched_ ABSL_GUARDED_BY(mutex_) = false;  // a CheckWrite is to come
  bool flush_posted_ ABSL_GUARDED_BY(mutex_) = false;
  bool flush_due_ ABSL_GUARDED_BY(mutex_) = false;
  bool writes_ended_ ABSL_GUARDED_BY(mutex_) = false;

  // Who waits for what was sent: called once that many messages are written. In that order.
  struct Waiting {
    uint64_t until;
    absl::AnyInvocable<void()> written;
  };
  std::vector<Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
  uint64_t sent_ ABSL_GUARDED_BY(mutex_) = 0;     // messages queued so far
  uint64_t written_ ABSL_GUARDED_BY(mutex_) = 0;  // of them

  // Reading. Invariant: no read is in flight while undelivered_ is at its bound.
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool reading_on_ ABSL_GUARDED_BY(mutex_) = true;
  bool reads_ended_ ABSL_GUARDED_BY(mutex_) = false;
  int undelivered_ ABSL_GUARDED_BY(mutex_) = 0;

  // Ending. Invariant: each of these only ever goes from unset to set, in the order of the diagram.
  std::optional<absl::Status> closing_ ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  bool over_ ABSL_GUARDED_BY(mutex_) = false;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
  bool opened_posted_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_posted_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace mesos::rpc
