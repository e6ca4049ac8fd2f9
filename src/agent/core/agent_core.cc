#include "agent/core/agent_core.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/core/checks.h"
#include "agent/core/containers.h"
#include "agent/core/core.h"
#include "agent/core/executor_sessions.h"
#include "agent/core/invariants.h"
#include "agent/core/kills.h"
#include "agent/core/launching.h"
#include "agent/core/registration.h"
#include "agent/core/removals.h"
#include "agent/core/restore.h"
#include "agent/core/snapshot.h"
#include "agent/core/task_updates.h"
#include "common/messages/unknown_fields.h"
#include "glog/logging.h"
#include "mesos/v1/executor/executor.pb.h"

namespace mesos::agent {
namespace {

void HandleRegistered(Core& core, const internal::MasterMessage& message) {
  using Kind = internal::MasterMessage::KindCase;
  switch (message.kind_case()) {
    case Kind::kRunTasks:
      RunTasks(core, message.run_tasks());
      return;
    case Kind::kKillTask:
      KillTask(core, message.kill_task());
      return;
    case Kind::kShutdownExecutor: {
      const internal::ShutdownExecutor& shutdown = message.shutdown_executor();
      Executor* executor =
          core.table.FindExecutor(shutdown.framework_id().value(), shutdown.executor_id().value());
      if (executor == nullptr) return;
      ShutdownExecutor(
          core, *executor,
          {v1::TaskStatus::REASON_EXECUTOR_TERMINATED, "Executor was shut down by its framework"});
      return;
    }
    case Kind::kShutdownFramework:
      ShutdownFramework(core, message.shutdown_framework().framework_id().value());
      return;
    case Kind::kUpdateFramework:
      UpdateFramework(core, message.update_framework());
      return;
    case Kind::kAcknowledge:
      Acknowledge(core, message.acknowledge());
      return;
    case Kind::kFrameworkMessage:
      SendMessageToExecutor(core, message.framework_message());
      return;
    case Kind::kReconcileTasks:
      OnReconcileTasks(core, message.reconcile_tasks());
      return;
    case Kind::kPing:
      OnPing(core, message.ping());
      return;
    case Kind::kRegistered:
    case Kind::kReregistered:
    case Kind::kShutdown:
    case Kind::KIND_NOT_SET:
      return;
  }
}

struct EventHandler {
  Core& core;

  void operator()(const MasterLinkOpened& event) { OnLinkOpened(core, event); }
  void operator()(const MasterLinkClosed& event) { OnLinkClosed(core, event); }

  void operator()(const MasterMessageReceived& event) {
    if (!core.master.Heard(core.now, event.link)) return;
    const internal::MasterMessage& message = *event.message;
    if (message.has_registered()) return OnRegistered(core, message.registered());
    if (message.has_reregistered()) return OnReregistered(core, message.reregistered());
    if (message.has_shutdown()) {
      LOG(ERROR) << "The master shuts this agent down: " << message.shutdown().message();
      BeginEnding(core,
                  absl::AbortedError(absl::StrCat("The master shut this agent down: ",
                                                  message.shutdown().message())),
                  /*unregister=*/false);
      return;
    }
    if (core.registered) HandleRegistered(core, message);
  }

  void operator()(const ExecutorCallReceived& event) { OnExecutorCall(core, event); }
  void operator()(const ExecutorSessionClosed& event) { OnExecutorSessionClosed(core, event); }
  void operator()(const ContainerStarted& event) { OnContainerStarted(core, event); }
  void operator()(const ContainerExited& event) { OnContainerExited(core, event); }
  void operator()(const CheckFinished& event) { OnCheckFinished(core, event); }
  void operator()(const DiskMeasured& event) { OnDiskMeasured(core, event); }

  void operator()(const CheckpointDone& event) {
    if (!event.status.ok()) {
      ++core.stats.checkpoints_failed;
      LOG(ERROR) << "Cannot write the checkpoint: " << event.status;
    }
    AcknowledgeToExecutors(core,
                           core.updates.CheckpointDone(core.now, event.token, event.status.ok()));
    if (event.token == core.info_token) OnAgentInfoCheckpointed(core, event.status);
    auto awaited = core.awaited.extract(event.token);
    if (awaited.empty()) return;
    for (const PendingLaunch& launch : awaited.mapped().launches) {
      OnTaskCheckpointed(core, launch, event.token, event.status);
    }
    if (awaited.mapped().ending) Leave(event.status);
  }

  void operator()(const ShutdownRequested& event) {
    LOG(INFO) << "Asked to shut down: " << event.message;
    BeginEnding(core, absl::OkStatus(), /*unregister=*/true);
  }

  void operator()(const Tick&) {
    OnLinkDue(core);
    core.updates.Tick(core.now);
    while (std::optional<Timer> due = core.deadlines.PopDue(core.now)) std::visit(*this, *due);
    RemoveDue(core);
  }

