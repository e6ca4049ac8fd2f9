#include "agent/checkpoint/recovery.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "agent/checkpoint/paths.h"
#include "agent/checkpoint/record_codec.h"
#include "common/base/status_macros.h"
#include "internal/checkpoint.pb.h"

namespace mesos::agent {
namespace {

// An info file of a checkpoint whose sync was never done: nothing that depends on it has happened.
bool IsUnfinished(const absl::Status& status) {
  return absl::IsNotFound(status) || absl::IsOutOfRange(status);
}

bool HasUpdates(const RecoveredExecutor& executor) {
  for (const RecoveredTask& task : executor.tasks) {
    if (!task.updates.empty()) return true;
  }
  return false;
}

void SetNeverLaunched(RecoveredExecutor* executor) {
  executor->completed = true;
  executor->tasks.clear();
}

// Reads one tree. Errors below the agent pass through Skip, which decides whether they are fatal.
class Reader {
 public:
  Reader(FileSystem& fs, const RecoveryOptions& options) : fs_(fs), options_(options) {}

  absl::StatusOr<RecoveredState> Read();

 private:
  std::string Absolute(const std::string& path) const {
    return absl::StrCat(options_.meta_directory, "/", path);
  }

  // The error itself where strict; else OK, and the error stands among the problems.
  absl::Status Skip(const absl::Status& error) {
    if (options_.strict) return error;
    state_.problems.emplace_back(error.message());
    return absl::OkStatus();
  }

  // The names in a directory; none where it is missing.
  absl::StatusOr<std::vector<std::string>> List(const std::string& path);

  template <typename Message>
  absl::StatusOr<Message> ReadMessage(const std::string& path);

  absl::Status ReadBootId();
  absl::Status ReadMachine();
  absl::Status ReadFrameworks();
  absl::StatusOr<RecoveredFramework> ReadFramework(const std::string& framework_id);
  absl::Status ReadExecutor(const std::string& executor_id, RecoveredFramework* framework);
  absl::StatusOr<RecoveredExecutor> ReadRun(const RunId& run);
  absl::StatusOr<RecoveredTask> ReadTask(const RunId& run, const std::string& task_id,
                                         bool* is_command_task);
  absl::Status ReadUpdates(const RunId& run, const std::string& task_id, RecoveredTask* task);

