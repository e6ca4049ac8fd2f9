#pragma once

// What an answer still has to write behind its head: asked for more whenever the socket has taken
// all that came before, so that a slow reader holds back who produces. I/O-thread-only.
//
//   Fill --kFilled--> (written) --Fill--> ...  --kEnds--> Closed(OK)
//     \---kWaits--> Connection::Pump, once there is more --Fill--> ...
//   the connection is gone at any time --> Closed(why)

#include "absl/status/status.h"
#include "common/net/output_queue.h"

namespace mesos::net {

class Answer {
 public:
  enum class Fill { kFilled, kWaits, kEnds };

  virtual ~Answer() = default;

  // Appends what comes next. Only with an empty `output`.
  virtual Fill FillOutput(OutputQueue& output) = 0;

  // Called once and last.
  virtual void Closed(absl::Status status) = 0;
};

}  // namespace mesos::net
