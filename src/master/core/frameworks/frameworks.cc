#include "master/core/frameworks/frameworks.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/limits.h"
#include "common/base/status_macros.h"
#include "glog/logging.h"
#include "master/core/offers/offers.h"
#include "master/core/operators/operator_events.h"
#include "master/core/tasks/tasks.h"
#include "master/validation/framework_info.h"
#include "master/validation/offer_constraints.h"
#include "master/validation/unsupported.h"

namespace mesos::master {
namespace {

using Capability = v1::FrameworkInfo::Capability;

AllocatorFramework ForAllocator(const Framework& framework) {
  const v1::FrameworkInfo& info = *framework.info;
  AllocatorFramework out;
  out.roles = framework.roles;
  out.suppressed_roles = framework.suppressed_roles;
  out.revocable_resources = HasCapability(info, Capability::REVOCABLE_RESOURCES);
  out.shared_resources = HasCapability(info, Capability::SHARED_RESOURCES);
  out.gpu_resources = HasCapability(info, Capability::GPU_RESOURCES);
  out.region_aware = HasCapability(info, Capability::REGION_AWARE);
  out.reservation_refinement = framework.reservation_refinement;
  out.active = framework.connected();
  return out;
}

// What a framework says of itself at SUBSCRIBE and UPDATE_FRAMEWORK.
struct Says {
  v1::FrameworkInfo info;
  std::set<std::string> suppressed_roles;
  // Null where there are none.
  std::shared_ptr<const v1::scheduler::OfferConstraints> offer_constraints;
};

// `Part` is that of either call.
template <typename Part>
Says SaysOf(const Part& part, v1::FrameworkInfo info) {
  Says says{
      std::move(info), {part.suppressed_roles().begin(), part.suppressed_roles().end()}, nullptr};
  if (part.has_offer_constraints()) {
    says.offer_constraints =
        std::make_shared<const v1::scheduler::OfferConstraints>(part.offer_constraints());
  }
  return says;
}

// What the framework says of itself, and all that follows from it; the allocator is the caller's.
void SetInfo(World& world, Framework& framework, Says says) {
  v1::FrameworkInfo& info = says.info;
  info.mutable_id()->set_value(framework.id);
  framework.roles = RolesOf(info);
  framework.suppressed_roles = std::move(says.suppressed_roles);
  world.SetRoleNodes(framework, RoleNodesOf(info));
  framework.partition_aware = HasCapability(info, Capability::PARTITION_AWARE);
  framework.multi_role = HasCapability(info, Capability::MULTI_ROLE);
  framework.reservation_refinement = HasCapability(info, Capability::RESERVATION_REFINEMENT);
  framework.info = std::make_shared<const v1::FrameworkInfo>(std::move(info));
  framework.profile = std::make_shared<const FrameworkProfile>(
      FrameworkProfile{framework.info, framework.roles, framework.multi_role,
                       framework.reservation_refinement, std::move(says.offer_constraints)});
}

absl::Duration FailoverTimeoutOf(const v1::FrameworkInfo& info) {
  const double seconds = info.failover_timeout();
  return seconds > 0 ? absl::Seconds(seconds) : absl::ZeroDuration();
}

void SendError(World& world, SessionId session, absl::string_view message) {
  auto event = NewEvent(v1::scheduler::Event::ERROR);
  event->mutable_error()->set_message(std::string(message));
  world.Emit(SendToScheduler{session, std::move(event)});
  world.Emit(CloseSchedulerSession{session, absl::OkStatus()});
}

void SendHeartbeat(World& world, Framework& framework) {
  world.SendToFramework(framework, NewEvent(v1::scheduler::Event::HEARTBEAT));
  framework.heartbeat = world.deadlines.Arm(world.now + world.options.heartbeat_interval,
                                            HeartbeatDue{framework.index});
}

void SendSubscribed(World& world, Framework& framework) {
  auto event = NewEvent(v1::scheduler::Event::SUBSCRIBED);
  v1::scheduler::Event::Subscribed* subscribed = event->mutable_subscribed();
  subscribed->mutable_framework_id()->set_value(framework.id);
  subscribed->set_heartbeat_interval_seconds(
      absl::ToDoubleSeconds(world.options.heartbeat_interval));
  *subscribed->mutable_master_info() = world.master_info;
  world.SendToFramework(framework, std::move(event));
  world.deadlines.Cancel(framework.heartbeat);
  SendHeartbeat(world, framework);
}

// The session that speaks for the framework from now on; one that spoke before hears that it was
// replaced.
void TakeSession(World& world, Framework& framework, SessionId session) {
  if (framework.connected() && framework.session != session) {
    LOG(INFO) << "Framework failed over framework_id=" << framework.id;
    SendError(world, framework.session, "Framework failed over");
    ++framework.counters.events[v1::scheduler::Event::ERROR];
  }
  world.BindSession(framework, session);
  framework.outbox = {};
  world.deadlines.Cancel(framework.failover);
  framework.state = Framework::State::kConnected;
  ++framework.counters.calls[v1::scheduler::Call::SUBSCRIBE];
}

void SubscribeNew(World& world, SessionId session, const std::string& id, Says says) {
  Framework& framework = world.AddFramework(id);
  SetInfo(world, framework, std::move(says));
  framework.registered_time = world.now;
  framework.reregistered_time = world.now;
  TakeSession(world, framework, session);
  world.allocator->AddFramework(framework.index, ForAllocator(framework));
  TellFrameworkAdded(world, framework);
  LOG(INFO) << "Subscribed framework_id=" << framework.id << " name=" << framework.info->name()
            << " roles=" << absl::StrJoin(framework.roles, ",");
  SendSubscribed(world, framework);
}

void TellAgents(World& world, const Framework& framework) {
  for (const auto& [index, count] : framework.agents) {
    if (const Agent* agent = world.FindAgent(index)) SendFrameworkInfo(world, framework, *agent);
  }
}

void SubscribeAgain(World& world, SessionId session, Framework& framework, Says says) {
  // The new instance knows nothing of the old one's offers, nor of what it declined: an inactive
  // framework has no filters.
  DiscardOffers(world, framework, Rescind::kNo);
  world.allocator->SetFrameworkActive(framework.index, false);
  if (framework.state == Framework::State::kRecovered) framework.registered_time = world.now;
  framework.reregistered_time = world.now;
  SetInfo(world, framework, std::move(says));
  TakeSession(world, framework, session);
  world.allocator->UpdateFramework(framework.index, ForAllocator(framework));
  world.allocator->SetFrameworkActive(framework.index, true);
  LOG(INFO) << "Resubscribed framework_id=" << framework.id << " name=" << framework.info->name()
            << " roles=" << absl::StrJoin(framework.roles, ",")
            << " tasks=" << framework.tasks.size();
  TellFrameworkUpdated(world, framework);
  SendSubscribed(world, framework);
  TellAgents(world, framework);
}

// The roles of all frameworks stand in one tree, which anybody can make larger.
absl::Status CheckRoleNodes(const World& world, const v1::FrameworkInfo& info,
                            const Framework* known) {
  const size_t before = known == nullptr ? 0 : known->role_nodes;
  const size_t nodes = RoleNodesOf(info);
  const size_t of_all = world.role_nodes - before + nodes;
  if (nodes <= before || of_all <= limits::kMaxRoleNodes) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("The roles of all frameworks would have ", of_all,
                   " path components together, more than the limit of ", limits::kMaxRoleNodes,
                   ": name fewer or shallower 'FrameworkInfo.roles'"));
}

absl::Status ValidateSubscribe(const World& world, SessionId session,
                               const v1::scheduler::Call::Subscribe& subscribe,
                               absl::string_view id, const Framework* known,
                               v1::FrameworkInfo* info) {
  if (absl::Status status = ValidateFrameworkInfo(*info); !status.ok()) return status;
  if (absl::Status status = ValidateSuppressedRoles(*info, subscribe.suppressed_roles());
      !status.ok()) {
    return status;
  }
  if (absl::Status status = CheckFrameworkSupported(*info); !status.ok()) return status;
  if (absl::Status status = ValidateOfferConstraints(subscribe.offer_constraints(), RolesOf(*info));
      !status.ok()) {
    return status;
  }
  if (absl::Status status = CheckRoleNodes(world, *info, known); !status.ok()) return status;
  const Framework* holder = world.FindFramework(session);
  if (holder != nullptr && holder->id != id) {
    return absl::FailedPreconditionError(
        absl::StrCat("This session is subscribed as framework ", holder->id, "; open another one"));
  }
  if (world.completed_frameworks.Contains(id)) {
    return absl::FailedPreconditionError("Framework has been removed");
  }
  if (known == nullptr) return absl::OkStatus();
  if (KeepImmutableFields(*known->info, info)) {
    LOG(WARNING) << "Keeping user and checkpoint of framework_id=" << id
                 << ", which cannot change when it subscribes again";
  }
  return ValidateFrameworkUpdate(*known->info, *info);
}

absl::Status Prefixed(absl::string_view prefix, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(prefix, status.message()));
}

}  // namespace

