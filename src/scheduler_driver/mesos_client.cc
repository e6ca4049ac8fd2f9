// Behind include/mesos/v1/scheduler.h.

#include <mesos/v1/scheduler.h>

#include <cstdlib>
#include <random>
#include <utility>

#include "common/core_host/core_host.h"
#include "common/leader/leader_dialer.h"
#include "glog/logging.h"
#include "scheduler_driver/core/client_core.h"
#include "scheduler_driver/dial.h"
#include "scheduler_driver/find_master.h"

namespace mesos::v1::scheduler {
namespace {

namespace core = scheduler_driver;

struct ClientTraits {
  using Core = core::ClientCore;
  using Options = core::ClientOptions;
  using Event = core::ClientEvent;
  using Effect = core::ClientEffect;
  using SessionOpened = core::SessionOpened;
  using SessionClosed = core::SessionClosed;
  using EventReceived = core::EventReceived;
  using Paused = core::Paused;
  using Tick = core::Tick;
  using OpenSession = core::OpenSession;
  using SendCall = core::SendCall;
  using CloseSession = core::CloseSession;
  using AbandonSession = core::AbandonSession;
  using Finished = core::Finished;
  using In = v1::scheduler::Event;
  using Out = Call;
  static constexpr char kThreadName[] = "sched-client";
  static constexpr char kCallbackThreadName[] = "sched-callback";
};

core::ClientOptions Options(const std::string& master) {
  core::ClientOptions options;
  options.seed = std::random_device{}() | (static_cast<uint64_t>(std::random_device{}()) << 32);
  if (auto target = core::FindMaster(master, getenv); !target.ok()) {
    options.refusal = std::string(target.status().message());
  }
  return options;
}

}  // namespace

class Mesos::Impl {
 public:
  Impl(const std::string& master, std::function<void()> connected,
       std::function<void()> disconnected, std::function<void(const std::queue<Event>&)> received)
      : connected_(std::move(connected)),
        disconnected_(std::move(disconnected)),
        received_(std::move(received)),
        host_(Options(master), core::DialLeader(master), [this](core::ClientEffect& effect) {
          std::visit([this](auto& e) { Deliver(e); }, effect);
        }) {}

  ~Impl() {
    host_.DiscardCallbacks();
    host_.Post(core::Stop{});
  }

  void Post(core::ClientEvent event) { host_.Post(std::move(event)); }

 private:
  void Deliver(core::Connected&) { connected_(); }
  void Deliver(core::Disconnected&) { disconnected_(); }
  void Deliver(core::Received& e) {
    std::queue<Event> events;
    events.push(*e.event);
    received_(events);
  }
  void Deliver(core::CallDropped& e) {
    LOG(WARNING) << "dropped a call type=" << Call::Type_Name(e.type)
                 << ": there is no connection to a master";
  }
  void Deliver(core::Finished&) {}
  // The host keeps these for itself.
  void Deliver(core::OpenSession&) {}
  void Deliver(core::SendCall&) {}
  void Deliver(core::CloseSession&) {}
  void Deliver(core::AbandonSession&) {}

  const std::function<void()> connected_;
  const std::function<void()> disconnected_;
  const std::function<void(const std::queue<Event>&)> received_;
  CoreHost<ClientTraits> host_;  // last: its threads use the rest
};

Mesos::Mesos(const std::string& master, const std::function<void()>& connected,
             const std::function<void()>& disconnected,
             const std::function<void(const std::queue<Event>&)>& received)
    : impl_(std::make_unique<Impl>(master, connected, disconnected, received)) {
  impl_->Post(core::Start{});
}

Mesos::~Mesos() = default;

void Mesos::send(const Call& call) { impl_->Post(core::CallMade{std::make_shared<Call>(call)}); }

void Mesos::reconnect() { impl_->Post(core::Reconnect{}); }

}  // namespace mesos::v1::scheduler
