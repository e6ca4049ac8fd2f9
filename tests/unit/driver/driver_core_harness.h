#pragma once

// What the tests of the scheduler driver's core share: events of a master, calls of a framework,
// and a core with the effects of its last step.
//
//   Driver driver;
//   driver.Subscribe();
//   driver.Receive(UpdateEvent("t1", "uuid"));
//   ASSERT_TRUE(driver.Has<StatusUpdate>());

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "scheduler_driver/core/driver_core.h"

namespace mesos::scheduler_driver {

using v1::scheduler::Call;
using WireEvent = v1::scheduler::Event;

inline const absl::Time kStart = absl::FromUnixSeconds(1'000'000);

inline std::shared_ptr<WireEvent> NewEvent(WireEvent::Type type) {
  auto event = std::make_shared<WireEvent>();
  event->set_type(type);
  return event;
}

inline std::shared_ptr<WireEvent> SubscribedEvent(double heartbeat = 15) {
  auto event = NewEvent(WireEvent::SUBSCRIBED);
  event->mutable_subscribed()->mutable_framework_id()->set_value("F1");
  event->mutable_subscribed()->set_heartbeat_interval_seconds(heartbeat);
  return event;
}

inline std::shared_ptr<WireEvent> UpdateEvent(const std::string& task, const std::string& uuid) {
  auto event = NewEvent(WireEvent::UPDATE);
  auto* status = event->mutable_update()->mutable_status();
  status->mutable_task_id()->set_value(task);
  status->mutable_agent_id()->set_value("A1");
  status->set_state(v1::TASK_RUNNING);
  if (!uuid.empty()) status->set_uuid(uuid);
  return event;
}

inline std::shared_ptr<Call> NewCall(Call::Type type) {
  auto call = std::make_shared<Call>();
  call->set_type(type);
  return call;
}

inline std::shared_ptr<Call> LaunchCall(const std::string& task) {
  auto call = NewCall(Call::ACCEPT);
  auto* operation = call->mutable_accept()->add_operations();
  operation->set_type(v1::Offer::Operation::LAUNCH);
  auto* info = operation->mutable_launch()->add_task_infos();
  info->mutable_task_id()->set_value(task);
  return call;
}

inline std::shared_ptr<Call> AcknowledgeCall(const std::string& task, const std::string& uuid) {
  auto call = NewCall(Call::ACKNOWLEDGE);
  call->mutable_acknowledge()->mutable_agent_id()->set_value("A1");
  call->mutable_acknowledge()->mutable_task_id()->set_value(task);
  call->mutable_acknowledge()->set_uuid(uuid);
  return call;
}

// A core with its last effects, and the steps that most tests share.
class Driver {
 public:
  explicit Driver(bool implicit = true,
                  std::vector<v1::FrameworkInfo::Capability::Type> caps = {}) {
    DriverOptions options;
    options.framework.set_user("root");
    options.framework.set_name("test");
    options.framework.add_roles("web");
    options.framework.add_roles("db");
    for (auto cap : caps) options.framework.add_capabilities()->set_type(cap);
    options.implicit_acknowledgements = implicit;
    options.seed = 1;
    Reset(std::move(options));
  }
  explicit Driver(DriverOptions options) { Reset(std::move(options)); }

  void Do(Event event) { effects_ = core_->Handle(now_, std::move(event)); }

  void TickAt(absl::Time when) {
    now_ = when;
    Do(Tick{});
  }

  // Each effect of type E, in order.
  template <typename E>
  std::vector<E> All() const {
    std::vector<E> all;
    for (const auto& effect : effects_) {
      if (const E* e = std::get_if<E>(&effect)) all.push_back(*e);
    }
    return all;
  }

  template <typename E>
  bool Has() const {
    return !All<E>().empty();
  }

  std::vector<Call> Sent() const {
    std::vector<Call> calls;
    for (const auto& send : All<SendCall>()) calls.push_back(*send.call);
    return calls;
  }

  void Connect() {
    Do(Start{});
    Open();
  }

  void Open() {
    session_ = All<OpenSession>().at(0).session;
    Do(SessionOpened{session_});
  }

  void Subscribe() {
    Connect();
    Do(EventReceived{session_, SubscribedEvent()});
  }

  void Lose() { Do(SessionClosed{session_, absl::UnavailableError("gone")}); }

  void Reconnect() {
    TickAt(core_->NextDeadline());
    Open();
    Do(EventReceived{session_, SubscribedEvent()});
  }

  void Receive(std::shared_ptr<WireEvent> event) { Do(EventReceived{session_, std::move(event)}); }

  void Make(std::shared_ptr<Call> call) { Do(CallMade{std::move(call)}); }

  const Effects& effects() const { return effects_; }
  SessionId session() const { return session_; }
  DriverCore& core() { return *core_; }
  absl::Time now_ = kStart;

 private:
  void Reset(DriverOptions options) { core_ = std::make_unique<DriverCore>(std::move(options)); }

  std::unique_ptr<DriverCore> core_;
  Effects effects_;
  SessionId session_ = SessionId::kNone;
};

}  // namespace mesos::scheduler_driver
