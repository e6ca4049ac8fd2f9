#include "agent/core/executor_sessions.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "agent/core/containers.h"
#include "agent/core/kills.h"
#include "agent/core/launching.h"
#include "agent/core/task_status.h"
#include "agent/core/task_updates.h"
#include "common/base/limits.h"
#include "common/base/status_macros.h"
#include "common/messages/task_state.h"
#include "glog/logging.h"
#include "mesos/v1/executor/executor.pb.h"

namespace mesos::agent {
namespace {

constexpr size_t kUuidBytes = 16;

void SendAcknowledged(Core& core, SessionId session, const v1::TaskStatus& status) {
  if (session == SessionId::kNone) return;
  auto event = std::make_shared<v1::executor::Event>();
  event->set_type(v1::executor::Event::ACKNOWLEDGED);
  *event->mutable_acknowledged()->mutable_task_id() = status.task_id();
  event->mutable_acknowledged()->set_uuid(status.uuid());
  core.Push(SendToExecutor{session, std::move(event)});
}

bool WasCompleted(const Executor& executor, const std::string& task_id) {
  for (const auto& task : executor.completed_tasks) {
    if (task->task_id().value() == task_id) return true;
  }
  return false;
}

// `status` is of an UPDATE, or of an update that a SUBSCRIBE repeats.
absl::Status ValidateUpdate(const v1::executor::Call& call, const v1::TaskStatus& status) {
  const std::string& id = call.executor_id().value();
  const std::string from =
      absl::StrCat("executor ", id, " of framework ", call.framework_id().value());
  if (!status.has_uuid()) return absl::InvalidArgumentError("Expecting 'uuid' to be present");
  if (status.uuid().size() != kUuidBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("Not a valid UUID: ", status.uuid().size(), " bytes instead of ", kUuidBytes));
  }
  if (status.has_executor_id() && status.executor_id().value() != id) {
    return absl::InvalidArgumentError(
        absl::StrCat("ExecutorID in Call: ", id,
                     " does not match ExecutorID in TaskStatus: ", status.executor_id().value()));
  }
  if (status.source() != v1::TaskStatus::SOURCE_EXECUTOR) {
    return absl::InvalidArgumentError(absl::StrCat("Received Call from ", from,
                                                   " with invalid source, expecting "
                                                   "'SOURCE_EXECUTOR'"));
  }
  if (status.state() == v1::TASK_STAGING || !MayComeFromAgent(status.state())) {
    return absl::InvalidArgumentError(absl::StrCat("Received ", v1::TaskState_Name(status.state()),
                                                   " from ", from, " which is not allowed"));
  }
  return absl::OkStatus();
}

absl::Status Expect(bool present, const char* field) {
  if (present) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("Expecting '", field, "' to be present"));
}

