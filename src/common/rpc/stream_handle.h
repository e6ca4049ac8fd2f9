#pragma once

// What a user of a stream holds: the typed face of a Pipe. Its destruction closes and silences the
// pipe. Executor's thread only.

#include <google/protobuf/arena.h>
#include <google/protobuf/message_lite.h>

#include <memory>
#include <utility>

#include "common/rpc/pipe.h"
#include "common/rpc/stream.h"

namespace mesos::rpc {

template <typename Out>
class StreamHandle : public Stream<Out> {
 public:
  explicit StreamHandle(std::shared_ptr<Pipe> pipe) : pipe_(std::move(pipe)) {}
  ~StreamHandle() override { pipe_->Silence(); }

  void Send(std::shared_ptr<const Out> message) override { pipe_->Send(std::move(message)); }
  void WhenWritten(absl::AnyInvocable<void()> written) override {
    pipe_->WhenWritten(std::move(written));
  }
  void SetReading(bool on) override { pipe_->SetReading(on); }
  void Close(absl::Status status) override { pipe_->Close(std::move(status)); }

 private:
  const std::shared_ptr<Pipe> pipe_;
};

template <typename In>
google::protobuf::MessageLite* NewMessage(google::protobuf::Arena* arena) {
  return google::protobuf::Arena::CreateMessage<In>(arena);
}

template <typename In>
PipeObserver EraseType(StreamObserver<In> observer) {
  PipeObserver erased;
  erased.opened = std::move(observer.opened);
  erased.closed = std::move(observer.closed);
  if (observer.message) {
    erased.message = [message = std::move(observer.message)](MessagePtr pointer) mutable {
      message(std::static_pointer_cast<const In>(std::move(pointer)));
    };
  }
  return erased;
}

}  // namespace mesos::rpc
