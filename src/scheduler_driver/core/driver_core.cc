#include "scheduler_driver/core/driver_core.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos::scheduler_driver {
namespace {

using v1::scheduler::Call;
using EventPtr = std::shared_ptr<const v1::scheduler::Event>;

// How many heartbeats may fail to come before a session is given up.
constexpr int kHeartbeatsMissed = 5;

// Whether a master that ends an unsubscribed session with `status` would do so at every further
// try.
bool IsFinal(const absl::Status& status) {
  return absl::IsInvalidArgument(status) || absl::IsPermissionDenied(status) ||
         absl::IsUnauthenticated(status) || absl::IsUnimplemented(status);
}

bool HasCapability(const v1::FrameworkInfo& framework,
                   v1::FrameworkInfo::Capability::Type capability) {
  return std::any_of(framework.capabilities().begin(), framework.capabilities().end(),
                     [&](const auto& c) { return c.type() == capability; });
}

}  // namespace

class DriverCore::Impl {
 public:
  explicit Impl(DriverOptions options)
      : options_(std::move(options)),
        framework_(options_.framework),
        suppressed_roles_(options_.suppressed_roles.begin(), options_.suppressed_roles.end()),
        offer_constraints_(options_.offer_constraints),
        keeper_(options_.connection, options_.seed) {}

  Effects Handle(absl::Time now, Event event) {
    now_ = now;
    if (phase_ != Phase::kFinished) std::visit([this](auto& e) { On(e); }, event);
    return std::exchange(effects_, {});
  }

  absl::Time NextDeadline() const {
    return phase_ == Phase::kStopping ? stop_deadline_ : keeper_.Next();
  }

  const v1::FrameworkInfo& framework() const { return framework_; }
  bool registered() const { return phase_ == Phase::kRegistered; }
  size_t pending_acknowledgements() const { return acknowledgements_.size(); }

 private:
  enum class Phase { kIdle, kConnecting, kRegistered, kStopping, kFinished };

  void On(Start&) {
    if (phase_ != Phase::kIdle) return;
    if (!options_.refusal.empty()) {
      Fail(options_.refusal);
      return;
    }
    phase_ = Phase::kConnecting;
    Emit(OpenSession{keeper_.Dial(now_)});
  }

  void On(SessionOpened& e) {
    if (phase_ != Phase::kConnecting || !keeper_.Opened(now_, e.session)) return;
    auto call = std::make_shared<Call>();
    call->set_type(Call::SUBSCRIBE);
    if (!framework_.id().value().empty()) *call->mutable_framework_id() = framework_.id();
    auto* subscribe = call->mutable_subscribe();
    *subscribe->mutable_framework_info() = framework_;
    for (const auto& role : suppressed_roles_) subscribe->add_suppressed_roles(role);
    if (offer_constraints_.role_constraints_size() > 0) {
      *subscribe->mutable_offer_constraints() = offer_constraints_;
    }
    Emit(SendCall{e.session, std::move(call)});
  }

  void On(SessionClosed& e) {
    const bool was_open = keeper_.open();
    if (phase_ == Phase::kStopping) {
      if (e.session == keeper_.session()) Finish();
      return;
    }
    if (!keeper_.Closed(now_, e.session)) return;
    if (phase_ == Phase::kConnecting && was_open && IsFinal(e.reason)) {
      Fail(absl::StrCat("the master refused the subscription: ", std::string(e.reason.message())));
      return;
    }
    Lost();
  }

  void On(EventReceived& e) {
    if (!keeper_.Heard(now_, e.session)) return;
    if (e.event->type() == v1::scheduler::Event::ERROR) {
      if (phase_ != Phase::kStopping) {
        Emit(AbandonSession{e.session});
        Fail(e.event->error().message());
      }
    } else if (phase_ == Phase::kConnecting) {
      if (e.event->type() == v1::scheduler::Event::SUBSCRIBED) Subscribed(e.event->subscribed());
    } else if (phase_ == Phase::kRegistered) {
      Received(e.event);
    }
  }

  void On(CallMade& e) {
    if (phase_ == Phase::kIdle || phase_ == Phase::kStopping) return;
    if (const std::string fault = Misuse(*e.call); !fault.empty()) {
      if (keeper_.session() != SessionId::kNone) Emit(AbandonSession{keeper_.session()});
      Fail(fault);
      return;
    }
    Remember(*e.call);
    if (phase_ == Phase::kRegistered) {
      SendNow(std::move(e.call));
    } else {
      Postpone(std::move(e.call));
    }
  }

