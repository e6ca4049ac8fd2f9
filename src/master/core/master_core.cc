#include "master/core/master_core.h"

#include <algorithm>
#include <utility>

#include "common/base/overloaded.h"
#include "common/messages/unknown_fields.h"
#include "master/core/agents/admission.h"
#include "master/core/agents/agent_health.h"
#include "master/core/agents/awaited_agents.h"
#include "master/core/agents/registry_collection.h"
#include "master/core/agents/transitions.h"
#include "master/core/frameworks/frameworks.h"
#include "master/core/frameworks/paging.h"
#include "master/core/frameworks/scheduler_calls.h"
#include "master/core/offers/offers.h"
#include "master/core/operators/operator_calls.h"
#include "master/core/operators/operator_events.h"
#include "master/core/views/figures.h"
#include "master/core/views/views.h"
#include "master/core/world/invariants.h"
#include "master/core/world/world.h"

namespace mesos::master {
namespace {

void ArmAllocationPass(World& world) {
  world.deadlines.Arm(world.now + world.options.allocation_interval, AllocationPass{});
}

void OnTick(World& world) {
  while (std::optional<Timer> due = world.deadlines.PopDue(world.now)) {
    std::visit(
        Overloaded{
            [&](const HeartbeatDue& timer) { OnHeartbeatDue(world, timer.framework); },
            [&](const FailoverTimeout& timer) { OnFailoverTimeout(world, timer.framework); },
            [&](const PingDue& timer) { OnPingDue(world, timer.agent); },
            [&](const AgentGivenUp& timer) { OnAgentGivenUp(world, timer.agent); },
            [&](const AwaitedAgentGivenUp& timer) { OnAwaitedAgentGivenUp(world, timer.agent_id); },
            [&](const RecoveryOver&) { OnRecoveryOver(world); },
            [&](const RemovalPermit&) { OnRemovalPermit(world); },
            [&](const RegistryCollection&) { OnRegistryCollection(world); },
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
  Impl(MasterOptions options, std::unique_ptr<Allocator> allocator, absl::Time now,
       const Registry& registry)
      : world_(std::move(options), std::move(allocator), now) {
    RecoverRegistry(world_, registry);
    ArmAllocationPass(world_);
    ArmRegistryCollection(world_);
  }

  Effects Handle(absl::Time now, const Event& event) {
    if (world_.abdicated) return {};
    // A clock that was set back must not take deadlines with it.
    world_.now = std::max(world_.now, now);
    ++world_.stats.events;
    std::visit(
        Overloaded{
            [&](const SchedulerCallReceived& call) { OnSchedulerCall(world_, call); },
            [&](const SchedulerSessionClosed& closed) {
              OnSchedulerSessionClosed(world_, closed.session);
            },
            [&](const SchedulerDrained& drained) { OnSchedulerDrained(world_, drained.session); },
            [&](const AgentMessageReceived& message) { OnAgentMessage(world_, message); },
            [&](const AgentSessionClosed& closed) { OnAgentSessionClosed(world_, closed.session); },
            [&](const OperatorCallReceived& call) { OnOperatorCall(world_, call); },
            [&](const FollowerOpened& opened) { FollowEvents(world_, opened.session); },
            [&](const FollowerClosed& closed) { UnfollowEvents(world_, closed.session); },
            [&](const Persisted& persisted) { OnPersisted(world_, persisted); },
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

MasterCore::MasterCore(MasterOptions options, std::unique_ptr<Allocator> allocator, absl::Time now,
                       const Registry& registry)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(allocator), now, registry)) {}

MasterCore::~MasterCore() = default;

Effects MasterCore::Handle(absl::Time now, Event event) {
  if (auto* received = std::get_if<AgentMessageReceived>(&event)) {
    received->message = WithoutUnknownFields(std::move(received->message));
  }
  return impl_->Handle(now, event);
}

absl::Time MasterCore::NextDeadline() const {
  if (impl_->world().abdicated) return absl::InfiniteFuture();
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
