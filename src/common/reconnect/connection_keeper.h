#pragma once

// The policy of a client that keeps one session to one server: when to dial, when to give a session
// up as dead, how long to wait before the next dial. Pure: it is told the time and what happened,
// and its owner does the dialing.
//
//   ConnectionKeeper keeper(options, seed);
//   SessionId session = keeper.Dial(now);          // dial under this id
//   if (!keeper.Opened(now, session)) return;      // false: not the session that is kept now
//   if (!keeper.Heard(now, session)) return;
//   keeper.Settled(now);                           // the server took us
//   keeper.Closed(now, session);                   // waits, then PopDue says kDial
//   while ((due = keeper.PopDue(now)).action != kNothing) ...
//
//        Dial            Opened
//   idle ────▶ dialing ──────────▶ open
//               │  ▲                │
//        Closed │  │ kDial          │ Closed, kGiveUp
//               ▼  │                │
//              waiting ◀────────────┘
//
// After a session that was settled for kSettledFor the client comes back within return_spread, at
// once where that is zero: the server tells how long its clients together need to come back, so
// that few are back within milliseconds and many do not come all at once. Whatever fails after that
// is tried again after waits that grow twofold, from backoff_minimum (or return_spread, if that is
// longer) to backoff_maximum, or to unreachable_maximum where the dial reached nobody, which costs
// the server nothing; each is drawn from its upper half. Belongs to one core and is used on its
// thread only.

#include <cstdint>

#include "absl/time/time.h"
#include "common/base/ids.h"
#include "common/runtime/random.h"

namespace mesos {

class ConnectionKeeper {
 public:
  struct Options {
    absl::Duration dial_timeout = absl::Seconds(10);
    absl::Duration backoff_minimum = absl::Milliseconds(100);
    absl::Duration backoff_maximum = absl::Seconds(10);
    absl::Duration unreachable_maximum = absl::Seconds(2);
    absl::Duration return_spread = absl::ZeroDuration();
    absl::Duration silence_limit = absl::Seconds(75);  // five heartbeats of a master
  };

  // A session that ends sooner after it was settled is a failure: a server that takes clients and
  // drops them is not dialed in a loop.
  static constexpr absl::Duration kSettledFor = absl::Seconds(1);

  enum class Action {
    kNothing,
    kDial,    // call Dial
    kGiveUp,  // `session` is dead (no answer to the dial, or silent for too long): drop it; a wait
              // has begun
  };
  struct Due {
    Action action = Action::kNothing;
    SessionId session = SessionId::kNone;
  };

  ConnectionKeeper(Options options, uint64_t seed) : options_(options), random_(seed) {}

  SessionId Dial(absl::Time now);

  // Each says whether `session` is the one that is kept; what comes from another is to be ignored.
  bool Opened(absl::Time now, SessionId session);
  bool Heard(absl::Time now, SessionId session);
  bool Closed(absl::Time now, SessionId session);

  // The server accepted the subscription.
  void Settled(absl::Time now) { settled_at_ = now; }
  void set_return_spread(absl::Duration spread) { options_.return_spread = spread; }
  void set_silence_limit(absl::Duration limit) { options_.silence_limit = limit; }

  // No more dials; the session is forgotten.
  void Stop();

  Due PopDue(absl::Time now);
  absl::Time Next() const { return deadline_; }

  // The session that is being dialed or open; kNone otherwise.
  SessionId session() const { return session_; }
  bool open() const { return open_; }

 private:
  void Wait(absl::Time now);

  Options options_;
  Random random_;

  // Invariant: deadline_ is the end of the dial, of the silence or of the wait, whichever runs;
  // session_ is kNone while idle or waiting; open_ implies a session.
  SessionId session_ = SessionId::kNone;
  bool open_ = false;
  absl::Time deadline_ = absl::InfiniteFuture();

  absl::Time settled_at_ = absl::InfiniteFuture();  // of the session that is open
  absl::Duration backoff_;                          // the last wait's upper end
  uint64_t last_session_ = 0;
};

}  // namespace mesos