  void operator()(const ExecutorRegistrationDue& due) { OnExecutorRegistrationDue(core, due); }
  void operator()(const ExecutorReregistrationDue& due) { OnExecutorReregistrationDue(core, due); }
  void operator()(const ExecutorGraceDue& due) { OnExecutorGraceDue(core, due); }
  void operator()(const TaskCompletionDue& due) { OnTaskCompletionDue(core, due); }
  void operator()(const CheckDue& due) { OnCheckDue(core, due); }

  void operator()(const AgentInfoDue&) { WriteAgentInfo(core); }
  void operator()(const DiskWatchDue&) { core.Push(MeasureDisk{}); }

  void operator()(const ExitAnywayDue&) {
    LOG(ERROR) << "Some containers have not ended in time; exiting all the same";
    Leave(absl::DeadlineExceededError("some containers have not ended in time"));
  }

  void Leave(const absl::Status& last_step) {
    if (!core.ending.has_value() || core.ending->left) return;
    core.ending->left = true;
    if (core.ending->unregister && core.registered) {
      internal::AgentMessage message;
      message.mutable_unregister_agent();
      core.SendToMaster(std::move(message));
    }
    core.registered = false;
    core.updates.Pause();
    core.master.Stop();
    core.Push(Exit{core.ending->status.ok() ? last_step : core.ending->status});
  }
};

}  // namespace

class AgentCore::Impl {
 public:
  Impl(AgentOptions options, RecoveredState recovered, uint64_t seed)
      : core_(std::move(options), seed), recovered_(std::move(recovered)) {}

  Effects Start(absl::Time now) {
    core_.now = now;
    Restore(core_, std::exchange(recovered_, {}));
    if (core_.options.cleanup) {
      BeginEnding(core_, absl::OkStatus(), /*unregister=*/false);
    } else {
      DialMaster(core_);
      core_.Push(MeasureDisk{});
    }
    return core_.Finish();
  }

  Effects Handle(absl::Time now, const Event& event) {
    core_.now = now;
    std::visit(EventHandler{core_}, event);
    return core_.Finish();
  }

  const Core& core() const { return core_; }

 private:
  Core core_;
  RecoveredState recovered_;
};

AgentCore::AgentCore(AgentOptions options, RecoveredState recovered, uint64_t seed)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(recovered), seed)) {}

AgentCore::~AgentCore() = default;

Effects AgentCore::Start(absl::Time now) { return impl_->Start(now); }

Effects AgentCore::Handle(absl::Time now, Event event) {
  if (auto* received = std::get_if<ExecutorCallReceived>(&event)) {
    received->call = WithoutUnknownFields(std::move(received->call));
  }
  return impl_->Handle(now, event);
}

absl::Time AgentCore::NextDeadline() const {
  const Core& core = impl_->core();
  return std::min({core.master.Next(), core.updates.NextDeadline(), core.deadlines.Next(),
                   core.garbage.NextDeadline()});
}

AgentStats AgentCore::Stats() const {
  const Core& core = impl_->core();
  AgentStats stats = core.stats;
  stats.registered = core.registered;
  for (const auto& [id, framework] : core.table.frameworks()) {
    if (!framework.idle()) ++stats.frameworks;
    stats.executors += framework.executors.size();
  }
  stats.tasks = core.table.tasks();
  stats.pending_updates = core.updates.pending();
  stats.pending_update_bytes = core.updates.pending_bytes();
  stats.scheduled_removals = core.garbage.size();
  stats.pruned_removals = core.garbage.pruned();
  return stats;
}

ContainerPlace AgentCore::ContainerOf(const std::string& framework_id,
                                      const std::string& executor_id) const {
  const Core& core = impl_->core();
  auto framework = core.table.frameworks().find(framework_id);
  if (framework == core.table.frameworks().end()) return {};
  auto executor = framework->second.executors.find(executor_id);
  if (executor == framework->second.executors.end() || executor->second.is_command_task ||
      !executor->second.has_container) {
    return {};
  }
  const std::string& id = executor->second.container_id;
  return {id, ContainerRuntimeDirectory(core.options.runtime_directory, id)};
}

std::shared_ptr<const Snapshot> AgentCore::TakeSnapshot(absl::Time now) const {
  const Core& core = impl_->core();
  auto snapshot = std::make_shared<agent::Snapshot>();
  snapshot->taken_at = now;
  snapshot->info = core.info;
  snapshot->capabilities = AgentCapabilities();
  snapshot->master_hostname = core.master_hostname;
  snapshot->frameworks = core.table.frameworks();
  for (const auto& [framework_id, framework] : core.table.frameworks()) {
    for (const auto& [executor_id, executor] : framework.executors) {
      for (const auto& [task_id, task] : executor.tasks) {
        TaskKey key{framework_id, task_id};
        if (StatusUpdatePtr update = core.updates.InFlight(key); update != nullptr) {
          snapshot->in_flight.emplace(std::move(key), std::move(update));
        }
      }
    }
  }
  snapshot->stats = Stats();
  return snapshot;
}

std::string AgentCore::CheckInvariants() const { return CheckCoreInvariants(impl_->core()); }

}  // namespace mesos::agent
