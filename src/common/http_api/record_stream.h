#pragma once

// A session's events as records on an HTTP answer: each encoded once, in order, on a thread that is
// neither the core's nor the one that does I/O.
//
//   core ──Send──> encoder ──EncodeRecord──> EventStream ──> I/O thread
//
//   RecordStream<v1::scheduler::Event> stream(encoder, type, std::move(http), [] { ... });
//
// Send, Close and destruction: on the core's thread. `ended` is called when it is destroyed. What
// waits to be encoded, and what waits to be written (by the EventStream), are bounded by
// limits::kMaxSessionQueueBytes each; beyond either, the answer ends.

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "common/base/limits.h"
#include "common/http_api/v1_body.h"
#include "common/net/http_server.h"
#include "common/net/media_type.h"
#include "common/net/recordio.h"
#include "common/rpc/stream.h"
#include "common/runtime/executor.h"

namespace mesos {

template <typename Event>
class RecordStream final : public rpc::Stream<Event> {
 public:
  RecordStream(Executor& encoder, net::MediaType type, std::unique_ptr<net::EventStream> stream,
               absl::AnyInvocable<void()> ended)
      : encoder_(encoder),
        sink_(std::make_shared<Sink>(type, std::move(stream))),
        ended_(std::move(ended)) {}

  // Behind what was sent, so that it is still written.
  ~RecordStream() override {
    encoder_.Post("end_stream", [sink = std::move(sink_)] {});
    ended_();
  }

  void Send(std::shared_ptr<const Event> event) override {
    const size_t bytes = event->ByteSizeLong() + limits::kQueuedMessageBytes;
    if (sink_->waiting_bytes.fetch_add(bytes) + bytes > limits::kMaxSessionQueueBytes) {
      Close(absl::ResourceExhaustedError("too many events wait to be encoded"));
      return;
    }
    encoder_.Post("encode_event", [sink = sink_, event = std::move(event), bytes] {
      sink->waiting_bytes -= bytes;
      sink->stream->Send(
          std::make_shared<const std::string>(net::EncodeRecord(Serialize(*event, sink->type))));
    });
  }

  void WhenWritten(absl::AnyInvocable<void()> written) override {
    encoder_.Post("await_drain", [sink = sink_, written = std::move(written)]() mutable {
      sink->stream->WhenWritten(std::move(written));
    });
  }

  // HTTP has no place for the reason.
  void Close(absl::Status) override {
    encoder_.Post("close_stream", [sink = sink_] { sink->stream->Close(); });
  }

 private:
  struct Sink {
    Sink(net::MediaType type_in, std::unique_ptr<net::EventStream> stream_in)
        : type(type_in), stream(std::move(stream_in)) {}

    const net::MediaType type;
    const std::unique_ptr<net::EventStream> stream;
    std::atomic<size_t> waiting_bytes = 0;  // of events on their way to the encoder
  };

  Executor& encoder_;
  std::shared_ptr<Sink> sink_;
  absl::AnyInvocable<void()> ended_;
};

}  // namespace mesos
