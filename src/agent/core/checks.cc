#include "agent/core/checks.h"

#include <sys/wait.h>

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "agent/core/container_spec.h"
#include "agent/core/kills.h"
#include "agent/core/task_status.h"
#include "agent/core/task_updates.h"
#include "glog/logging.h"

namespace mesos::agent {
namespace {

// A check without an interval must not keep the machine busy.
constexpr absl::Duration kMinimumInterval = absl::Milliseconds(100);

// A scheduler that is away for a week must not find a week of outcomes.
constexpr size_t kMaxWaitingUpdates = 16;

struct Timing {
  absl::Duration delay;
  absl::Duration interval;
  absl::Duration timeout;
};

template <typename Check>
Timing TimingOf(const Check& check) {
  const absl::Duration timeout = absl::Seconds(check.timeout_seconds());
  return {absl::Seconds(check.delay_seconds()),
          std::max(kMinimumInterval, absl::Seconds(check.interval_seconds())),
          timeout > absl::ZeroDuration() ? timeout : absl::InfiniteDuration()};
}

Timing TimingOf(const Task& task, CheckKind kind) {
  return kind == CheckKind::kCheck ? TimingOf(task.info->check())
                                   : TimingOf(task.info->health_check());
}

TaskCheck& StateOf(Task& task, CheckKind kind) {
  return kind == CheckKind::kCheck ? task.check : task.health_check;
}

// What comes of one run of a check.
struct Outcome {
  bool healthy = false;
  v1::CheckStatusInfo info;
  std::string failure;  // why it is not healthy, for the log
};

// ---- What to run

std::string LoopbackAddress(v1::NetworkInfo::Protocol protocol) {
  return protocol == v1::NetworkInfo::IPv6 ? "::1" : "127.0.0.1";
}

ProcessProbe RequestProbe(ContainerSpec spec, const std::string& scheme, const std::string& host,
                          uint32_t port, const std::string& path) {
  spec.shell = false;
  spec.command = "curl";
  spec.arguments = {"curl",
                    "-q",
                    "-s",
                    "-S",
                    "-L",
                    "-k",
                    "-g",
                    "--noproxy",
                    "*",
                    "-w",
                    "%{http_code}",
                    "-o",
                    "/dev/null",
                    absl::StrCat(scheme, "://", host, ":", port, path)};
  spec.environment = {{"PATH", kDefaultPath}};  // what is sought there is ours, not the task's
  return {std::move(spec), /*take_output=*/true};
}

ConnectionProbe PortProbe(const std::string& ip, uint32_t port) {
  return {ip, static_cast<uint16_t>(port <= UINT16_MAX ? port : 0)};
}

std::variant<ProcessProbe, ConnectionProbe> MakeProbe(const Core& core, const Framework& framework,
                                                      const Executor& executor,
                                                      const v1::CheckInfo& check) {
  if (check.has_tcp() && check.type() == v1::CheckInfo::TCP) {
    return PortProbe(LoopbackAddress(v1::NetworkInfo::IPv4), check.tcp().port());
  }
  ContainerSpec spec = MakeCheckSpec(core, framework, executor, check.command().command());
  if (check.type() != v1::CheckInfo::HTTP) return ProcessProbe{std::move(spec)};
  return RequestProbe(std::move(spec), "http", "127.0.0.1", check.http().port(),
                      check.http().path());
}

std::variant<ProcessProbe, ConnectionProbe> MakeProbe(const Core& core, const Framework& framework,
                                                      const Executor& executor,
                                                      const v1::HealthCheck& check) {
  if (check.type() == v1::HealthCheck::TCP) {
    return PortProbe(LoopbackAddress(check.tcp().protocol()), check.tcp().port());
  }
  ContainerSpec spec = MakeCheckSpec(core, framework, executor, check.command());
  if (check.type() != v1::HealthCheck::HTTP) return ProcessProbe{std::move(spec)};
  const v1::HealthCheck::HTTPCheckInfo& http = check.http();
  const std::string host = LoopbackAddress(http.protocol());
  return RequestProbe(std::move(spec), http.has_scheme() ? http.scheme() : "http",
                      host == "::1" ? "[::1]" : host, http.port(), http.path());
}

// ---- What came of it

v1::CheckStatusInfo EmptyStatus(v1::CheckInfo::Type type) {
  v1::CheckStatusInfo info;
  info.set_type(type);
  switch (type) {
    case v1::CheckInfo::COMMAND:
      info.mutable_command();
      break;
    case v1::CheckInfo::HTTP:
      info.mutable_http();
      break;
    case v1::CheckInfo::TCP:
      info.mutable_tcp();
      break;
    case v1::CheckInfo::UNKNOWN:
      break;
  }
  return info;
}

// The types of HealthCheck are those of CheckInfo, with the same numbers.
v1::CheckInfo::Type TypeOf(const Task& task, CheckKind kind) {
  return kind == CheckKind::kCheck
             ? task.info->check().type()
             : static_cast<v1::CheckInfo::Type>(task.info->health_check().type());
}

Outcome Unfinished(v1::CheckInfo::Type type, std::string why) {
  return {false, EmptyStatus(type), std::move(why)};
}

Outcome OutcomeOf(v1::CheckInfo::Type type, const CheckFinished& event) {
  if (!event.status.ok()) return Unfinished(type, std::string(event.status.status().message()));
  Outcome outcome = Unfinished(type, "");
  const int32_t status = *event.status;
  switch (type) {
    case v1::CheckInfo::COMMAND:
      outcome.healthy = ExitedWithZero(status);
      if (WIFEXITED(status)) outcome.info.mutable_command()->set_exit_code(WEXITSTATUS(status));
      outcome.failure = absl::StrCat("its command ", DescribeWaitStatus(status));
      break;
    case v1::CheckInfo::HTTP: {
      uint32_t code = 0;
      if (!ExitedWithZero(status) || !absl::SimpleAtoi(event.output, &code)) {
        outcome.failure = absl::StrCat("curl ", DescribeWaitStatus(status));
        break;
      }
      outcome.healthy = code >= 200 && code < 400;
      outcome.info.mutable_http()->set_status_code(code);
      outcome.failure = absl::StrCat("HTTP status ", code);
      break;
    }
    case v1::CheckInfo::TCP:
      outcome.healthy = status == 0;
      outcome.info.mutable_tcp()->set_succeeded(status == 0);
      outcome.failure = "no connection";
      break;
    case v1::CheckInfo::UNKNOWN:
      break;
  }
  return outcome;
}

const v1::TaskStatus* LastStatus(const Task& task) {
  return task.statuses.empty() ? nullptr : task.statuses.back().get();
}

// False where too many wait already.
bool Tell(Core& core, const FrameworkTable::TaskRef& ref, v1::TaskStatus::Reason reason,
          v1::TaskStatus status) {
  if (core.updates.pending({ref.executor->framework_id, ref.task->id()}) >= kMaxWaitingUpdates) {
    return false;
  }
  status.set_reason(reason);
  UpdateTask(core, *ref.framework, *ref.executor, *ref.task, std::move(status));
  return true;
}

void TellCheck(Core& core, const FrameworkTable::TaskRef& ref, const Outcome& outcome) {
  v1::TaskStatus status = CommandStatus(ref.task->state);
  AddCheckStatus(*ref.task, &status);
  if (status.check_status().SerializeAsString() == outcome.info.SerializeAsString()) return;
  *status.mutable_check_status() = outcome.info;
  const v1::TaskStatus* last = LastStatus(*ref.task);
  if (last != nullptr && last->has_healthy()) status.set_healthy(last->healthy());
  Tell(core, ref, v1::TaskStatus::REASON_TASK_CHECK_STATUS_UPDATED, std::move(status));
}

v1::TaskStatus HealthStatus(const Task& task, bool healthy) {
  v1::TaskStatus status = CommandStatus(task.state);
  status.set_healthy(healthy);
  return status;
}

void TellHealth(Core& core, const FrameworkTable::TaskRef& ref, bool healthy) {
  Tell(core, ref, v1::TaskStatus::REASON_TASK_HEALTH_CHECK_STATUS_UPDATED,
       HealthStatus(*ref.task, healthy));
}

// However many wait: a restarted agent knows by this one why the task was killed.
void TellLastHealth(Core& core, const FrameworkTable::TaskRef& ref) {
  v1::TaskStatus status = HealthStatus(*ref.task, false);
  status.set_reason(v1::TaskStatus::REASON_TASK_HEALTH_CHECK_STATUS_UPDATED);
  UpdateTask(core, *ref.framework, *ref.executor, *ref.task, std::move(status));
}

void TakeHealth(Core& core, const FrameworkTable::TaskRef& ref, const Outcome& outcome) {
  Task& task = *ref.task;
  TaskCheck& state = task.health_check;
  if (outcome.healthy) {
    const v1::TaskStatus* last = LastStatus(task);
    const bool known = last != nullptr && last->has_healthy() && last->healthy();
    state.passed = true;
    state.consecutive_failures = 0;
    if (!known) TellHealth(core, ref, true);
    return;
  }
  const v1::HealthCheck& check = task.info->health_check();
  if (!state.passed && core.now <= state.started + absl::Seconds(check.grace_period_seconds())) {
    return;
  }
  ++state.consecutive_failures;
  LOG(WARNING) << "Health check failed task=" << task.id()
               << " framework=" << ref.executor->framework_id
               << " times=" << state.consecutive_failures << ": " << outcome.failure;
  if (state.consecutive_failures < check.consecutive_failures()) {
    TellHealth(core, ref, false);
    return;
  }
  TellLastHealth(core, ref);
  task.unhealthy = true;
  KillCommandTask(core, *ref.executor, std::nullopt);
}

// ---- The machine

void ArmNext(Core& core, const Executor& executor, Task& task, CheckKind kind, absl::Time when) {
  StateOf(task, kind).deadline =
      core.deadlines.Arm(when, CheckDue{{executor.framework_id, task.id()}, kind});
}

void Start(Core& core, const Executor& executor, Task& task, CheckKind kind, absl::Time started) {
  TaskCheck& state = StateOf(task, kind);
  if (state.active) return;
  const Timing timing = TimingOf(task, kind);
  state.active = true;
  state.started = started;
  absl::Time first = started + timing.delay;
  // After a restart the checks of all tasks would come at once.
  if (first < core.now) first = core.now + core.random.Jitter(timing.interval);
  ArmNext(core, executor, task, kind, first);
}

void Stop(Core& core, TaskCheck& state) {
  core.deadlines.Cancel(state.deadline);
  if (state.running != CheckToken::kNone) {
    core.running_checks.erase(state.running);
    core.Push(CancelCheck{state.running});
  }
  state.active = false;
  state.deadline = DeadlineId::kNone;
  state.running = CheckToken::kNone;
}

void RunOnce(Core& core, const FrameworkTable::TaskRef& ref, const CheckDue& due) {
  TaskCheck& state = StateOf(*ref.task, due.kind);
  core.last_check = CheckToken{static_cast<uint64_t>(core.last_check) + 1};
  state.running = core.last_check;
  core.running_checks.emplace(state.running, due);
  core.Push(RunCheck{
      state.running,
      due.kind == CheckKind::kCheck
          ? MakeProbe(core, *ref.framework, *ref.executor, ref.task->info->check())
          : MakeProbe(core, *ref.framework, *ref.executor, ref.task->info->health_check())});
  ArmNext(core, *ref.executor, *ref.task, due.kind,
          core.now + TimingOf(*ref.task, due.kind).timeout);
}

void Take(Core& core, const FrameworkTable::TaskRef& ref, CheckKind kind, const Outcome& outcome) {
  TaskCheck& state = StateOf(*ref.task, kind);
  state.running = CheckToken::kNone;
  ArmNext(core, *ref.executor, *ref.task, kind, core.now + TimingOf(*ref.task, kind).interval);
  if (kind == CheckKind::kCheck) {
    TellCheck(core, ref, outcome);
  } else {
    TakeHealth(core, ref, outcome);
  }
}

}  // namespace

void StartChecks(Core& core, const Executor& executor, Task& task, absl::Time started) {
  if (task.info->has_check()) Start(core, executor, task, CheckKind::kCheck, started);
  if (task.info->has_health_check()) Start(core, executor, task, CheckKind::kHealthCheck, started);
}

void StopChecks(Core& core, Task& task) {
  Stop(core, task.check);
  Stop(core, task.health_check);
}

void RestoreHealth(const std::vector<internal::StatusUpdate>& updates, Task& task) {
  if (!task.info->has_health_check()) return;
  TaskCheck& state = task.health_check;
  for (const internal::StatusUpdate& update : updates) {
    const v1::TaskStatus& status = update.status();
    if (status.reason() != v1::TaskStatus::REASON_TASK_HEALTH_CHECK_STATUS_UPDATED) continue;
    state.passed = state.passed || status.healthy();
    state.consecutive_failures = status.healthy() ? 0 : state.consecutive_failures + 1;
  }
  task.unhealthy = task.kill_requested && state.consecutive_failures > 0;
}

void AddCheckStatus(const Task& task, v1::TaskStatus* status) {
  if (!task.info->has_check() || status->has_check_status()) return;
  const v1::TaskStatus* last = LastStatus(task);
  *status->mutable_check_status() = last != nullptr && last->has_check_status()
                                        ? last->check_status()
                                        : EmptyStatus(task.info->check().type());
}

void OnCheckDue(Core& core, const CheckDue& due) {
  const FrameworkTable::TaskRef ref = core.table.FindTask(due.task.framework_id, due.task.task_id);
  if (!ref || !StateOf(*ref.task, due.kind).active) return;
  TaskCheck& state = StateOf(*ref.task, due.kind);
  state.deadline = DeadlineId::kNone;
  if (state.running == CheckToken::kNone) return RunOnce(core, ref, due);
  core.running_checks.erase(state.running);
  core.Push(CancelCheck{state.running});
  Take(core, ref, due.kind, Unfinished(TypeOf(*ref.task, due.kind), "it timed out"));
}

void OnCheckFinished(Core& core, const CheckFinished& event) {
  auto node = core.running_checks.extract(event.token);
  if (node.empty()) return;
  const CheckDue& due = node.mapped();
  const FrameworkTable::TaskRef ref = core.table.FindTask(due.task.framework_id, due.task.task_id);
  if (!ref) return;
  core.deadlines.Cancel(StateOf(*ref.task, due.kind).deadline);
  Take(core, ref, due.kind, OutcomeOf(TypeOf(*ref.task, due.kind), event));
}

}  // namespace mesos::agent
