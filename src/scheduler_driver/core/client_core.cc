#include "scheduler_driver/core/client_core.h"

#include <cmath>
#include <utility>

namespace mesos::scheduler_driver {

ClientCore::ClientCore(ClientOptions options)
    : options_(std::move(options)), keeper_(options_.connection, options_.seed) {}

ClientEffects ClientCore::Handle(absl::Time now, ClientEvent event) {
  now_ = now;
  if (!finished_) std::visit([this](auto& e) { On(e); }, event);
  return std::exchange(effects_, {});
}

absl::Time ClientCore::NextDeadline() const {
  if (stop_deadline_ != absl::InfiniteFuture()) return stop_deadline_;
  return keeper_.Next();
}

void ClientCore::On(Start&) {
  if (options_.refusal.empty()) {
    effects_.push_back(OpenSession{keeper_.Dial(now_)});
    return;
  }
  auto event = std::make_shared<v1::scheduler::Event>();
  event->set_type(v1::scheduler::Event::ERROR);
  event->mutable_error()->set_message(options_.refusal);
  effects_.push_back(Received{std::move(event)});
}

void ClientCore::On(SessionOpened& e) {
  if (keeper_.Opened(now_, e.session)) effects_.push_back(Connected{});
}

void ClientCore::On(SessionClosed& e) {
  if (stop_deadline_ != absl::InfiniteFuture()) {
    if (e.session == keeper_.session()) Finish();
    return;
  }
  const bool was_open = keeper_.open();
  if (keeper_.Closed(now_, e.session)) Lost(was_open);
}

void ClientCore::On(EventReceived& e) {
  if (!keeper_.Heard(now_, e.session)) return;
  if (e.event->type() == v1::scheduler::Event::SUBSCRIBED) {
    keeper_.Settled(now_);
    const double heartbeat = e.event->subscribed().heartbeat_interval_seconds();
    if (std::isfinite(heartbeat) && heartbeat > 0) {
      keeper_.set_silence_limit(absl::Seconds(heartbeat) * 5);
      keeper_.Heard(now_, e.session);
    }
  }
  effects_.push_back(Received{std::move(e.event)});
}

void ClientCore::On(CallMade& e) {
  if (keeper_.open()) {
    effects_.push_back(SendCall{keeper_.session(), std::move(e.call)});
  } else {
    effects_.push_back(CallDropped{e.call->type()});
  }
}

void ClientCore::On(Reconnect&) {
  if (!keeper_.open() || stop_deadline_ != absl::InfiniteFuture()) return;
  effects_.push_back(AbandonSession{keeper_.session()});
  effects_.push_back(Disconnected{});
  effects_.push_back(OpenSession{keeper_.Dial(now_)});
}

void ClientCore::On(Stop&) {
  if (keeper_.open()) {
    stop_deadline_ = now_ + options_.stop_timeout;
    effects_.push_back(CloseSession{keeper_.session()});
    return;
  }
  if (keeper_.session() != SessionId::kNone) {
    effects_.push_back(AbandonSession{keeper_.session()});
  }
  Finish();
}

void ClientCore::On(Paused& e) { keeper_.Heard(now_, e.session); }

void ClientCore::On(Tick&) {
  if (now_ >= stop_deadline_) {
    effects_.push_back(AbandonSession{keeper_.session()});
    Finish();
    return;
  }
  if (stop_deadline_ != absl::InfiniteFuture()) return;
  for (;;) {
    const bool was_open = keeper_.open();
    const ConnectionKeeper::Due due = keeper_.PopDue(now_);
    switch (due.action) {
      case ConnectionKeeper::Action::kNothing:
        return;
      case ConnectionKeeper::Action::kDial:
        effects_.push_back(OpenSession{keeper_.Dial(now_)});
        break;
      case ConnectionKeeper::Action::kGiveUp:
        effects_.push_back(AbandonSession{due.session});
        Lost(was_open);
        break;
    }
  }
}

void ClientCore::Lost(bool was_open) {
  if (was_open) effects_.push_back(Disconnected{});
}

void ClientCore::Finish() {
  finished_ = true;
  keeper_.Stop();
  effects_.push_back(Finished{});
}

}  // namespace mesos::scheduler_driver
