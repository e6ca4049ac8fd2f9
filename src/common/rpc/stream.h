#pragma once

// One end of a bidirectional message stream. Names no gRPC type, so that who uses a stream compiles
// fast.
//
//   StreamObserver<v1::scheduler::Event> observer{opened, message, closed};
//   std::unique_ptr<Stream<v1::scheduler::Call>> stream =
//       DialScheduler(target, executor, observer);
//   stream->Send(call);
//
// Send queues and never blocks; a peer that takes nothing for limits::kStreamStallTimeout while
// something is queued is closed with ResourceExhausted (and so, as a last resort for memory, is one
// for which limits::kMaxSessionQueueBytes wait). What is queued while a write is in flight goes
// out as one frame. Messages keep their order. Observers are called on the Executor given at the
// start: opened (clients only) once, message for each, closed exactly once and last. Destroying a
// Stream closes it and silences its observer. Send, Close and destruction: on the executor's
// thread.

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"

namespace mesos::rpc {

template <typename Out>
class Stream {
 public:
  virtual ~Stream() = default;

  virtual void Send(std::shared_ptr<const Out> message) = 0;

  // Calls `written` once all that was sent before is on its way to the peer, which has room for it:
  // on any thread, maybe at once, and not at all where the stream ends first. So a sender that has
  // much to tell sends it piece by piece, as the peer reads.
  virtual void WhenWritten(absl::AnyInvocable<void()> written) { written(); }

  // While it is off, nothing is read beyond what has come already, and the peer waits: for a
  // receiver that cannot keep up. The end of the stream may be heard late then.
  virtual void SetReading(bool) {}

  // Writes what is queued, then ends the stream; a server's `status` reaches the client as the
  // stream's status. The observer hears closed.
  virtual void Close(absl::Status status) = 0;
};

template <typename In>
struct StreamObserver {
  absl::AnyInvocable<void()> opened;
  absl::AnyInvocable<void(std::shared_ptr<const In>)> message;
  absl::AnyInvocable<void(absl::Status)> closed;
};

}  // namespace mesos::rpc
