#include "master/core/operators/operator_events.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "glog/logging.h"
#include "master/core/operators/operator_reads.h"
#include "master/core/views/views.h"
#include "mesos/v1/master/master.pb.h"

namespace mesos::master {
namespace {

using OperatorEvent = v1::master::Event;

std::shared_ptr<OperatorEvent> NewOperatorEvent(OperatorEvent::Type type) {
  auto event = std::make_shared<OperatorEvent>();
  event->set_type(type);
  return event;
}

void ArmHeartbeat(World& world) {
  world.follower_heartbeat =
      world.deadlines.Arm(world.now + world.options.heartbeat_interval, FollowerHeartbeatDue{});
}

void ReadForEvent(const Framework& framework, v1::master::Response::GetFrameworks::Framework* out) {
  ReadFramework(MakeViewWithoutTasks(framework), out);
  out->mutable_unregistered_time()->set_nanoseconds(0);
}

}  // namespace

void FollowEvents(World& world, SessionId session) {
  if (world.followers.size() == world.options.max_event_subscribers) {
    LOG(WARNING) << "Closing the oldest subscriber of the operator API: more than "
                 << world.options.max_event_subscribers << " follow its events";
    world.Emit(CloseFollower{world.followers.front()});
    world.followers.pop_front();
  }
  if (world.followers.empty()) ArmHeartbeat(world);
  world.followers.push_back(session);
  world.Emit(GreetFollower{session, world.options.heartbeat_interval});
}

void UnfollowEvents(World& world, SessionId session) {
  auto it = std::find(world.followers.begin(), world.followers.end(), session);
  if (it == world.followers.end()) return;
  world.followers.erase(it);
  if (world.followers.empty()) world.deadlines.Cancel(world.follower_heartbeat);
}

void OnFollowerHeartbeatDue(World& world) {
  if (world.followers.empty()) return;
  world.Emit(SendToFollowers{NewOperatorEvent(OperatorEvent::HEARTBEAT)});
  ArmHeartbeat(world);
}

void TellTaskAdded(World& world, const Task& task) {
  if (world.followers.empty()) return;
  auto event = NewOperatorEvent(OperatorEvent::TASK_ADDED);
  *event->mutable_task_added()->mutable_task() = task.record().ToProto();
  world.Emit(SendToFollowers{std::move(event), task.framework->info});
}

void TellTaskUpdated(World& world, const Task& task, const v1::TaskStatus& status) {
  if (world.followers.empty()) return;
  auto event = NewOperatorEvent(OperatorEvent::TASK_UPDATED);
  OperatorEvent::TaskUpdated* updated = event->mutable_task_updated();
  updated->mutable_framework_id()->set_value(task.framework->id);
  *updated->mutable_status() = status;
  updated->mutable_status()->clear_data();
  updated->set_state(task.state());
  world.Emit(SendToFollowers{std::move(event), task.framework->info});
}

void TellFrameworkAdded(World& world, const Framework& framework) {
  if (world.followers.empty()) return;
  auto event = NewOperatorEvent(OperatorEvent::FRAMEWORK_ADDED);
  ReadForEvent(framework, event->mutable_framework_added()->mutable_framework());
  world.Emit(SendToFollowers{std::move(event), framework.info});
}

void TellFrameworkUpdated(World& world, const Framework& framework) {
  if (world.followers.empty()) return;
  auto event = NewOperatorEvent(OperatorEvent::FRAMEWORK_UPDATED);
  ReadForEvent(framework, event->mutable_framework_updated()->mutable_framework());
  world.Emit(SendToFollowers{std::move(event), framework.info});
}

void TellFrameworkRemoved(World& world, const Framework& framework) {
  if (world.followers.empty()) return;
  auto event = NewOperatorEvent(OperatorEvent::FRAMEWORK_REMOVED);
  *event->mutable_framework_removed()->mutable_framework_info() = *framework.info;
  world.Emit(SendToFollowers{std::move(event), framework.info});
}

void TellAgentAdded(World& world, const Agent& agent) {
  if (world.followers.empty()) return;
  auto event = NewOperatorEvent(OperatorEvent::AGENT_ADDED);
  ReadAgent(MakeView(agent), event->mutable_agent_added()->mutable_agent());
  world.Emit(SendToFollowers{std::move(event)});
}

void TellAgentRemoved(World& world, const std::string& agent_id) {
  if (world.followers.empty()) return;
  auto event = NewOperatorEvent(OperatorEvent::AGENT_REMOVED);
  event->mutable_agent_removed()->mutable_agent_id()->set_value(agent_id);
  world.Emit(SendToFollowers{std::move(event)});
}

}  // namespace mesos::master
