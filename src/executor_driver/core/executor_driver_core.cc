#include "executor_driver/core/executor_driver_core.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/limits.h"
#include "common/runtime/random.h"

namespace mesos::executor_driver {
namespace {

using v1::executor::Call;
using EventPtr = std::shared_ptr<const v1::executor::Event>;

// An agent acknowledges an update once it is on disk, which takes some milliseconds.
constexpr absl::Duration kResendWait = absl::Seconds(30);

constexpr absl::Duration kFirstBackoff = absl::Milliseconds(50);

ConnectionKeeper::Options KeeperOptions(const ExecutorDriverOptions& options) {
  ConnectionKeeper::Options keeper;
  keeper.backoff_maximum = std::max(options.subscription_backoff_maximum, absl::Milliseconds(1));
  keeper.backoff_minimum = std::min(kFirstBackoff, keeper.backoff_maximum);
  keeper.unreachable_maximum = keeper.backoff_maximum;
  keeper.silence_limit = absl::InfiniteDuration();  // a local socket tells when the agent is gone
  return keeper;
}

}  // namespace

class ExecutorDriverCore::Impl {
 public:
  explicit Impl(ExecutorDriverOptions options)
      : options_(std::move(options)),
        random_(options_.seed),
        keeper_(KeeperOptions(options_), random_.Next()) {}

  Effects Handle(absl::Time now, Event event) {
    now_ = now;
    if (phase_ != Phase::kFinished) std::visit([this](auto& e) { On(e); }, event);
    return std::exchange(effects_, {});
  }

  absl::Time NextDeadline() const {
    if (phase_ == Phase::kFinished) return absl::InfiniteFuture();
    return std::min(
        {keeper_.Next(), recovery_deadline_, end_deadline_, stop_deadline_, resend_at_});
  }

  bool registered() const { return phase_ == Phase::kRegistered; }
  size_t unacknowledged_updates() const { return updates_.size(); }

 private:
  enum class Phase { kIdle, kConnecting, kRegistered, kStopping, kFinished };

  void On(Start&) {
    if (phase_ != Phase::kIdle) return;
    phase_ = Phase::kConnecting;
    recovery_deadline_ = now_ + options_.recovery_timeout;
    Emit(OpenSession{keeper_.Dial(now_)});
  }

  void On(SessionOpened& e) {
    if (phase_ != Phase::kConnecting || !keeper_.Opened(now_, e.session)) return;
    auto call = NewCall(Call::SUBSCRIBE);
    auto* subscribe = call->mutable_subscribe();
    for (const auto& task : tasks_) *subscribe->add_unacknowledged_tasks() = *task;
    for (const UnacknowledgedUpdate& update : updates_) {
      *subscribe->add_unacknowledged_updates()->mutable_status() = update.status;
    }
    Emit(SendCall{e.session, std::move(call)});
  }

  void On(SessionClosed& e) {
    if (phase_ == Phase::kStopping) {
      if (e.session == keeper_.session()) Finish();
      return;
    }
    if (keeper_.Closed(now_, e.session)) Lost(e.reason);
  }

  void On(EventReceived& e) {
    if (!keeper_.Heard(now_, e.session) || phase_ == Phase::kStopping) return;
    using E = v1::executor::Event;
    const E& event = *e.event;
    if (phase_ == Phase::kConnecting && event.type() != E::SUBSCRIBED && event.type() != E::ERROR &&
        event.type() != E::SHUTDOWN) {
      return;
    }
    switch (event.type()) {
      case E::SUBSCRIBED:
        if (phase_ == Phase::kConnecting) Subscribed(e.event);
        break;
      case E::LAUNCH:
        Launch({e.event, &event.launch().task()});
        break;
      case E::LAUNCH_GROUP:
        for (const auto& task : event.launch_group().task_group().tasks()) Launch({e.event, &task});
        break;
      case E::KILL:
        if (!shut_down_) Emit(KillTask{e.event});
        break;
      case E::ACKNOWLEDGED:
        Acknowledged(event.acknowledged());
        break;
      case E::MESSAGE:
        if (!shut_down_) Emit(FrameworkMessage{e.event});
        break;
      case E::SHUTDOWN:
        ShutDown("the agent asked it to shut down");
        break;
      case E::ERROR:
        Emit(AbandonSession{e.session});
        Fail(event.error().message());
        break;
      case E::UNKNOWN:
      case E::HEARTBEAT:
        break;
    }
  }