void Subscribe(World& world, SessionId session, const v1::scheduler::Call& call) {
  const v1::scheduler::Call::Subscribe& subscribe = call.subscribe();
  v1::FrameworkInfo info = subscribe.framework_info();
  std::string id = info.has_id() ? info.id().value() : call.framework_id().value();
  Framework* known = id.empty() ? nullptr : world.FindFramework(id);

  absl::Status valid = ValidateSubscribe(world, session, subscribe, id, known, &info);
  if (!valid.ok()) {
    LOG(INFO) << "Refusing SUBSCRIBE of framework name=" << info.name() << " framework_id=" << id
              << ": " << valid.message();
    Framework* holder = world.FindFramework(session);
    SendError(world, session, valid.message());
    if (holder != nullptr) DisconnectFramework(world, *holder);
    return;
  }
  ++world.stats.frameworks_subscribed;
  if (!id.empty()) ++world.counters.subscriptions_with_id;
  Says says = SaysOf(subscribe, std::move(info));
  if (known != nullptr) {
    SubscribeAgain(world, session, *known, std::move(says));
  } else {
    SubscribeNew(world, session, id.empty() ? world.NewFrameworkId() : id, std::move(says));
  }
  world.allocation_due = true;
}

absl::Status UpdateFramework(World& world, Framework& framework,
                             const v1::scheduler::Call::UpdateFramework& update) {
  const v1::FrameworkInfo& info = update.framework_info();
  RETURN_IF_ERROR(Prefixed("Supplied FrameworkInfo is not valid: ", ValidateFrameworkInfo(info)));
  RETURN_IF_ERROR(Prefixed("'UpdateFramework' call is not valid: ",
                           ValidateSuppressedRoles(info, update.suppressed_roles())));
  absl::Status valid = CheckFrameworkSupported(info);
  if (valid.ok()) valid = ValidateFrameworkUpdate(*framework.info, info);
  if (valid.ok()) valid = CheckRoleNodes(world, info, &framework);
  RETURN_IF_ERROR(Prefixed("FrameworkInfo update is not valid: ", valid));
  RETURN_IF_ERROR(Prefixed("'UpdateFramework' call is not valid: ",
                           ValidateOfferConstraints(update.offer_constraints(), RolesOf(info))));
  SetInfo(world, framework, SaysOf(update, info));
  world.Touch(framework);
  for (Offer* offer : framework.offers.Copy()) {
    if (framework.roles.count(offer->role) == 0)
      DiscardOffer(world, *offer, Rescind::kYes, std::nullopt);
  }
  world.allocator->UpdateFramework(framework.index, ForAllocator(framework));
  world.allocation_due = true;
  LOG(INFO) << "Updated framework_id=" << framework.id << " name=" << info.name()
            << " roles=" << absl::StrJoin(framework.roles, ",");
  TellFrameworkUpdated(world, framework);
  TellAgents(world, framework);
  return absl::OkStatus();
}