  void On(StatusUpdateReturned& e) {
    if (!options_.implicit_acknowledgements) return;
    if (phase_ != Phase::kRegistered && phase_ != Phase::kConnecting) return;
    if (e.status->uuid().empty() || !e.status->has_agent_id()) return;
    auto call = std::make_shared<Call>();
    call->set_type(Call::ACKNOWLEDGE);
    *call->mutable_acknowledge()->mutable_agent_id() = e.status->agent_id();
    *call->mutable_acknowledge()->mutable_task_id() = e.status->task_id();
    call->mutable_acknowledge()->set_uuid(e.status->uuid());
    if (phase_ == Phase::kRegistered) {
      SendNow(std::move(call));
    } else {
      Postpone(std::move(call));
    }
  }

  void On(Stop& e) {
    if (phase_ == Phase::kStopping) return;
    if (phase_ != Phase::kRegistered) {
      if (keeper_.session() != SessionId::kNone) Emit(AbandonSession{keeper_.session()});
      Finish();
      return;
    }
    if (!e.failover) {
      auto call = std::make_shared<Call>();
      call->set_type(Call::TEARDOWN);
      SendNow(std::move(call));
    }
    BeginStop();
  }

  void On(Abort&) {
    if (phase_ == Phase::kStopping) return;
    aborted_ = true;
    if (phase_ == Phase::kRegistered) {
      BeginStop();  // calls that were made before the abort still go out
      return;
    }
    if (keeper_.session() != SessionId::kNone) Emit(AbandonSession{keeper_.session()});
    Finish();
  }

  void On(Paused& e) { keeper_.Heard(now_, e.session); }