  void On(UpdateMade& e) {
    if (phase_ == Phase::kIdle || phase_ == Phase::kStopping || stop_requested_) return;
    v1::TaskStatus& status = e.status;
    if (status.state() == v1::TASK_STAGING) {
      Fail(absl::StrCat("task '", status.task_id().value(),
                        "': an executor may not send a status update of TASK_STAGING"));
      return;
    }
    if (updates_.size() >= limits::kMaxDriverQueue) {
      Fail(absl::StrCat("task '", status.task_id().value(), "': ", updates_.size(),
                        " status updates wait for the agent's acknowledgement already"));
      return;
    }
    status.mutable_executor_id()->set_value(options_.executor_id);
    status.mutable_agent_id()->set_value(options_.agent_id);
    status.set_source(v1::TaskStatus::SOURCE_EXECUTOR);
    status.set_timestamp(absl::ToDoubleSeconds(now_ - absl::UnixEpoch()));
    status.set_uuid(random_.UuidBytes());
    if (phase_ == Phase::kRegistered) SendUpdate(status);
    updates_.push_back({std::move(status), now_});
    resend_at_ = std::min(resend_at_, now_ + kResendWait);
  }

  void SendUpdate(const v1::TaskStatus& status) {
    auto call = NewCall(Call::UPDATE);
    *call->mutable_update()->mutable_status() = status;
    Emit(SendCall{keeper_.session(), std::move(call)});
  }

  // An agent that has no room for an update does not say so; it knows those that it has.
  void ResendUpdates() {
    resend_at_ = updates_.empty() ? absl::InfiniteFuture() : now_ + kResendWait;
    if (phase_ != Phase::kRegistered) return;
    for (UnacknowledgedUpdate& update : updates_) {
      if (now_ - update.sent < kResendWait) continue;
      update.sent = now_;
      SendUpdate(update.status);
    }
  }

  void On(MessageMade& e) {
    if (phase_ != Phase::kRegistered || stop_requested_) return;
    auto call = NewCall(Call::MESSAGE);
    call->mutable_message()->set_data(std::move(e.data));
    Emit(SendCall{keeper_.session(), std::move(call)});
  }

  void On(Stop&) {
    if (phase_ == Phase::kStopping || stop_requested_) return;
    if (phase_ == Phase::kRegistered) {
      BeginStop();
    } else if (phase_ == Phase::kConnecting && !updates_.empty() && options_.checkpoint &&
               recovery_deadline_ != absl::InfiniteFuture()) {
      stop_requested_ = true;  // the next SUBSCRIBE delivers them
    } else {
      FinishNow();
    }
  }

  void On(Abort&) {
    if (phase_ == Phase::kStopping) return;
    aborted_ = true;
    if (phase_ == Phase::kRegistered) {
      BeginStop();
    } else {
      FinishNow();
    }
  }

  void On(Paused& e) { keeper_.Heard(now_, e.session); }

  void On(Tick&) {
    if (now_ >= stop_deadline_) {
      FinishNow();
      return;
    }
    if (now_ >= end_deadline_) {
      end_deadline_ = absl::InfiniteFuture();
      if (stop_requested_) {
        FinishNow();
        return;
      }
      Emit(EndProcess{end_reason_});
    }
    if (now_ >= recovery_deadline_) {
      recovery_deadline_ = absl::InfiniteFuture();
      if (stop_requested_) {
        FinishNow();
        return;
      }
      ShutDown(absl::StrCat("the agent did not come back within ",
                            absl::FormatDuration(options_.recovery_timeout)));
    }
    if (now_ >= resend_at_) ResendUpdates();
    if (phase_ == Phase::kConnecting) Redial();
  }

  void Redial() {
    for (;;) {
      const ConnectionKeeper::Due due = keeper_.PopDue(now_);
      switch (due.action) {
        case ConnectionKeeper::Action::kNothing:
          return;
        case ConnectionKeeper::Action::kDial:
          Emit(OpenSession{keeper_.Dial(now_)});
          break;
        case ConnectionKeeper::Action::kGiveUp:
          Emit(AbandonSession{due.session});
          Lost(absl::DeadlineExceededError("no answer"));
          break;
      }
    }
  }

  void Subscribed(const EventPtr& event) {
    phase_ = Phase::kRegistered;
    keeper_.Settled(now_);
    recovery_deadline_ = absl::InfiniteFuture();
    if (stop_requested_) {
      BeginStop();
    } else if (std::exchange(ever_registered_, true)) {
      Emit(Reregistered{event->subscribed().agent_info()});
    } else {
      Emit(Registered{event});
    }
  }

