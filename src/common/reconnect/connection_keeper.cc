#include "common/reconnect/connection_keeper.h"

#include <algorithm>
#include <utility>

namespace mesos {

SessionId ConnectionKeeper::Dial(absl::Time now) {
  session_ = SessionId{++last_session_};
  open_ = false;
  settled_at_ = absl::InfiniteFuture();
  deadline_ = now + options_.dial_timeout;
  return session_;
}

bool ConnectionKeeper::Opened(absl::Time now, SessionId session) {
  if (session == SessionId::kNone || session != session_) return false;
  open_ = true;
  deadline_ = now + options_.silence_limit;
  return true;
}

bool ConnectionKeeper::Heard(absl::Time now, SessionId session) {
  if (session == SessionId::kNone || session != session_ || !open_) return false;
  deadline_ = now + options_.silence_limit;
  return true;
}

bool ConnectionKeeper::Closed(absl::Time now, SessionId session) {
  if (session == SessionId::kNone || session != session_) return false;
  Wait(now);
  return true;
}

void ConnectionKeeper::Stop() {
  session_ = SessionId::kNone;
  open_ = false;
  settled_at_ = absl::InfiniteFuture();
  deadline_ = absl::InfiniteFuture();
}

ConnectionKeeper::Due ConnectionKeeper::PopDue(absl::Time now) {
  if (deadline_ > now) return {};
  if (session_ == SessionId::kNone) {
    deadline_ = absl::InfiniteFuture();  // the owner dials, which sets it again
    return {Action::kDial, SessionId::kNone};
  }
  const SessionId dead = session_;
  Wait(now);
  return {Action::kGiveUp, dead};
}

void ConnectionKeeper::Wait(absl::Time now) {
  const bool reached = std::exchange(open_, false);
  session_ = SessionId::kNone;
  if (now - std::exchange(settled_at_, absl::InfiniteFuture()) >= kSettledFor) {
    backoff_ = absl::ZeroDuration();
    deadline_ = now + random_.Jitter(options_.return_spread);
    return;
  }
  const absl::Duration minimum = std::max(options_.backoff_minimum, options_.return_spread);
  const absl::Duration maximum = reached ? options_.backoff_maximum : options_.unreachable_maximum;
  backoff_ = std::clamp(backoff_ * 2, minimum, std::max(minimum, maximum));
  deadline_ = now + backoff_ / 2 + random_.Jitter(backoff_ / 2);
}

}  // namespace mesos