  void On(Tick&) {
    if (phase_ == Phase::kStopping) {
      if (now_ < stop_deadline_) return;
      Emit(AbandonSession{keeper_.session()});
      Finish();
      return;
    }
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
          Lost();
          break;
      }
    }
  }

  void Subscribed(const v1::scheduler::Event::Subscribed& subscribed) {
    phase_ = Phase::kRegistered;
    keeper_.Settled(now_);
    const double heartbeat = subscribed.heartbeat_interval_seconds();
    if (std::isfinite(heartbeat) && heartbeat > 0) {
      keeper_.set_silence_limit(absl::Seconds(heartbeat) * kHeartbeatsMissed);
      keeper_.Heard(now_, keeper_.session());
    }
    *framework_.mutable_id() = subscribed.framework_id();
    for (auto& call : std::exchange(acknowledgements_, {})) SendNow(std::move(call));
    for (auto& [task, call] : std::exchange(kills_, {})) SendNow(std::move(call));
    if (std::exchange(ever_registered_, true)) {
      Emit(Reregistered{subscribed.master_info()});
    } else {
      Emit(Registered{framework_.id(), subscribed.master_info()});
    }
  }

  void Received(const EventPtr& event) {
    using E = v1::scheduler::Event;
    switch (event->type()) {
      case E::OFFERS:
        if (event->offers().offers_size() > 0) Emit(ResourceOffers{event});
        break;
      case E::RESCIND:
        Emit(OfferRescinded{event->rescind().offer_id()});
        break;
      case E::UPDATE:
        Emit(StatusUpdate{{event, &event->update().status()}});
        break;
      case E::MESSAGE:
        Emit(FrameworkMessage{event});
        break;
      case E::FAILURE:
        Failed(event->failure());
        break;
      case E::CALL_REJECTED:
        Emit(CallRejected{event->call_rejected().type(), event->call_rejected().message()});
        break;
      case E::UNKNOWN:
      case E::SUBSCRIBED:  // a repetition within the session
      case E::ERROR:       // see EventReceived
      case E::HEARTBEAT:
      case E::INVERSE_OFFERS:  // the Scheduler interface has no callback for these three, as in
                               // Mesos
      case E::RESCIND_INVERSE_OFFER:
      case E::UPDATE_OPERATION_STATUS:
        break;
    }
  }

  void Failed(const v1::scheduler::Event::Failure& failure) {
    if (!failure.has_agent_id()) return;
    if (failure.has_executor_id()) {
      Emit(ExecutorLost{failure.executor_id(), failure.agent_id(), failure.status()});
    } else {
      Emit(AgentLost{failure.agent_id()});
    }
  }

  // What is wrong about a call that no framework should make; empty where nothing is.
  std::string Misuse(const Call& call) const {
    if (call.type() == Call::ACKNOWLEDGE && options_.implicit_acknowledgements) {
      return absl::StrCat(
          "task '", call.acknowledge().task_id().value(),
          "': this driver acknowledges implicitly; acknowledgeStatusUpdate() is for a "
          "driver with explicit acknowledgements");
    }
    for (const auto& operation : call.accept().operations()) {
      if (operation.has_id()) {
        return absl::StrCat(
            "operation '", operation.id().value(),
            "' has an id, but this driver cannot tell the state of operations; leave it "
            "out or use mesos::v1::scheduler::Mesos");
      }
    }
    return "";
  }

  // What a call changes of the next SUBSCRIBE.
  void Remember(Call& call) {
    if (call.type() == Call::SUPPRESS) {
      std::vector<std::string> roles(call.suppress().roles().begin(),
                                     call.suppress().roles().end());
      if (roles.empty()) roles.assign(framework_.roles().begin(), framework_.roles().end());
      if (roles.empty()) roles.push_back(framework_.role());
      suppressed_roles_.insert(roles.begin(), roles.end());
    } else if (call.type() == Call::REVIVE) {
      if (call.revive().roles_size() == 0) suppressed_roles_.clear();
      for (const auto& role : call.revive().roles()) suppressed_roles_.erase(role);
    } else if (call.type() == Call::UPDATE_FRAMEWORK) {
      auto* update = call.mutable_update_framework();
      if (!update->framework_info().has_id() && framework_.has_id()) {
        *update->mutable_framework_info()->mutable_id() = framework_.id();
      }
      if (update->framework_info().id().value() != framework_.id().value()) return;
      framework_ = update->framework_info();
      suppressed_roles_ = {update->suppressed_roles().begin(), update->suppressed_roles().end()};
      offer_constraints_ = update->offer_constraints();
    }
  }

  void SendNow(std::shared_ptr<Call> call) {
    switch (call->type()) {
      case Call::SUBSCRIBE:
      case Call::UNKNOWN:
        return;
      case Call::ACKNOWLEDGE:
        if (call->acknowledge().uuid().empty()) return;
        break;
      case Call::UPDATE_FRAMEWORK:
        if (call->update_framework().framework_info().id().value() != framework_.id().value()) {
          RejectForeignId(*call);
          return;
        }
        break;
      case Call::TEARDOWN:
      case Call::ACCEPT:
      case Call::DECLINE:
      case Call::REVIVE:
      case Call::KILL:
      case Call::SHUTDOWN:
      case Call::RECONCILE:
      case Call::MESSAGE:
      case Call::REQUEST:
      case Call::SUPPRESS:
      case Call::ACCEPT_INVERSE_OFFERS:
      case Call::DECLINE_INVERSE_OFFERS:
      case Call::ACKNOWLEDGE_OPERATION_STATUS:
      case Call::RECONCILE_OPERATIONS:
        break;
    }
    *call->mutable_framework_id() = framework_.id();
    Emit(SendCall{keeper_.session(), std::move(call)});
  }

  // There is no session: keep the call, answer it, or drop it. The header says which.
  void Postpone(std::shared_ptr<Call> call) {
    switch (call->type()) {
      case Call::ACKNOWLEDGE:
        KeepAcknowledgement(std::move(call));
        break;
      case Call::KILL:
        KeepKill(std::move(call));
        break;
      case Call::ACCEPT:
        for (const auto& operation : call->accept().operations()) DropLaunches(operation);
        break;
      case Call::UPDATE_FRAMEWORK:
        if (call->update_framework().framework_info().id().value() != framework_.id().value()) {
          RejectForeignId(*call);
        }
        break;
      case Call::UNKNOWN:
      case Call::SUBSCRIBE:
      case Call::TEARDOWN:
      case Call::DECLINE:
      case Call::REVIVE:
      case Call::SHUTDOWN:
      case Call::RECONCILE:
      case Call::MESSAGE:
      case Call::REQUEST:
      case Call::SUPPRESS:
      case Call::ACCEPT_INVERSE_OFFERS:
      case Call::DECLINE_INVERSE_OFFERS:
      case Call::ACKNOWLEDGE_OPERATION_STATUS:
      case Call::RECONCILE_OPERATIONS:
        break;
    }
  }

  void KeepKill(std::shared_ptr<Call> call) {
    const std::string task = call->kill().task_id().value();
    if (kills_.size() >= options_.max_kept_calls && !kills_.contains(task)) {
      Emit(CallRejected{Call::KILL, absl::StrCat("too many kills wait for a master: that of task '",
                                                 task, "' is dropped")});
      return;
    }
    kills_[task] = std::move(call);
  }

  void KeepAcknowledgement(std::shared_ptr<Call> call) {
    if (call->acknowledge().uuid().empty()) return;
    if (acknowledgements_.size() >= options_.max_kept_calls) {
      const auto& oldest = acknowledgements_.front()->acknowledge();
      Emit(CallRejected{
          Call::ACKNOWLEDGE,
          absl::StrCat("too many acknowledgements wait for a master: that of task '",
                       oldest.task_id().value(), "' is dropped, its update will come again")});
      acknowledgements_.pop_front();
    }
    acknowledgements_.push_back(std::move(call));
  }

  void DropLaunches(const v1::Offer::Operation& operation) {
    for (const auto& task : operation.launch().task_infos()) DropTask(task);
    for (const auto& task : operation.launch_group().task_group().tasks()) DropTask(task);
  }

  void DropTask(const v1::TaskInfo& task) {
    auto status = std::make_shared<v1::TaskStatus>();
    *status->mutable_task_id() = task.task_id();
    status->set_state(HasCapability(framework_, v1::FrameworkInfo::Capability::PARTITION_AWARE)
                          ? v1::TASK_DROPPED
                          : v1::TASK_LOST);
    status->set_source(v1::TaskStatus::SOURCE_MASTER);
    status->set_reason(v1::TaskStatus::REASON_MASTER_DISCONNECTED);
    status->set_message("Master disconnected");
    status->set_timestamp(absl::ToDoubleSeconds(now_ - absl::UnixEpoch()));
    Emit(StatusUpdate{std::move(status)});
  }

  void RejectForeignId(const Call& call) {
    Emit(CallRejected{
        Call::UPDATE_FRAMEWORK,
        absl::StrCat("framework_info.id is '",
                     call.update_framework().framework_info().id().value(),
                     "' but this driver's framework is '", framework_.id().value(), "'")});
  }

  void Lost() {
    if (phase_ == Phase::kRegistered) Emit(Disconnected{});
    phase_ = Phase::kConnecting;
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

  void Finish() {
    phase_ = Phase::kFinished;
    keeper_.Stop();
    Emit(Finished{aborted_});
  }

  template <typename E>
  void Emit(E effect) {
    effects_.push_back(std::move(effect));
  }

  const DriverOptions options_;

  // What the next SUBSCRIBE carries; framework_ has the id from the first SUBSCRIBED on.
  v1::FrameworkInfo framework_;
  std::set<std::string> suppressed_roles_;
  v1::scheduler::OfferConstraints offer_constraints_;

  // Invariant: kRegistered and kStopping imply an open session of keeper_.
  Phase phase_ = Phase::kIdle;
  ConnectionKeeper keeper_;
  bool ever_registered_ = false;
  bool aborted_ = false;
  absl::Time stop_deadline_ = absl::InfiniteFuture();

  // Kept for the next SUBSCRIBED; empty while registered.
  std::deque<std::shared_ptr<Call>> acknowledgements_;
  std::map<std::string, std::shared_ptr<Call>> kills_;  // by task id

  // Of the event that is handled now.
  absl::Time now_;
  Effects effects_;
};

DriverCore::DriverCore(DriverOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
DriverCore::~DriverCore() = default;

Effects DriverCore::Handle(absl::Time now, Event event) {
  return impl_->Handle(now, std::move(event));
}
absl::Time DriverCore::NextDeadline() const { return impl_->NextDeadline(); }
const v1::FrameworkInfo& DriverCore::framework() const { return impl_->framework(); }
bool DriverCore::registered() const { return impl_->registered(); }
size_t DriverCore::pending_acknowledgements() const { return impl_->pending_acknowledgements(); }

}  // namespace mesos::scheduler_driver
