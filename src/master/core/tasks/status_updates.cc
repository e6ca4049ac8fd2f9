#include "master/core/tasks/status_updates.h"

#include <memory>
#include <utility>

#include "glog/logging.h"
#include "master/core/tasks/reconciliation.h"
#include "master/core/tasks/tasks.h"

namespace mesos::master {
namespace {

constexpr size_t kUuidBytes = 16;

// The framework's task of that id, where it runs on that agent.
Task* FindTaskAt(const Framework& framework, const Agent& agent, absl::string_view task_id) {
  Task* task = FindTask(framework, task_id);
  return task != nullptr && task->agent == &agent ? task : nullptr;
}

// Why no scheduler may hear of the update; null where it may.
const char* FaultOf(const Framework* framework, const Agent& agent,
                    const internal::StatusUpdate& update) {
  const v1::TaskStatus& status = update.status();
  if (framework == nullptr) return "unknown framework";
  if (status.has_uuid() && status.uuid().size() != kUuidBytes) return "its uuid has not 16 bytes";
  if (!MayComeFromAgent(status.state())) return "its state is not an agent's to give";
  const Task* task = FindTask(*framework, status.task_id().value());
  if (task != nullptr && task->agent != &agent) return "the task of that id is on another agent";
  return nullptr;
}

// Nobody will acknowledge what no scheduler hears of, and the agent would repeat it for ever: what
// comes after it would wait behind it.
void AcknowledgeUnheard(World& world, const Agent& agent, const internal::StatusUpdate& update) {
  if (!update.status().has_uuid()) return;
  auto command = std::make_shared<internal::MasterMessage>();
  internal::AcknowledgeStatusUpdate* acknowledged = command->mutable_acknowledge();
  *acknowledged->mutable_framework_id() = update.framework_id();
  *acknowledged->mutable_task_id() = update.status().task_id();
  acknowledged->set_uuid(update.status().uuid());
  world.SendToAgent(agent, std::move(command));
}

// The agent missed that the framework was removed.
void ShutDownFramework(World& world, const Agent& agent, const std::string& framework_id) {
  auto command = std::make_shared<internal::MasterMessage>();
  command->mutable_shutdown_framework()->mutable_framework_id()->set_value(framework_id);
  world.SendToAgent(agent, std::move(command));
}

}  // namespace

void OnStatusUpdate(World& world, Agent& agent, const internal::StatusUpdate& update) {
  ++world.stats.status_updates;
  const v1::TaskStatus& status = update.status();
  const std::string& task_id = status.task_id().value();
  const std::string& framework_id = update.framework_id().value();
  Framework* framework = world.FindFramework(framework_id);
  if (const char* fault = FaultOf(framework, agent, update); fault != nullptr) {
    ++world.stats.invalid_status_updates;
    LOG(WARNING) << "Ignoring update of task_id=" << task_id << " agent_id=" << agent.id
                 << " framework_id=" << framework_id
                 << " state=" << v1::TaskState_Name(status.state()) << ": " << fault;
    if (framework != nullptr) {
      AcknowledgeUnheard(world, agent, update);
    } else if (world.completed_frameworks.Contains(framework_id)) {
      ShutDownFramework(world, agent, framework_id);
    }
    return;
  }
  VLOG(1) << "Update task_id=" << task_id << " framework_id=" << framework->id
          << " agent_id=" << agent.id << " state=" << v1::TaskState_Name(status.state());
  if (framework->connected()) {
    auto event = NewEvent(v1::scheduler::Event::UPDATE);
    v1::TaskStatus* sent = event->mutable_update()->mutable_status();
    *sent = status;
    sent->mutable_agent_id()->set_value(agent.id);
    world.SendToFramework(*framework, std::move(event));
  }
  Task* task = FindTaskAt(*framework, agent, task_id);
  if (task == nullptr) {
    ++world.stats.invalid_status_updates;
    VLOG(1) << "Forwarded update of unknown task_id=" << task_id
            << " framework_id=" << framework->id;
    return;
  }
  const bool tells_latest = update.has_latest_state() && MayComeFromAgent(update.latest_state());
  ApplyStatus(world, *task, status, tells_latest ? update.latest_state() : status.state());
  if (!status.has_uuid() && IsTerminal(task->state())) {
    // Nobody will acknowledge it.
    RemoveTask(world, *task, TaskEnd::kCompleted);
  }
}

void OnExecutorExited(World& world, Agent& agent, const internal::ExecutorExited& exited) {
  Framework* framework = world.FindFramework(exited.framework_id().value());
  Executor* executor = framework == nullptr
                           ? nullptr
                           : FindExecutor(agent, *framework, exited.executor_id().value());
  if (executor == nullptr) {
    LOG(WARNING) << "Ignoring the end of unknown executor_id=" << exited.executor_id().value()
                 << " framework_id=" << exited.framework_id().value() << " agent_id=" << agent.id;
    return;
  }
  LOG(INFO) << "Executor exited executor_id=" << exited.executor_id().value()
            << " framework_id=" << framework->id << " agent_id=" << agent.id
            << " status=" << exited.status();
  RemoveExecutor(world, *executor);
  auto event = NewEvent(v1::scheduler::Event::FAILURE);
  event->mutable_failure()->mutable_agent_id()->set_value(agent.id);
  *event->mutable_failure()->mutable_executor_id() = exited.executor_id();
  event->mutable_failure()->set_status(exited.status());
  world.SendToFramework(*framework, std::move(event));
}

void OnExecutorMessage(World& world, Agent& agent, const internal::ExecutorToFramework& message) {
  const Framework* framework = world.FindFramework(message.framework_id().value());
  if (framework == nullptr || !framework->connected()) {
    ++world.counters.invalid_executor_messages;
    LOG(WARNING) << "Dropping a message of executor_id=" << message.executor_id().value()
                 << " to framework_id=" << message.framework_id().value()
                 << ", which is not connected";
    return;
  }
  auto event = NewEvent(v1::scheduler::Event::MESSAGE);
  event->mutable_message()->mutable_agent_id()->set_value(agent.id);
  *event->mutable_message()->mutable_executor_id() = message.executor_id();
  event->mutable_message()->set_data(message.data());
  world.SendToFramework(*framework, std::move(event));
}

void Acknowledge(World& world, Framework& framework,
                 const v1::scheduler::Call::Acknowledge& acknowledge) {
  const std::string& task_id = acknowledge.task_id().value();
  Agent* agent = world.FindAgent(acknowledge.agent_id().value());
  if (agent == nullptr || !agent->connected()) {
    ++world.counters.invalid_acknowledgements;
    LOG(WARNING) << "Cannot pass on the acknowledgement of task_id=" << task_id
                 << " framework_id=" << framework.id
                 << ": agent_id=" << acknowledge.agent_id().value() << " is not connected";
    return;
  }
  ++world.stats.acknowledgements;
  auto command = std::make_shared<internal::MasterMessage>();
  internal::AcknowledgeStatusUpdate* forwarded = command->mutable_acknowledge();
  forwarded->mutable_framework_id()->set_value(framework.id);
  *forwarded->mutable_task_id() = acknowledge.task_id();
  forwarded->set_uuid(acknowledge.uuid());
  if (Task* task = FindTaskAt(framework, *agent, task_id); task != nullptr) {
    const TaskRecord& record = task->record();
    if (record.status_update_uuid().empty()) {
      LOG(WARNING) << "Ignoring the acknowledgement of task_id=" << task_id
                   << " framework_id=" << framework.id << ", which has no update to acknowledge";
      return;
    }
    if (IsTerminal(record.status_update_state()) &&
        record.status_update_uuid() == acknowledge.uuid()) {
      RemoveTask(world, *task, TaskEnd::kCompleted);
    }
  }
  world.SendToAgent(*agent, std::move(command));
}

void Kill(World& world, Framework& framework, const v1::scheduler::Call::Kill& kill) {
  Task* task = FindTask(framework, kill.task_id().value());
  if (task == nullptr) {
    LOG(INFO) << "Cannot kill unknown task_id=" << kill.task_id().value()
              << " framework_id=" << framework.id << "; reconciling it";
    if (std::optional<v1::TaskStatus> status =
            ReconcileTask(world, framework, kill.task_id().value(), kill.agent_id().value())) {
      SendStatus(world, framework, *std::move(status));
    }
    return;
  }
  if (kill.has_agent_id() && kill.agent_id().value() != task->agent->id) {
    LOG(WARNING) << "Cannot kill task_id=" << kill.task_id().value()
                 << " framework_id=" << framework.id << " on agent_id=" << kill.agent_id().value()
                 << ": it is on agent_id=" << task->agent->id;
    return;
  }
  auto command = std::make_shared<internal::MasterMessage>();
  internal::KillTask* forwarded = command->mutable_kill_task();
  forwarded->mutable_framework_id()->set_value(framework.id);
  *forwarded->mutable_task_id() = kill.task_id();
  if (kill.has_kill_policy()) *forwarded->mutable_kill_policy() = kill.kill_policy();
  LOG(INFO) << "Killing task_id=" << kill.task_id().value() << " framework_id=" << framework.id
            << " agent_id=" << task->agent->id
            << (task->agent->connected() ? "" : " once that agent is back");
  task->kill = command;
  world.SendToAgent(*task->agent, std::move(command));
}

void ShutdownExecutor(World& world, Framework& framework,
                      const v1::scheduler::Call::Shutdown& shutdown) {
  const Agent* agent = world.FindAgent(shutdown.agent_id().value());
  if (agent == nullptr || !agent->connected()) {
    LOG(WARNING) << "Cannot shut down executor_id=" << shutdown.executor_id().value()
                 << " framework_id=" << framework.id << ": agent_id=" << shutdown.agent_id().value()
                 << " is not connected";
    return;
  }
  LOG(INFO) << "Shutting down executor_id=" << shutdown.executor_id().value()
            << " framework_id=" << framework.id << " agent_id=" << agent->id;
  auto command = std::make_shared<internal::MasterMessage>();
  command->mutable_shutdown_executor()->mutable_framework_id()->set_value(framework.id);
  *command->mutable_shutdown_executor()->mutable_executor_id() = shutdown.executor_id();
  world.SendToAgent(*agent, std::move(command));
}

void SendMessage(World& world, Framework& framework, const v1::scheduler::Call::Message& message) {
  const Agent* agent = world.FindAgent(message.agent_id().value());
  if (agent == nullptr || !agent->connected()) {
    ++world.counters.invalid_framework_messages;
    LOG(WARNING) << "Dropping a message of framework_id=" << framework.id
                 << " to executor_id=" << message.executor_id().value()
                 << ": agent_id=" << message.agent_id().value() << " is not connected";
    return;
  }
  auto command = std::make_shared<internal::MasterMessage>();
  internal::FrameworkToExecutor* forwarded = command->mutable_framework_message();
  forwarded->mutable_framework_id()->set_value(framework.id);
  *forwarded->mutable_executor_id() = message.executor_id();
  forwarded->set_data(message.data());
  world.SendToAgent(*agent, std::move(command));
}

}  // namespace mesos::master