absl::Status Validate(const v1::executor::Call& call) {
  using Call = v1::executor::Call;
  RETURN_IF_ERROR(Expect(call.has_type(), "type"));
  switch (call.type()) {
    case Call::SUBSCRIBE:
      return Expect(call.has_subscribe(), "subscribe");
    case Call::UPDATE:
      RETURN_IF_ERROR(Expect(call.has_update(), "update"));
      return ValidateUpdate(call, call.update().status());
    case Call::MESSAGE:
      return Expect(call.has_message(), "message");
    case Call::HEARTBEAT:
    case Call::UNKNOWN:
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

// What schedulers do not acknowledge piles up here, so the executor has to wait.
absl::Status CheckRoom(Core& core, const Executor& executor, const v1::TaskStatus& status) {
  const TaskKey key{executor.framework_id, status.task_id().value()};
  if (core.updates.HasRoom(key, executor.id, status)) return absl::OkStatus();
  ++core.stats.updates_without_room;
  return absl::ResourceExhaustedError(absl::StrCat(
      "There is no room for ", status.ByteSizeLong(), " bytes of a status update of task '",
      key.task_id, "': ", core.updates.pending_bytes(key.framework_id, executor.id),
      " bytes of executor '", executor.id, "' (of at most ", limits::kMaxExecutorUpdateBytes,
      ") and ", core.updates.pending_bytes(), " of all executors (of at most ",
      limits::kMaxAgentUpdateBytes,
      ") wait for their schedulers' acknowledgements; send it again later"));
}

absl::Status HandleUpdate(Core& core, Executor& executor, const v1::TaskStatus& status) {
  const std::string& task_id = status.task_id().value();
  auto it = executor.tasks.find(task_id);
  if (it == executor.tasks.end()) {
    if (!WasCompleted(executor, task_id)) {
      return absl::InvalidArgumentError(
          absl::StrCat("Task '", task_id, "' is not a task of executor '", executor.id, "'"));
    }
    // The scheduler has had the last word on it; without this the executor would send it for ever.
    SendAcknowledged(core, executor.session, status);
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(CheckRoom(core, executor, status));
  Framework& framework = *core.table.Find(executor.framework_id);
  const SessionId session = executor.session;  // the executor may be gone afterwards
  switch (UpdateTask(core, framework, executor, it->second, status)) {
    case StatusUpdateStreams::Added::kNew:
      if (!framework.terminating) break;  // acknowledged once it is on disk
      [[fallthrough]];                    // nothing of this framework is written any more
    case StatusUpdateStreams::Added::kDuplicate:
    case StatusUpdateStreams::Added::kAfterTerminal:
    case StatusUpdateStreams::Added::kUnknown:
      SendAcknowledged(core, session, status);
      break;
  }
  return absl::OkStatus();
}

void SendSubscribed(Core& core, const Framework& framework, const Executor& executor) {
  auto event = std::make_shared<v1::executor::Event>();
  event->set_type(v1::executor::Event::SUBSCRIBED);
  v1::executor::Event::Subscribed& subscribed = *event->mutable_subscribed();
  *subscribed.mutable_executor_info() = *executor.info;
  *subscribed.mutable_framework_info() = *framework.info;
  *subscribed.mutable_agent_info() = *core.info;
  subscribed.mutable_container_id()->set_value(executor.container_id);
  core.Push(SendToExecutor{executor.session, std::move(event)});
}

// Tasks that were sent on a session that broke, and that the executor does not know: they were lost
// on the way.
void DropUndelivered(Core& core, Framework& framework, Executor& executor,
                     const v1::executor::Call::Subscribe& subscribe) {
  std::set<std::string> known;
  for (const v1::TaskInfo& task : subscribe.unacknowledged_tasks()) {
    known.insert(task.task_id().value());
  }
  std::vector<std::string> lost;
  for (const auto& [id, task] : executor.tasks) {
    if (task.delivery == Task::Delivery::kDelivered && task.state == v1::TASK_STAGING &&
        known.count(id) == 0) {
      lost.push_back(id);
    }
  }
  for (const std::string& id : lost) {
    UpdateTask(core, framework, executor, executor.tasks.find(id)->second,
               AgentStatus(DroppedState(framework), v1::TaskStatus::REASON_AGENT_RESTARTED,
                           "Task launched during agent restart"));
  }
}

void Subscribe(Core& core, Executor& executor, SessionId session, const v1::executor::Call& call) {
  Framework& framework = *core.table.Find(executor.framework_id);
  const v1::executor::Call::Subscribe& subscribe = call.subscribe();
  if (executor.session != SessionId::kNone && executor.session != session) {
    core.Push(CloseExecutorSession{
        executor.session, absl::AbortedError(absl::StrCat("Executor '", executor.id,
                                                          "' has subscribed on another session"))});
  }
  executor.session = session;
  if (executor.phase == ExecutorPhase::kTerminating) {
    auto shutdown = std::make_shared<v1::executor::Event>();
    shutdown->set_type(v1::executor::Event::SHUTDOWN);
    core.Push(SendToExecutor{session, std::move(shutdown)});
    return;
  }
  LOG(INFO) << "Executor subscribed executor=" << executor.id
            << " framework=" << executor.framework_id;
  const bool again = executor.phase == ExecutorPhase::kRunning || executor.recovered;
  executor.phase = ExecutorPhase::kRunning;
  core.deadlines.Cancel(executor.deadline);
  executor.deadline = DeadlineId::kNone;
  SendSubscribed(core, framework, executor);
  for (const v1::executor::Call::Update& update : subscribe.unacknowledged_updates()) {
    absl::Status status = ValidateUpdate(call, update.status());
    if (status.ok()) status = HandleUpdate(core, executor, update.status());
    if (!status.ok()) {
      LOG(WARNING) << "Ignoring an update of executor=" << executor.id
                   << " framework=" << executor.framework_id << ": " << status.message();
    }
  }
  if (again) DropUndelivered(core, framework, executor, subscribe);
  if (!again && executor.queued.empty()) {
    bool pending = false;
    for (const auto& [id, task] : executor.tasks) pending = pending || !task.terminal();
    if (!pending) {
      ShutdownExecutor(core, executor,
                       {v1::TaskStatus::REASON_EXECUTOR_TERMINATED,
                        "Executor had no tasks left when it registered"});
      return;
    }
  }
  DeliverQueued(core, executor);
  SendPendingKills(core, executor);
}

// Takes as long for every token of the same length.
bool IsSame(absl::string_view left, absl::string_view right) {
  unsigned char difference = left.size() == right.size() ? 0 : 1;
  for (size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
    difference |= static_cast<unsigned char>(left[i] ^ right[i]);
  }
  return difference == 0;
}

absl::Status CheckProof(const Executor& executor, const ExecutorProof& proof) {
  // An agent of old gave it nothing to prove itself by.
  if (executor.token.empty() && executor.recovered) return absl::OkStatus();
  if (!proof.token.empty()) {
    if (IsSame(proof.token, executor.token)) return absl::OkStatus();
    return absl::UnauthenticatedError(
        absl::StrCat("The token is not that of executor '", executor.id, "'"));
  }
  if (proof.container_id == executor.container_id) return absl::OkStatus();
  return absl::UnauthenticatedError(
      absl::StrCat("Nothing shows that this is executor '", executor.id,
                   "': send 'Authorization: Bearer' with the token that the executor finds in "
                   "MESOS_EXECUTOR_AUTHENTICATION_TOKEN, or call from within its container"));
}

// Who calls, where it may.
absl::StatusOr<Executor*> Admit(Core& core, const ExecutorCallReceived& event) {
  const SessionId session = event.session;
  const v1::executor::Call& call = *event.call;
  if (const absl::Status valid = Validate(call); !valid.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("Failed to validate executor::Call: ", valid.message()));
  }
  if (core.table.Find(call.framework_id().value()) == nullptr) {
    return absl::InvalidArgumentError("Framework cannot be found");
  }
  Executor* executor =
      core.table.FindExecutor(call.framework_id().value(), call.executor_id().value());
  if (executor == nullptr || executor->is_command_task || !executor->alive() ||
      executor->phase == ExecutorPhase::kCheckpointing) {
    return absl::InvalidArgumentError("Executor cannot be found");
  }
  const bool subscribes = call.type() == v1::executor::Call::SUBSCRIBE;
  if (subscribes || session == SessionId::kNone) {
    RETURN_IF_ERROR(CheckProof(*executor, event.proof));
  }
  if (subscribes) return executor;
  // Over HTTP an executor may call while its stream is down, once it has subscribed.
  const bool subscribed = session == SessionId::kNone
                              ? executor->phase == ExecutorPhase::kRunning ||
                                    executor->phase == ExecutorPhase::kTerminating
                              : session == executor->session;
  if (!subscribed) return absl::PermissionDeniedError("Executor is not subscribed");
  return executor;
}

absl::Status HandleCall(Core& core, Executor& executor, const v1::executor::Call& call) {
  switch (call.type()) {
    case v1::executor::Call::UPDATE:
      return HandleUpdate(core, executor, call.update().status());
    case v1::executor::Call::MESSAGE: {
      internal::AgentMessage message;
      internal::ExecutorToFramework& out = *message.mutable_executor_message();
      *out.mutable_framework_id() = call.framework_id();
      *out.mutable_executor_id() = call.executor_id();
      out.set_data(call.message().data());
      core.SendToMaster(std::move(message));
      return absl::OkStatus();
    }
    case v1::executor::Call::HEARTBEAT:
      return absl::OkStatus();
    case v1::executor::Call::UNKNOWN:
    case v1::executor::Call::SUBSCRIBE:
      break;
  }
  return absl::UnimplementedError("Unknown call type");
}

}  // namespace

void OnExecutorCall(Core& core, const ExecutorCallReceived& event) {
  const v1::executor::Call& call = *event.call;
  absl::StatusOr<Executor*> executor = Admit(core, event);
  absl::Status status = executor.status();
  const bool subscribes = status.ok() && call.type() == v1::executor::Call::SUBSCRIBE;
  if (status.ok() && !subscribes) status = HandleCall(core, **executor, call);
  if (event.token != CallToken::kNone) core.Push(AnswerExecutorCall{event.token, status});
  if (subscribes) Subscribe(core, **executor, event.session, call);
  if (status.ok()) return;
  if (absl::IsUnauthenticated(status)) ++core.stats.unproven_executor_calls;
  if (absl::IsResourceExhausted(status)) {  // the session's end would not make room
    VLOG(1) << status.message() << " framework=" << call.framework_id().value();
    return;
  }
  if (call.type() == v1::executor::Call::UPDATE) ++core.stats.invalid_status_updates;
  if (event.token == CallToken::kNone) {
    LOG(WARNING) << "Closing the session of executor=" << call.executor_id().value()
                 << " framework=" << call.framework_id().value() << ": " << status.message();
    OnExecutorSessionClosed(core, {event.session});
    core.Push(CloseExecutorSession{event.session, status});
  }
}

void OnExecutorSessionClosed(Core& core, const ExecutorSessionClosed& event) {
  if (event.session == SessionId::kNone) return;
  for (auto& [framework_id, framework] : core.table.frameworks()) {
    for (auto& [executor_id, executor] : framework.executors) {
      if (executor.session != event.session) continue;
      executor.session = SessionId::kNone;
      LOG(INFO) << "Executor disconnected executor=" << executor_id
                << " framework=" << framework_id;
    }
  }
}

void OnExecutorRegistrationDue(Core& core, const ExecutorRegistrationDue& due) {
  Executor* executor = core.table.FindContainer(due.container_id);
  if (executor == nullptr) return;
  executor->deadline = DeadlineId::kNone;
  if (executor->phase != ExecutorPhase::kLaunching &&
      executor->phase != ExecutorPhase::kRegistering) {
    return;
  }
  const std::string message =
      absl::StrCat("Executor did not register within ",
                   MesosDuration(core.options.executor_registration_timeout));
  LOG(WARNING) << message << " executor=" << executor->id
               << " framework=" << executor->framework_id;
  DestroyExecutor(core, *executor, {v1::TaskStatus::REASON_EXECUTOR_REGISTRATION_TIMEOUT, message});
}

void OnExecutorReregistrationDue(Core& core, const ExecutorReregistrationDue& due) {
  Executor* executor = core.table.FindContainer(due.container_id);
  if (executor == nullptr) return;
  executor->deadline = DeadlineId::kNone;
  if (executor->phase != ExecutorPhase::kRegistering) return;
  const std::string message =
      absl::StrCat("Executor did not reregister within ",
                   MesosDuration(core.options.executor_reregistration_timeout));
  LOG(WARNING) << message << " executor=" << executor->id
               << " framework=" << executor->framework_id;
  DestroyExecutor(core, *executor,
                  {v1::TaskStatus::REASON_EXECUTOR_REREGISTRATION_TIMEOUT, message});
}

void SendMessageToExecutor(Core& core, const internal::FrameworkToExecutor& message) {
  Executor* executor =
      core.table.FindExecutor(message.framework_id().value(), message.executor_id().value());
  if (executor == nullptr || executor->session == SessionId::kNone ||
      executor->phase != ExecutorPhase::kRunning) {
    ++core.stats.invalid_framework_messages;
    LOG(WARNING) << "Dropping a message for executor=" << message.executor_id().value()
                 << " framework=" << message.framework_id().value() << ": it is not connected";
    return;
  }
  ++core.stats.valid_framework_messages;
  auto event = std::make_shared<v1::executor::Event>();
  event->set_type(v1::executor::Event::MESSAGE);
  event->mutable_message()->set_data(message.data());
  core.Push(SendToExecutor{executor->session, std::move(event)});
}

void AcknowledgeToExecutors(Core& core, const std::vector<StatusUpdatePtr>& durable) {
  for (const StatusUpdatePtr& update : durable) {
    if (update->status().source() != v1::TaskStatus::SOURCE_EXECUTOR) continue;
    Executor* executor = core.table.FindExecutor(update->framework_id().value(),
                                                 update->status().executor_id().value());
    if (executor == nullptr || executor->is_command_task) continue;
    SendAcknowledged(core, executor->session, update->status());
  }
}

}  // namespace mesos::agent