void DisconnectFramework(World& world, Framework& framework) {
  world.UnbindSession(framework);
  world.deadlines.Cancel(framework.heartbeat);
  framework.state = Framework::State::kDisconnected;
  world.allocator->SetFrameworkActive(framework.index, false);
  DiscardOffers(world, framework, Rescind::kNo);
  framework.outbox = {};
  const absl::Duration timeout = FailoverTimeoutOf(*framework.info);
  LOG(INFO) << "Disconnected framework_id=" << framework.id << " failover_timeout=" << timeout;
  if (timeout == absl::ZeroDuration()) {
    RemoveFramework(world, framework, "it disconnected and has no failover_timeout");
    return;
  }
  framework.failover = world.deadlines.Arm(world.now + timeout, FailoverTimeout{framework.index});
}

namespace {

v1::TaskStatus KilledStatus(const World& world, const Framework& framework,
                            const TaskRecord& task) {
  v1::TaskStatus status =
      MakeStatus(world, {std::string(task.id()), std::string(task.agent_id()), v1::TASK_KILLED,
                         v1::TaskStatus::REASON_FRAMEWORK_REMOVED,
                         absl::StrCat("Framework ", framework.id, " removed")});
  SetExecutorId(task, status);
  return status;
}

void ShutDownAtAgents(World& world, const Framework& framework) {
  auto command = std::make_shared<internal::MasterMessage>();
  command->mutable_shutdown_framework()->mutable_framework_id()->set_value(framework.id);
  for (const auto& [index, count] : framework.agents) {
    if (const Agent* agent = world.FindAgent(index)) world.SendToAgent(*agent, command);
  }
}

void EndTasks(World& world, Framework& framework) {
  for (Task* task : framework.task_list.Copy()) {
    if (!IsTerminal(task->state())) {
      ApplyStatus(world, *task, KilledStatus(world, framework, task->record()), v1::TASK_KILLED);
    }
    RemoveTask(world, *task, TaskEnd::kCompleted);
  }
  for (const auto& [id, task] : framework.unreachable_tasks) {
    const v1::TaskStatus killed = KilledStatus(world, framework, task);
    CountEnd(world, framework, killed, v1::TASK_KILLED);
    AddCompletedTask(world, framework, task.WithStatus(killed, v1::TASK_KILLED));
  }
}

void EndExecutors(World& world, Framework& framework) {
  std::vector<AgentIdx> indices;
  for (const auto& [index, count] : framework.agents) indices.push_back(index);
  for (AgentIdx index : indices) {
    Agent* agent = world.FindAgent(index);
    CHECK(agent != nullptr);
    auto it = agent->executors.lower_bound({framework.index, ""});
    while (it != agent->executors.end() && it->first.first == framework.index) {
      RemoveExecutor(world, *it->second);
      it = agent->executors.lower_bound({framework.index, ""});
    }
  }
}

}  // namespace

