#pragma once

// The plain scheduler client without I/O: it keeps one session and passes calls and events through.
// Events and effects as in events.h; of the events Start, the session's, CallMade, Reconnect, Stop
// and Tick.
//
//   ClientCore core(options);
//   Effects effects = core.Handle(now, Start{});
//   RunAgainAt(core.NextDeadline());        // with Tick
//
//   idle ──Start──▶ connecting ◀──lost, Reconnect──▶ connected ──Stop──▶ stopping ──closed──▶
//   finished
//
// Core-thread-only; no clock, threads or globals.

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "common/reconnect/connection_keeper.h"
#include "scheduler_driver/core/events.h"

namespace mesos::scheduler_driver {

// The caller wants a new session.
struct Reconnect {};

// A session stands, or it is gone again.
struct Connected {};
// An event of the session.
struct Received {
  std::shared_ptr<const v1::scheduler::Event> event;
};
// There was no session to send it on.
struct CallDropped {
  v1::scheduler::Call::Type type;
};

using ClientEvent = std::variant<Start, SessionOpened, SessionClosed, EventReceived, CallMade,
                                 Reconnect, Stop, Paused, Tick>;
using ClientEffect = std::variant<OpenSession, SendCall, CloseSession, AbandonSession, Connected,
                                  Disconnected, Received, CallDropped, Finished>;
using ClientEffects = std::vector<ClientEffect>;

struct ClientOptions {
  ConnectionKeeper::Options connection;
  absl::Duration stop_timeout = absl::Seconds(5);  // for the last calls to be written
  // Where not empty there is nothing to connect to: Start is answered by one ERROR event with this.
  std::string refusal;
  uint64_t seed = 0;
};

class ClientCore {
 public:
  explicit ClientCore(ClientOptions options);

  ClientEffects Handle(absl::Time now, ClientEvent event);
  absl::Time NextDeadline() const;

 private:
  void On(Start&);
  void On(SessionOpened&);
  void On(SessionClosed&);
  void On(EventReceived&);
  void On(CallMade&);
  void On(Reconnect&);
  void On(Stop&);
  void On(Paused& e);
  void On(Tick&);
  void Lost(bool was_open);
  void Finish();

  const ClientOptions options_;
  ConnectionKeeper keeper_;

  // stop_deadline_ is finite exactly while the last calls are being written.
  bool finished_ = false;
  absl::Time stop_deadline_ = absl::InfiniteFuture();

  // Of the event that is handled now.
  absl::Time now_;
  ClientEffects effects_;
};

}  // namespace mesos::scheduler_driver