  void Launch(std::shared_ptr<const v1::TaskInfo> task) {
    if (shut_down_) return;
    // A task that is known already: the agent restarted before it heard of the task's first update.
    const auto same = [&](const auto& t) {
      return t->task_id().value() == task->task_id().value();
    };
    if (std::any_of(tasks_.begin(), tasks_.end(), same)) return;
    tasks_.push_back(task);
    Emit(LaunchTask{std::move(task)});
  }

  void Acknowledged(const v1::executor::Event::Acknowledged& acknowledged) {
    auto update = std::find_if(
        updates_.begin(), updates_.end(),
        [&](const UnacknowledgedUpdate& one) { return one.status.uuid() == acknowledged.uuid(); });
    if (update == updates_.end()) return;
    updates_.erase(update);
    if (updates_.empty()) resend_at_ = absl::InfiniteFuture();
    const auto same = [&](const auto& t) {
      return t->task_id().value() == acknowledged.task_id().value();
    };
    tasks_.erase(std::remove_if(tasks_.begin(), tasks_.end(), same), tasks_.end());
  }

  void Lost(const absl::Status& reason) {
    const bool was_registered = phase_ == Phase::kRegistered;
    phase_ = Phase::kConnecting;
    if (!was_registered) return;
    recovery_deadline_ = now_ + options_.recovery_timeout;
    if (shut_down_) return;
    Emit(Disconnected{});
    if (!options_.checkpoint) {
      ShutDown(absl::StrCat("the agent is gone (", std::string(reason.message()),
                            ") and the framework does not checkpoint"));
    }
  }

  void ShutDown(std::string reason) {
    if (std::exchange(shut_down_, true)) return;
    end_reason_ = std::move(reason);
    end_deadline_ = now_ + options_.shutdown_grace_period;
    Emit(Shutdown{});
  }

  std::shared_ptr<Call> NewCall(Call::Type type) const {
    auto call = std::make_shared<Call>();
    call->set_type(type);
    call->mutable_executor_id()->set_value(options_.executor_id);
    call->mutable_framework_id()->set_value(options_.framework_id);
    return call;
  }

  void Fail(const std::string& message) {
    aborted_ = true;
    Emit(Error{message});
    Finish();
  }

  void BeginStop() {
    phase_ = Phase::kStopping;
    stop_deadline_ = now_ + options_.stop_timeout;
    Emit(CloseSession{keeper_.session()});
  }

  void FinishNow() {
    if (keeper_.session() != SessionId::kNone) Emit(AbandonSession{keeper_.session()});
    Finish();
  }

  void Finish() {
    phase_ = Phase::kFinished;
    keeper_.Stop();
    Emit(Finished{aborted_});
  }

  template <typename E>
  void Emit(E effect) {
    effects_.push_back(std::move(effect));
  }

  const ExecutorDriverOptions options_;
  Random random_;

  // Invariant: kRegistered and kStopping imply an open session of keeper_.
  Phase phase_ = Phase::kIdle;
  ConnectionKeeper keeper_;
  bool ever_registered_ = false;
  bool stop_requested_ = false;  // while connecting: stop once the updates are delivered
  bool shut_down_ = false;       // the executor was told so: it hears of no more tasks
  bool aborted_ = false;
  std::string end_reason_;

  // What an agent that restarted has to be told: tasks in order of launch, updates in order of
  // making.
  std::deque<std::shared_ptr<const v1::TaskInfo>> tasks_;
  struct UnacknowledgedUpdate {
    v1::TaskStatus status;
    absl::Time sent;  // last, or made
  };
  std::deque<UnacknowledgedUpdate> updates_;

  // InfiniteFuture where not running.
  absl::Time recovery_deadline_ = absl::InfiniteFuture();
  absl::Time end_deadline_ = absl::InfiniteFuture();
  absl::Time stop_deadline_ = absl::InfiniteFuture();
  absl::Time resend_at_ = absl::InfiniteFuture();

  // Of the event that is handled now.
  absl::Time now_;
  Effects effects_;
};

ExecutorDriverCore::ExecutorDriverCore(ExecutorDriverOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
ExecutorDriverCore::~ExecutorDriverCore() = default;

Effects ExecutorDriverCore::Handle(absl::Time now, Event event) {
  return impl_->Handle(now, std::move(event));
}
absl::Time ExecutorDriverCore::NextDeadline() const { return impl_->NextDeadline(); }
bool ExecutorDriverCore::registered() const { return impl_->registered(); }
size_t ExecutorDriverCore::unacknowledged_updates() const {
  return impl_->unacknowledged_updates();
}

}  // namespace mesos::executor_driver
