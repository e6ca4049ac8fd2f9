#include "master/core/master_core.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "glog/logging.h"
#include "master/core/agents.h"
#include "master/core/figures.h"
#include "master/core/frameworks.h"
#include "master/core/invariants.h"
#include "master/core/offers.h"
#include "master/core/operator_calls.h"
#include "master/core/operator_events.h"
#include "master/core/reregistration.h"
#include "master/core/scheduler_calls.h"
#include "master/core/status_updates.h"
#include "master/core/views.h"
#include "master/core/world.h"

namespace mesos::master {
namespace {

// The first message of a session says who the agent is.
void OnFirstMessage(World& world, const AgentMessageReceived& received) {
  const internal::AgentMessage& message = *received.message;
  switch (message.kind_case()) {
    case internal::AgentMessage::kRegisterAgent:
      ++world.counters.register_agent;
      RegisterAgent(world, received.session, message.register_agent(), received.peer_ip);
      return;
    case internal::AgentMessage::kReregisterAgent:
      ++world.counters.reregister_agent;
      ReregisterAgent(world, received.session, message.reregister_agent(), received.peer_ip);
      return;
    case internal::AgentMessage::kUnregisterAgent:
    case internal::AgentMessage::kStatusUpdate:
    case internal::AgentMessage::kExecutorExited:
    case internal::AgentMessage::kExecutorMessage:
    case internal::AgentMessage::kPong:
    case internal::AgentMessage::KIND_NOT_SET:
      break;
  }
  RefuseAgent(
      world, received.session,
      absl::FailedPreconditionError("The first message of an agent's session has to register it"));
}

void OnAgentMessage(World& world, const AgentMessageReceived& received) {
  Agent* agent = world.FindAgent(received.session);
  if (agent == nullptr) {
    OnFirstMessage(world, received);
    return;
  }
  const internal::AgentMessage& message = *received.message;
  switch (message.kind_case()) {
    case internal::AgentMessage::kRegisterAgent:
    case internal::AgentMessage::kReregisterAgent:
      LOG(WARNING) << "Ignoring another registration on the session of agent_id=" << agent->id;
      return;
    case internal::AgentMessage::kUnregisterAgent:
      ++world.counters.unregister_agent;
      world.Emit(CloseAgentSession{received.session, absl::OkStatus()});
      RemoveAgent(
          world, *agent, AgentEnd::kRemoved,
          absl::StrCat("Agent ", agent->info->hostname(), " removed: the agent unregistered"));
      return;
    case internal::AgentMessage::kStatusUpdate:
      OnStatusUpdate(world, *agent, message.status_update());
      return;
    case internal::AgentMessage::kExecutorExited:
      ++world.counters.executor_exited;
      OnExecutorExited(world, *agent, message.executor_exited());
      return;
    case internal::AgentMessage::kExecutorMessage:
      ++world.counters.executor_messages;
      OnExecutorMessage(world, *agent, message.executor_message());
      return;
    case internal::AgentMessage::kPong:
      OnPong(*agent);
      return;
    case internal::AgentMessage::KIND_NOT_SET:
      LOG(WARNING) << "Ignoring a message without content of agent_id=" << agent->id;
      return;
  }
}

template <typename... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <typename... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

void ArmAllocationPass(World& world) {
  world.deadlines.Arm(world.now + world.options.allocation_interval, AllocationPass{});
}

void OnTick(World& world) {
  while (std::optional<Timer> due = world.deadlines.PopDue(world.now)) {
    std::visit(Overloaded{
                   [&](const HeartbeatDue& timer) { OnHeartbeatDue(world, timer.framework); },
                   [&](const FailoverTimeout& timer) { OnFailoverTimeout(world, timer.framework); },
                   [&](const PingDue& timer) { OnPingDue(world, timer.agent); },
                   [&](const AgentGivenUp& timer) { OnAgentGivenUp(world, timer.agent); },
                   [&](const OfferTimeout& timer) { OnOfferTimeout(world, timer.offer); },
                   [&](const AllocationPass&) {
                     world.allocation_due = true;
                     ArmAllocationPass(world);
                   },
                   [&](const FollowerHeartbeatDue&) { OnFollowerHeartbeatDue(world); },
               },
               *due);
  }
  if (world.allocator->NextExpiry() <= world.now) world.allocation_due = true;
}

}  // namespace

class MasterCore::Impl {
 public:
  Impl(MasterOptions options, std::unique_ptr<Allocator> allocator, absl::Time now)
      : world_(std::move(options), std::move(allocator), now) {
    ArmAllocationPass(world_);
  }

  Effects Handle(absl::Time now, const Event& event) {
    // A clock that was set back must not take deadlines with it.
    world_.now = std::max(world_.now, now);
    ++world_.stats.events;
    std::visit(Overloaded{
                   [&](const SchedulerCallReceived& call) { OnSchedulerCall(world_, call); },
                   [&](const SchedulerSessionClosed& closed) {
                     OnSchedulerSessionClosed(world_, closed.session);
                   },
                   [&](const AgentMessageReceived& message) { OnAgentMessage(world_, message); },
                   [&](const AgentSessionClosed& closed) {
                     if (Agent* agent = world_.FindAgent(closed.session))
                       DisconnectAgent(world_, *agent);
                   },
                   [&](const OperatorCallReceived& call) { OnOperatorCall(world_, call); },
                   [&](const FollowerOpened& opened) { FollowEvents(world_, opened.session); },
                   [&](const FollowerClosed& closed) { UnfollowEvents(world_, closed.session); },
                   [&](const Tick&) { OnTick(world_); },
               },
               event);
    if (world_.allocation_due) MakeOffers(world_);
    return std::exchange(world_.effects, {});
  }

  const World& world() const { return world_; }
  World& world() { return world_; }

 private:
  World world_;
};

MasterCore::MasterCore(MasterOptions options, std::unique_ptr<Allocator> allocator, absl::Time now)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(allocator), now)) {}

MasterCore::~MasterCore() = default;

Effects MasterCore::Handle(absl::Time now, Event event) { return impl_->Handle(now, event); }

absl::Time MasterCore::NextDeadline() const {
  return std::min(impl_->world().deadlines.Next(), impl_->world().allocator->NextExpiry());
}

const v1::MasterInfo& MasterCore::Info() const { return impl_->world().master_info; }

MasterStats MasterCore::Stats() const { return impl_->world().Stats(); }

std::shared_ptr<const Snapshot> MasterCore::TakeSnapshot() const {
  return master::TakeSnapshot(impl_->world());
}

MasterFigures MasterCore::Figures() const {
  MasterFigures figures = ReadFigures(impl_->world());
  figures.stats = Stats();
  return figures;
}

absl::Status MasterCore::CheckInvariants() const { return master::CheckInvariants(impl_->world()); }

}  // namespace mesos::master
