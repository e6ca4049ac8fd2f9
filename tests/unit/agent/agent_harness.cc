#include "tests/unit/agent/agent_harness.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/checkpoint/recovery.h"
#include "gtest/gtest.h"

namespace mesos::agent {
namespace {

void AddScalar(const std::string& name, double value, v1::Resource* resource) {
  resource->set_name(name);
  resource->set_type(v1::Value::SCALAR);
  resource->mutable_scalar()->set_value(value);
}

}  // namespace

AgentOptions TestOptions() {
  AgentOptions options;
  options.info.set_hostname("host.example");
  options.info.set_port(5051);
  AddScalar("cpus", 4, options.info.add_resources());
  options.ip = "10.0.0.1";
  options.version = "1.12.0";
  options.boot_id = "boot-1";
  options.work_directory = kWorkDirectory;
  options.runtime_directory = "/run/mesos";
  options.executor_socket = "/run/mesos/executors.sock";
  options.launcher_directory = "/libexec";
  return options;
}

v1::FrameworkInfo TestFramework(const std::string& id, bool partition_aware, bool killing_state) {
  v1::FrameworkInfo framework;
  framework.set_user("nobody");
  framework.set_name("test");
  framework.mutable_id()->set_value(id);
  if (partition_aware) {
    framework.add_capabilities()->set_type(v1::FrameworkInfo::Capability::PARTITION_AWARE);
  }
  if (killing_state) {
    framework.add_capabilities()->set_type(v1::FrameworkInfo::Capability::TASK_KILLING_STATE);
  }
  return framework;
}

v1::TaskInfo CommandTask(const std::string& id, const std::string& command) {
  v1::TaskInfo task;
  task.set_name(id);
  task.mutable_task_id()->set_value(id);
  task.mutable_agent_id()->set_value(kAgentId);
  AddScalar("cpus", 0.1, task.add_resources());
  task.mutable_command()->set_value(command);
  return task;
}

v1::TaskInfo ExecutorTask(const std::string& id, const std::string& executor_id) {
  v1::TaskInfo task = CommandTask(id);
  task.clear_command();
  task.mutable_executor()->mutable_executor_id()->set_value(executor_id);
  task.mutable_executor()->mutable_command()->set_value("./executor");
  return task;
}

AgentHarness::AgentHarness(AgentOptions options, std::shared_ptr<MemoryFileSystem> fs)
    : options_(std::move(options)), fs_(std::move(fs)) {
  Restart();
}

void AgentHarness::Restart(bool rebooted) {
  if (rebooted) options_.boot_id += "+";
  absl::StatusOr<RecoveredState> state =
      Recover(*fs_, {kMetaDirectory, options_.boot_id, /*strict=*/true});
  ASSERT_TRUE(state.ok()) << state.status();
  registered_before_ = state->agent.has_value();
  core_ = std::make_unique<AgentCore>(options_, *std::move(state), seed_++);
  gathered_.clear();
  held_.clear();
  events_.clear();
  link_ = SessionId::kNone;
  handling_ = true;
  Host(core_->Start(now_));
  handling_ = false;
  while (!events_.empty()) {
    Event event = std::move(events_.front());
    events_.pop_front();
    Handle(std::move(event));
  }
}

void AgentHarness::Handle(Event event) {
  events_.push_back(std::move(event));
  if (handling_) return;
  handling_ = true;
  while (!events_.empty()) {
    Event next = std::move(events_.front());
    events_.pop_front();
    Host(core_->Handle(now_, std::move(next)));
    EXPECT_EQ(core_->CheckInvariants(), "");
  }
  handling_ = false;
}

void AgentHarness::Host(Effects effects) {
  for (Effect& effect : effects) {
    if (const auto* dial = std::get_if<OpenMasterLink>(&effect)) link_ = dial->link;
    if (auto* checkpoint = std::get_if<Checkpoint>(&effect)) {
      gathered_.push_back(*checkpoint);
      held_.push_back(std::move(*checkpoint));
      continue;
    }
    gathered_.push_back(std::move(effect));
  }
  if (!hold_) HoldCheckpoints(false);
}

void AgentHarness::HoldCheckpoints(bool hold) {
  hold_ = hold;
  if (hold_) return;
  while (!held_.empty()) {
    Checkpoint checkpoint = std::move(held_.front());
    held_.pop_front();
    absl::Status status = checkpoint_error_;
    status.Update(std::exchange(next_checkpoint_error_, absl::OkStatus()));
    for (const CheckpointWrite& write : checkpoint.writes) {
      if (status.ok()) status = Write(write);
    }
    Handle(CheckpointDone{checkpoint.token, status});
  }
}

absl::Status AgentHarness::Write(const CheckpointWrite& write) {
  const std::string path = absl::StrCat(kMetaDirectory, "/", write.path);
  switch (write.kind) {
    case CheckpointWrite::Kind::kReplace:
      return fs_->WriteAtomically(path, write.bytes, Sync::kYes);
    case CheckpointWrite::Kind::kAppend:
      return fs_->Append(path, write.bytes, Sync::kYes);
    case CheckpointWrite::Kind::kSymlink:
      return fs_->Symlink(write.bytes, path);
    case CheckpointWrite::Kind::kRemove:
      return fs_->RemoveAll(path);
  }
  return absl::InternalError("unknown kind");
}

void AgentHarness::FromMaster(internal::MasterMessage message) {
  Handle(MasterMessageReceived{
      link_, std::make_shared<const internal::MasterMessage>(std::move(message))});
}

void AgentHarness::OpenLink() { Handle(MasterLinkOpened{link_}); }

void AgentHarness::CloseLink() { Handle(MasterLinkClosed{link_, absl::UnavailableError("gone")}); }

void AgentHarness::Register(absl::Duration return_spread) {
  OpenLink();
  internal::MasterMessage message;
  auto fill = [&](auto* answer) {
    answer->mutable_agent_id()->set_value(kAgentId);
    answer->mutable_master()->set_id("master");
    answer->mutable_master()->set_ip(1);
    answer->set_ping_timeout_milliseconds(75'000);
    if (return_spread >= absl::ZeroDuration()) {
      answer->set_return_spread_milliseconds(absl::ToInt64Milliseconds(return_spread));
    }
  };
  if (registered_before_) {
    fill(message.mutable_reregistered());
  } else {
    fill(message.mutable_registered());
  }
  registered_before_ = true;
  FromMaster(std::move(message));
}

void AgentHarness::Advance(absl::Duration duration) {
  const absl::Time end = now_ + duration;
  while (core_->NextDeadline() <= end) {
    now_ = std::max(now_, core_->NextDeadline());
    Handle(Tick{});
  }
  now_ = end;
}

void AgentHarness::RunTasks(const v1::FrameworkInfo& framework,
                            const std::vector<v1::TaskInfo>& tasks) {
  internal::MasterMessage message;
  *message.mutable_run_tasks()->mutable_framework() = framework;
  for (const v1::TaskInfo& task : tasks) *message.mutable_run_tasks()->add_tasks() = task;
  FromMaster(std::move(message));
}

void AgentHarness::KillTask(const std::string& task_id, std::optional<absl::Duration> grace) {
  internal::MasterMessage message;
  message.mutable_kill_task()->mutable_framework_id()->set_value(kFrameworkId);
  message.mutable_kill_task()->mutable_task_id()->set_value(task_id);
  if (grace.has_value()) {
    message.mutable_kill_task()->mutable_kill_policy()->mutable_grace_period()->set_nanoseconds(
        absl::ToInt64Nanoseconds(*grace));
  }
  FromMaster(std::move(message));
}

void AgentHarness::Acknowledge(const v1::TaskStatus& status, const std::string& framework_id) {
  internal::MasterMessage message;
  message.mutable_acknowledge()->mutable_framework_id()->set_value(framework_id);
  *message.mutable_acknowledge()->mutable_task_id() = status.task_id();
  message.mutable_acknowledge()->set_uuid(status.uuid());
  FromMaster(std::move(message));
}

void AgentHarness::Started(const std::string& container_id, int32_t pid) {
  Handle(ContainerStarted{container_id, pid});
}

void AgentHarness::Exited(const std::string& container_id, std::optional<int32_t> status,
                          const std::string& message) {
  Handle(ContainerExited{container_id, status, message});
}

std::string AgentHarness::RunToRunning(const v1::TaskInfo& task,
                                       const v1::FrameworkInfo& framework) {
  RunTasks(framework, {task});
  std::vector<LaunchContainer> launches = Take<LaunchContainer>();
  EXPECT_EQ(launches.size(), 1u);
  if (launches.empty()) return "";
  const std::string container_id = launches[0].spec.container_id;
  Started(container_id);
  for (int i = 0; i < 2; ++i) {
    std::vector<v1::TaskStatus> updates = TakeUpdates();
    EXPECT_EQ(updates.size(), 1u);
    for (const v1::TaskStatus& status : updates) Acknowledge(status, framework.id().value());
  }
  return container_id;
}

void AgentHarness::ExecutorSubscribe(const std::string& executor_id, SessionId session,
                                     const v1::executor::Call::Subscribe& subscribe) {
  v1::executor::Call call;
  call.set_type(v1::executor::Call::SUBSCRIBE);
  call.mutable_executor_id()->set_value(executor_id);
  call.mutable_framework_id()->set_value(kFrameworkId);
  *call.mutable_subscribe() = subscribe;
  EXPECT_TRUE(ExecutorCall(std::move(call), session).ok());
}

v1::TaskStatus AgentHarness::ExecutorUpdate(const std::string& executor_id, SessionId session,
                                            const std::string& task_id, v1::TaskState state) {
  v1::executor::Call call;
  call.set_type(v1::executor::Call::UPDATE);
  call.mutable_executor_id()->set_value(executor_id);
  call.mutable_framework_id()->set_value(kFrameworkId);
  v1::TaskStatus& status = *call.mutable_update()->mutable_status();
  status.mutable_task_id()->set_value(task_id);
  status.set_state(state);
  status.set_source(v1::TaskStatus::SOURCE_EXECUTOR);
  std::string uuid = absl::StrCat(task_id, "-", v1::TaskState_Name(state), "----------------");
  status.set_uuid(uuid.substr(0, 16));
  v1::TaskStatus sent = status;
  EXPECT_TRUE(ExecutorCall(std::move(call), session).ok());
  return sent;
}

absl::Status AgentHarness::ExecutorCall(v1::executor::Call call, SessionId session) {
  ExecutorProof proof;
  proof.container_id =
      core_->ContainerOf(call.framework_id().value(), call.executor_id().value()).id;
  return ProvenCall(std::move(call), session, std::move(proof));
}

absl::Status AgentHarness::ProvenCall(v1::executor::Call call, SessionId session,
                                      ExecutorProof proof) {
  const CallToken token{++last_token_};
  Handle(ExecutorCallReceived{session, std::make_shared<const v1::executor::Call>(std::move(call)),
                              auth::Anonymous(), std::move(proof), token});
  for (const AnswerExecutorCall& answer : Take<AnswerExecutorCall>()) {
    if (answer.token == token) return answer.status;
  }
  return absl::InternalError("the call was not answered");
}

std::vector<v1::TaskStatus> AgentHarness::TakeUpdates() {
  std::vector<v1::TaskStatus> updates;
  Effects rest;
  for (Effect& effect : gathered_) {
    const auto* sent = std::get_if<SendToMaster>(&effect);
    if (sent != nullptr && sent->message->has_status_update()) {
      updates.push_back(sent->message->status_update().status());
    } else {
      rest.push_back(std::move(effect));
    }
  }
  gathered_ = std::move(rest);
  return updates;
}

std::vector<internal::AgentMessage> AgentHarness::TakeMessages() {
  std::vector<internal::AgentMessage> messages;
  for (const SendToMaster& sent : Take<SendToMaster>()) messages.push_back(*sent.message);
  return messages;
}

std::vector<v1::executor::Event> AgentHarness::TakeExecutorEvents() {
  std::vector<v1::executor::Event> events;
  for (const SendToExecutor& sent : Take<SendToExecutor>()) events.push_back(*sent.event);
  return events;
}

}  // namespace mesos::agent