  FileSystem& fs_;
  const RecoveryOptions& options_;
  RecoveredState state_;
  std::string agent_id_;
};

absl::StatusOr<std::vector<std::string>> Reader::List(const std::string& path) {
  absl::StatusOr<std::vector<std::string>> names = fs_.List(Absolute(path));
  if (absl::IsNotFound(names.status())) return std::vector<std::string>();
  return names;
}

template <typename Message>
absl::StatusOr<Message> Reader::ReadMessage(const std::string& path) {
  const std::string absolute = Absolute(path);
  ASSIGN_OR_RETURN(std::string bytes, fs_.Read(absolute));
  ASSIGN_OR_RETURN(absl::string_view record, DecodeSingleRecord(absolute, bytes));
  Message message;
  if (!message.ParseFromArray(record.data(), static_cast<int>(record.size()))) {
    return absl::DataLossError(
        absl::StrCat("'", absolute, "' does not hold a ", message.GetTypeName()));
  }
  if (message.version() != kCheckpointVersion) {
    return absl::FailedPreconditionError(absl::StrCat(
        "'", absolute, "' has version ", message.version(), "; this agent reads version ",
        kCheckpointVersion, ". Start the agent version that wrote it"));
  }
  return message;
}

absl::Status Reader::ReadBootId() {
  absl::StatusOr<std::string> boot_id = fs_.Read(Absolute(meta::BootId()));
  if (absl::IsNotFound(boot_id.status())) return absl::OkStatus();
  RETURN_IF_ERROR(boot_id.status());
  state_.rebooted =
      !options_.boot_id.empty() && absl::StripAsciiWhitespace(*boot_id) != options_.boot_id;
  return absl::OkStatus();
}

absl::Status Reader::ReadMachine() {
  absl::StatusOr<internal::MachineCheckpoint> machine =
      ReadMessage<internal::MachineCheckpoint>(meta::Machine());
  if (IsUnfinished(machine.status())) return absl::OkStatus();
  if (!machine.ok()) return Skip(machine.status());
  state_.machine = {machine->machine_id(), machine->product_id(), machine->work_directory()};
  return absl::OkStatus();
}

absl::StatusOr<RecoveredState> Reader::Read() {
  RETURN_IF_ERROR(ReadBootId());
  RETURN_IF_ERROR(ReadMachine());
  absl::StatusOr<std::string> latest = fs_.ReadLink(Absolute(meta::LatestAgentLink()));
  if (absl::IsNotFound(latest.status())) return std::move(state_);
  RETURN_IF_ERROR(latest.status());
  const size_t slash = latest->find_last_of('/');
  agent_id_ = slash == std::string::npos ? *latest : latest->substr(slash + 1);
  RETURN_IF_ERROR(ValidatePathId("Agent", agent_id_));
  absl::StatusOr<internal::AgentCheckpoint> agent =
      ReadMessage<internal::AgentCheckpoint>(meta::AgentInfo(agent_id_));
  if (IsUnfinished(agent.status()) && !fs_.Exists(Absolute(meta::FrameworksDirectory(agent_id_)))) {
    return std::move(state_);  // the registration was never finished
  }
  RETURN_IF_ERROR(agent.status());
  if (agent->info().id().value() != agent_id_) {
    return absl::DataLossError(absl::StrCat("'", Absolute(meta::AgentInfo(agent_id_)),
                                            "' is that of agent '", agent->info().id().value(),
                                            "'"));
  }
  state_.agent = std::move(*agent->mutable_info());
  RETURN_IF_ERROR(ReadFrameworks());
  return std::move(state_);
}

absl::Status Reader::ReadFrameworks() {
  ASSIGN_OR_RETURN(std::vector<std::string> names, List(meta::FrameworksDirectory(agent_id_)));
  for (const std::string& framework_id : names) {
    absl::StatusOr<RecoveredFramework> framework = ReadFramework(framework_id);
    if (framework.ok()) {
      state_.frameworks.push_back(*std::move(framework));
    } else {
      RETURN_IF_ERROR(Skip(framework.status()));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<RecoveredFramework> Reader::ReadFramework(const std::string& framework_id) {
  RecoveredFramework framework;
  framework.id = framework_id;
  const std::string path = meta::FrameworkInfo(agent_id_, framework_id);
  absl::StatusOr<internal::FrameworkCheckpoint> checkpoint =
      ReadMessage<internal::FrameworkCheckpoint>(path);
  if (checkpoint.ok()) {
    if (checkpoint->info().id().value() != framework_id) {
      return absl::DataLossError(absl::StrCat("'", Absolute(path), "' is that of framework '",
                                              checkpoint->info().id().value(), "'"));
    }
    framework.info = std::move(*checkpoint->mutable_info());
  } else if (!IsUnfinished(checkpoint.status())) {
    return checkpoint.status();
  }
  ASSIGN_OR_RETURN(std::vector<std::string> executors,
                   List(meta::ExecutorsDirectory(agent_id_, framework_id)));
  for (const std::string& executor_id : executors) {
    const absl::Status status = ReadExecutor(executor_id, &framework);
    if (!status.ok()) RETURN_IF_ERROR(Skip(status));
  }
  if (framework.info.has_value()) return framework;
  for (RecoveredExecutor& executor : framework.executors) {
    if (HasUpdates(executor)) return checkpoint.status();
    if (!executor.completed) SetNeverLaunched(&executor);
  }
  return framework;
}

absl::Status Reader::ReadExecutor(const std::string& executor_id, RecoveredFramework* framework) {
  const std::string& framework_id = framework->id;
  absl::StatusOr<internal::ExecutorCheckpoint> checkpoint =
      ReadMessage<internal::ExecutorCheckpoint>(
          meta::ExecutorInfo(agent_id_, framework_id, executor_id));
  const bool has_info = checkpoint.ok();
  if (!has_info && !IsUnfinished(checkpoint.status())) return checkpoint.status();
  ASSIGN_OR_RETURN(std::vector<std::string> runs,
                   List(meta::RunsDirectory(agent_id_, framework_id, executor_id)));
  for (const std::string& container_id : runs) {
    if (container_id == "latest") continue;
    const RunId run{agent_id_, framework_id, executor_id, container_id};
    absl::StatusOr<RecoveredExecutor> executor = ReadRun(run);
    if (!executor.ok()) {
      RETURN_IF_ERROR(Skip(executor.status()));
      continue;
    }
    if (!executor->completed && !executor->is_command_task) {
      if (has_info) {
        executor->info = checkpoint->info();
        executor->token = checkpoint->token();
      } else if (HasUpdates(*executor)) {
        RETURN_IF_ERROR(Skip(checkpoint.status()));
        continue;
      } else {
        SetNeverLaunched(&*executor);
      }
    }
    framework->executors.push_back(*std::move(executor));
  }
  return absl::OkStatus();
}

absl::StatusOr<RecoveredExecutor> Reader::ReadRun(const RunId& run) {
  RecoveredExecutor executor;
  executor.executor_id = run.executor_id;
  executor.container_id = run.container_id;
  if (fs_.Exists(Absolute(meta::Sentinel(run)))) {
    executor.completed = true;
    executor.has_sentinel = true;
    executor.ended_at = DecodeEnd(fs_.Read(Absolute(meta::Sentinel(run))).value_or(""));
    return executor;
  }
  ASSIGN_OR_RETURN(std::vector<std::string> tasks, List(meta::TasksDirectory(run)));
  for (const std::string& task_id : tasks) {
    bool is_command_task = false;
    absl::StatusOr<RecoveredTask> task = ReadTask(run, task_id, &is_command_task);
    if (IsUnfinished(task.status()) && !fs_.Exists(Absolute(meta::TaskUpdates(run, task_id)))) {
      continue;  // never launched
    }
    if (!task.ok()) {
      RETURN_IF_ERROR(Skip(task.status()));
      continue;
    }
    executor.is_command_task = executor.is_command_task || is_command_task;
    executor.tasks.push_back(*std::move(task));
  }
  // A run without a task that was written in full never launched anything.
  if (executor.tasks.empty()) executor.completed = true;
  return executor;
}

absl::StatusOr<RecoveredTask> Reader::ReadTask(const RunId& run, const std::string& task_id,
                                               bool* is_command_task) {
  RecoveredTask task;
  const std::string path = meta::TaskInfo(run, task_id);
  ASSIGN_OR_RETURN(internal::TaskCheckpoint checkpoint,
                   ReadMessage<internal::TaskCheckpoint>(path));
  if (checkpoint.info().task_id().value() != task_id) {
    return absl::DataLossError(absl::StrCat("'", Absolute(path), "' is that of task '",
                                            checkpoint.info().task_id().value(), "'"));
  }
  *is_command_task = !checkpoint.info().has_executor();
  task.info = std::move(*checkpoint.mutable_info());
  task.launched_at = absl::FromUnixNanos(checkpoint.launched_at_nanoseconds());
  RETURN_IF_ERROR(ReadUpdates(run, task_id, &task));
  return task;
}

absl::Status Reader::ReadUpdates(const RunId& run, const std::string& task_id,
                                 RecoveredTask* task) {
  const std::string path = Absolute(meta::TaskUpdates(run, task_id));
  absl::StatusOr<std::string> bytes = fs_.Read(path);
  if (absl::IsNotFound(bytes.status())) return absl::OkStatus();
  RETURN_IF_ERROR(bytes.status());
  ASSIGN_OR_RETURN(DecodedRecords decoded, DecodeRecords(path, *bytes));
  for (const absl::string_view bytes_of_record : decoded.records) {
    internal::StatusUpdateRecord record;
    if (!record.ParseFromArray(bytes_of_record.data(), static_cast<int>(bytes_of_record.size()))) {
      return absl::DataLossError(absl::StrCat("'", path, "' holds a record that is not an update"));
    }
    switch (record.kind_case()) {
      case internal::StatusUpdateRecord::kUpdate:
        task->updates.push_back(std::move(*record.mutable_update()));
        break;
      case internal::StatusUpdateRecord::kAcknowledgedUuid:
        task->acknowledged_uuids.push_back(record.acknowledged_uuid());
        break;
      case internal::StatusUpdateRecord::kKillRequested:
        task->kill_requested = true;
        break;
      case internal::StatusUpdateRecord::KIND_NOT_SET:
        return absl::DataLossError(
            absl::StrCat("'", path, "' holds a record of a kind that this agent does not know"));
    }
  }
  return decoded.torn ? fs_.Truncate(path, decoded.valid_bytes) : absl::OkStatus();
}

}  // namespace

absl::StatusOr<RecoveredState> Recover(FileSystem& fs, const RecoveryOptions& options) {
  return Reader(fs, options).Read();
}

}  // namespace mesos::agent
