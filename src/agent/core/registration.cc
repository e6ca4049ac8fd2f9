#include "agent/core/registration.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "agent/checkpoint/record_codec.h"
#include "agent/core/task_status.h"
#include "agent/core/task_updates.h"
#include "common/base/limits.h"
#include "glog/logging.h"
#include "internal/checkpoint.pb.h"

namespace mesos::agent {
namespace {

// A master that does not answer a registration for this long is not the leader, or stuck.
constexpr absl::Duration kAnswerLimit = absl::Seconds(15);
constexpr absl::Duration kInfoRetry = absl::Seconds(1);
constexpr absl::Duration kMinimumPingTimeout = absl::Seconds(1);

template <typename Message>
void AddCapabilities(Message* message) {
  for (const auto type : AgentCapabilities()) message->add_capabilities()->set_type(type);
}

v1::Task TaskToReturn(Core& core, const TaskKey& key, const Executor& executor, const Task& task) {
  const StatusUpdatePtr in_flight = core.updates.InFlight(key);
  v1::Task told = RenderTask(executor, task, core.agent_id(), in_flight.get());
  // Nothing is on disk of what happened (a full disk), so nothing was told: without this the
  // master would answer with the latest state, ahead of the updates that lead there.
  if (in_flight == nullptr) told.set_status_update_state(v1::TASK_STAGING);
  // The master keeps none of it, and it may be large.
  for (v1::TaskStatus& status : *told.mutable_statuses()) status.clear_data();
  return told;
}

// What an agent returns with, cut into parts where it is large.
class ReturnParts {
 public:
  using Message = std::shared_ptr<internal::AgentMessage>;

  void Add(v1::Task task) { *Room(task.ByteSizeLong()).add_tasks() = std::move(task); }
  void Add(const v1::ExecutorInfo& executor) {
    *Room(executor.ByteSizeLong()).add_executors() = executor;
  }
  void Add(const v1::FrameworkInfo& framework) {
    *Room(framework.ByteSizeLong()).add_frameworks() = framework;
  }

  // What is to be sent before, and the last of it in `out`.
  std::vector<Message> Finish(internal::ReregisterAgent* out) {
    if (part_ != nullptr) {
      internal::ReregistrationPart& last = *part_->mutable_reregistration_part();
      out->mutable_tasks()->Swap(last.mutable_tasks());
      out->mutable_executors()->Swap(last.mutable_executors());
      out->mutable_frameworks()->Swap(last.mutable_frameworks());
    }
    return std::move(full_);
  }

 private:
  internal::ReregistrationPart& Room(size_t bytes) {
    if (part_ != nullptr && bytes_ + bytes > limits::kPartBytes) full_.push_back(std::move(part_));
    if (part_ == nullptr) {
      part_ = std::make_shared<internal::AgentMessage>();
      bytes_ = 0;
    }
    bytes_ += bytes;
    return *part_->mutable_reregistration_part();
  }

