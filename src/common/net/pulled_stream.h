#pragma once

// A stream whose records a StreamSource gives as the connection takes them, one chunk of the body a
// record: what waits for a slow reader stays with the source, which may share it among many.
//
//   waits --Wake--> asked --Step--> written, and asked again
//   kEnds --> the answer ends; kBreaks, or the client gone --> Closed(why)

#include <atomic>
#include <memory>

#include "absl/status/status.h"
#include "common/base/mutex.h"
#include "common/net/answer.h"
#include "common/net/connection.h"
#include "common/net/http_server.h"

namespace mesos::net {

class PulledStream final : public Answer, public std::enable_shared_from_this<PulledStream> {
 public:
  // `chunked` is false only for HTTP/1.0.
  PulledStream(std::shared_ptr<Connection> connection, bool chunked,
               std::shared_ptr<StreamSource> source);

  // Any thread.
  void Wake();
  void End();
  void Cut(absl::Status why);

  // ---- Answer
  Fill FillOutput(OutputQueue& output) override;
  void Closed(absl::Status status) override;

 private:
  class Sink;

  std::shared_ptr<Connection> connection() {
    MutexLock lock(mutex_);
    return connection_;
  }

  const bool chunked_;
  std::atomic<bool> wake_posted_ = false;

  // Of the I/O thread. `part_left_` bytes of the record that comes in parts are still to come.
  std::shared_ptr<StreamSource> source_;
  size_t part_left_ = 0;
  bool ended_ = false;

  Mutex mutex_;
  std::shared_ptr<Connection> connection_ ABSL_GUARDED_BY(mutex_);  // until closed
};

}  // namespace mesos::net