void RemoveFramework(World& world, Framework& framework, absl::string_view why) {
  LOG(INFO) << "Removing framework_id=" << framework.id << " name=" << framework.info->name()
            << " tasks=" << framework.tasks.size() << ": " << why;
  ++world.stats.frameworks_removed;
  if (framework.connected()) {
    world.Emit(CloseSchedulerSession{framework.session, absl::OkStatus()});
    world.UnbindSession(framework);
    framework.state = Framework::State::kDisconnected;
  }
  DiscardOffers(world, framework, Rescind::kNo);
  ShutDownAtAgents(world, framework);
  EndTasks(world, framework);
  EndExecutors(world, framework);
  TellFrameworkRemoved(world, framework);
  world.completed_frameworks.Put(
      framework.id, std::make_shared<const CompletedFramework>(CompletedFramework{
                        framework.profile, framework.registered_time, framework.reregistered_time,
                        world.now, std::move(framework.completed_tasks), framework.counters}));
  world.RemoveFramework(framework);
  world.allocation_due = true;
}

Framework& RecoverFramework(World& world, const v1::FrameworkInfo& info) {
  Framework& framework = world.AddFramework(info.id().value());
  SetInfo(world, framework, {info, {}, nullptr});
  world.allocator->AddFramework(framework.index, ForAllocator(framework));
  const absl::Duration timeout =
      std::max(FailoverTimeoutOf(info), world.options.agent_reregister_timeout);
  framework.failover = world.deadlines.Arm(world.now + timeout, FailoverTimeout{framework.index});
  TellFrameworkAdded(world, framework);
  LOG(INFO) << "Recovered framework_id=" << framework.id << " name=" << info.name()
            << " from an agent; it has to subscribe within " << timeout;
  return framework;
}

void SendFrameworkInfo(World& world, const Framework& framework, const Agent& agent) {
  auto command = std::make_shared<internal::MasterMessage>();
  *command->mutable_update_framework()->mutable_framework() = *framework.info;
  world.SendToAgent(agent, std::move(command));
}

void OnHeartbeatDue(World& world, FrameworkIdx index) {
  Framework* framework = world.FindFramework(index);
  if (framework != nullptr && framework->connected()) SendHeartbeat(world, *framework);
}

void OnFailoverTimeout(World& world, FrameworkIdx index) {
  Framework* framework = world.FindFramework(index);
  if (framework == nullptr || framework->connected()) return;
  RemoveFramework(world, *framework, "its failover_timeout passed without a new subscription");
}

}  // namespace mesos::master