  std::vector<Message> full_;
  Message part_;
  size_t bytes_ = 0;
};

// Everything that runs here, or has ended without the scheduler knowing it.
void SendReregistration(Core& core, SessionId link) {
  ReturnParts parts;
  for (const auto& [framework_id, framework] : core.table.frameworks()) {
    // Of one that a master has shut down nothing is told any more, and while it ends here others
    // may have been given what it had.
    if (framework.idle() || framework.terminating) continue;
    parts.Add(*framework.info);
    for (const auto& [executor_id, executor] : framework.executors) {
      if (!executor.is_command_task && executor.alive()) parts.Add(*executor.info);
      for (const auto& [task_id, task] : executor.tasks) {
        parts.Add(TaskToReturn(core, TaskKey{framework_id, task_id}, executor, task));
      }
    }
  }
  auto message = std::make_shared<internal::AgentMessage>();
  internal::ReregisterAgent& registration = *message->mutable_reregister_agent();
  for (ReturnParts::Message& part : parts.Finish(&registration)) {
    core.Push(SendToMaster{link, std::move(part)});
  }
  *registration.mutable_info() = *core.info;
  registration.set_version(core.options.version);
  AddCapabilities(&registration);
  core.Push(SendToMaster{link, std::move(message)});
}

// A master that does not tell is one of an earlier version: as Mesos' agents do, then.
template <typename Message>
void SetReturnSpread(Core& core, const Message& message) {
  core.return_spread = message.has_return_spread_milliseconds()
                           ? std::clamp(absl::Milliseconds(message.return_spread_milliseconds()),
                                        absl::ZeroDuration(), limits::kMaxReturnSpread)
                           : core.options.registration_backoff_factor;
  core.master.set_return_spread(core.return_spread);
}

template <typename Message>
void Settled(Core& core, const Message& message) {
  core.registered = true;
  core.master_hostname = message.master().hostname();
  core.master.Settled(core.now);
  SetReturnSpread(core, message);
  core.master.set_silence_limit(
      std::max(kMinimumPingTimeout, absl::Milliseconds(message.ping_timeout_milliseconds())));
  core.master.Heard(core.now, core.master.session());
  core.updates.Resume(core.now);
}

void LinkLost(Core& core) {
  if (core.registered) core.updates.Pause();
  core.registered = false;
}

// The master knows this task here, and was not told of it.
void ReconcileWithMaster(Core& core, const internal::ReconcileTask& task) {
  const TaskKey key{task.framework_id().value(), task.task_id().value()};
  if (core.updates.Has(key) || core.table.FindTask(key.framework_id, key.task_id)) return;
  const Framework* framework = core.table.Find(key.framework_id);
  // Of a framework that is not known here, the master knows what it understands.
  UpdateUnknownTask(core, key.framework_id, key.task_id, "",
                    AgentStatus(framework == nullptr ? v1::TASK_DROPPED : DroppedState(*framework),
                                v1::TaskStatus::REASON_RECONCILIATION,
                                "Reconciliation: Task is unknown to the agent"));
}

}  // namespace

std::vector<v1::AgentInfo::Capability::Type> AgentCapabilities() {
  using Capability = v1::AgentInfo::Capability;
  return {Capability::MULTI_ROLE, Capability::HIERARCHICAL_ROLE,
          Capability::RESERVATION_REFINEMENT};
}

void DialMaster(Core& core) {
  core.master.set_silence_limit(kAnswerLimit);
  const absl::Duration first_retry = std::max(
      std::min(kFirstDialWait, core.options.registration_backoff_factor), core.return_spread);
  core.Push(OpenMasterLink{
      .link = core.master.Dial(core.now),
      .wait_after_election = core.random.Jitter(core.return_spread),
      .first_retry = first_retry / 2 + core.random.Jitter(first_retry / 2),
      .last_retry = std::max(core.options.registration_backoff_factor, core.return_spread)});
}

void OnLinkOpened(Core& core, const MasterLinkOpened& event) {
  if (!core.master.Opened(core.now, event.link)) return;
  if (core.has_id) {
    SendReregistration(core, event.link);
    return;
  }
  auto message = std::make_shared<internal::AgentMessage>();
  internal::RegisterAgent& registration = *message->mutable_register_agent();
  *registration.mutable_info() = *core.info;
  registration.set_version(core.options.version);
  AddCapabilities(&registration);
  core.Push(SendToMaster{event.link, std::move(message)});
}

void OnLinkClosed(Core& core, const MasterLinkClosed& event) {
  if (!core.master.Closed(core.now, event.link)) return;
  if (core.registered) {
    LOG(WARNING) << "Lost the master: " << event.reason;
  } else {
    LOG(INFO) << "Cannot reach the master yet: " << event.reason;
  }
  LinkLost(core);
}

void OnLinkDue(Core& core) {
  while (true) {
    const ConnectionKeeper::Due due = core.master.PopDue(core.now);
    switch (due.action) {
      case ConnectionKeeper::Action::kNothing:
        return;
      case ConnectionKeeper::Action::kDial:
        DialMaster(core);
        break;
      case ConnectionKeeper::Action::kGiveUp:
        LOG(WARNING) << "The master is silent, dialing again";
        LinkLost(core);
        core.Push(CloseMasterLink{due.session});
        break;
    }
  }
}

void WriteAgentInfo(Core& core) {
  if (core.info_on_disk || core.ending.has_value()) return;
  internal::AgentCheckpoint checkpoint;
  checkpoint.set_version(kCheckpointVersion);
  *checkpoint.mutable_info() = *core.info;
  core.WriteMessage(meta::AgentInfo(core.agent_id()), checkpoint);
  core.Write({CheckpointWrite::Kind::kSymlink, meta::LatestAgentLink(), core.agent_id()});
  core.info_token = core.next_token;
}

void OnAgentInfoCheckpointed(Core& core, const absl::Status& status) {
  core.info_on_disk = core.info_on_disk || status.ok();
  if (core.info_on_disk || core.ending.has_value()) return;
  // Without it a restart is a new agent. Until it is there no task is launched, so none can be
  // lost.
  LOG(ERROR) << "Cannot write the id of agent=" << core.agent_id() << ", trying again: " << status;
  core.deadlines.Arm(core.now + kInfoRetry, AgentInfoDue{});
}

void OnRegistered(Core& core, const internal::AgentRegistered& message) {
  const std::string& id = message.agent_id().value();
  if (core.registered) return;
  if (core.has_id && id != core.agent_id()) {
    core.Push(Exit{absl::FailedPreconditionError(
        absl::StrCat("Registered as agent '", id, "' while being agent '", core.agent_id(), "'"))});
    return;
  }
  if (const absl::Status valid = ValidatePathId("Agent", id); !valid.ok()) {
    core.Push(Exit{valid});
    return;
  }
  LOG(INFO) << "Registered with master " << message.master().hostname() << " agent=" << id;
  if (!core.has_id) {
    auto info = std::make_shared<v1::AgentInfo>(*core.info);
    info->mutable_id()->set_value(id);
    core.info = std::move(info);
    core.has_id = true;
    WriteAgentInfo(core);
  }
  Settled(core, message);
}

void OnReregistered(Core& core, const internal::AgentReregistered& message) {
  if (core.registered) return;
  if (!core.has_id || message.agent_id().value() != core.agent_id()) {
    core.Push(Exit{absl::FailedPreconditionError(
        absl::StrCat("Reregistered as agent '", message.agent_id().value(), "' while being agent '",
                     core.agent_id(), "'"))});
    return;
  }
  LOG(INFO) << "Reregistered with master " << message.master().hostname()
            << " agent=" << core.agent_id();
  Settled(core, message);
  for (const internal::ReconcileTask& task : message.reconcile()) ReconcileWithMaster(core, task);
}

void OnReconcileTasks(Core& core, const internal::ReconcileTasks& message) {
  for (const internal::ReconcileTask& task : message.tasks()) ReconcileWithMaster(core, task);
}

void OnPing(Core& core, const internal::Ping& ping) {
  SetReturnSpread(core, ping);
  internal::AgentMessage message;
  message.mutable_pong()->set_sequence(ping.sequence());
  core.SendToMaster(std::move(message));
}

}  // namespace mesos::agent
