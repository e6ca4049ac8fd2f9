#include "master/core/agents/reregistration.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "common/base/limits.h"
#include "common/base/status_macros.h"
#include "glog/logging.h"
#include "master/core/agents/agent_ends.h"
#include "master/core/agents/agent_health.h"
#include "master/core/agents/agents.h"
#include "master/core/agents/awaited_agents.h"
#include "master/core/agents/offering.h"
#include "master/core/agents/transitions.h"
#include "master/core/frameworks/frameworks.h"
#include "master/core/offers/offers.h"
#include "master/core/operators/operator_events.h"
#include "master/core/tasks/reconciliation.h"
#include "master/core/tasks/tasks.h"
#include "master/validation/agent_info.h"

namespace mesos::master {
namespace {

// Framework id and the id of a task or executor within it.
using ScopedId = std::pair<absl::string_view, absl::string_view>;

// A task or executor of the message with its resources read.
template <typename T>
struct Reported {
  const T* info;
  std::string role;       // empty: the framework's first role
  ResourceSet resources;  // without allocation_info
};

struct Report {
  ResourceSet total;
  std::vector<Reported<v1::Task>> tasks;              // of frameworks that were not removed
  std::vector<Reported<v1::ExecutorInfo>> executors;  // the same
  std::vector<std::string> removed_frameworks;        // that still run there
};

template <typename T>
absl::StatusOr<Reported<T>> ReadReported(const T& info) {
  absl::StatusOr<ResourceSet> resources = ResourceSet::FromProto(info.resources());
  if (!resources.ok()) return resources.status();
  std::string role;
  for (const v1::Resource& resource : info.resources()) {
    if (resource.allocation_info().has_role()) role = resource.allocation_info().role();
  }
  return Reported<T>{&info, std::move(role), resources->Unallocated()};
}

absl::StatusOr<Report> ReadReport(const World& world, const internal::ReregisterAgent& message) {
  const auto is_removed = [&](const std::string& framework_id) {
    return world.completed_frameworks.Contains(framework_id);
  };
  if (absl::Status valid = ValidateReregisterAgent(message, is_removed); !valid.ok()) return valid;
  Report report;
  absl::StatusOr<ResourceSet> total = ResourceSet::FromProto(message.info().resources());
  if (!total.ok()) return total.status();
  report.total = *std::move(total);
  for (const v1::FrameworkInfo& framework : message.frameworks()) {
    if (is_removed(framework.id().value())) {
      report.removed_frameworks.push_back(framework.id().value());
    }
  }
  for (const v1::Task& task : message.tasks()) {
    if (is_removed(task.framework_id().value())) continue;
    absl::StatusOr<Reported<v1::Task>> reported = ReadReported(task);
    if (!reported.ok()) return reported.status();
    report.tasks.push_back(*std::move(reported));
  }
  for (const v1::ExecutorInfo& executor : message.executors()) {
    if (is_removed(executor.framework_id().value())) continue;
    absl::StatusOr<Reported<v1::ExecutorInfo>> reported = ReadReported(executor);
    if (!reported.ok()) return reported.status();
    report.executors.push_back(*std::move(reported));
  }
  return report;
}

// What `framework_id` may be at this master: known, or recovered now from what the agent says of
// it.
Framework* FindOrRecover(World& world, const internal::ReregisterAgent& message,
                         const std::string& framework_id) {
  if (Framework* known = world.FindFramework(framework_id)) return known;
  for (const v1::FrameworkInfo& info : message.frameworks()) {
    if (info.id().value() == framework_id) return &RecoverFramework(world, info);
  }
  return nullptr;
}

std::string RoleOf(const Framework& framework, const std::string& reported) {
  if (!reported.empty()) return reported;
  return framework.roles.empty() ? "*" : *framework.roles.begin();
}

// The task is this master's again. Null where the framework runs one of that id elsewhere.
Task* AdoptTask(World& world, Agent& agent, Framework& framework,
                const Reported<v1::Task>& reported) {
  const std::string& task_id = reported.info->task_id().value();
  if (FindTask(framework, task_id) != nullptr) {
    LOG(WARNING) << "Killing task_id=" << task_id << " framework_id=" << framework.id
                 << " on agent_id=" << agent.id
                 << ": the framework has one of that id on another agent";
    auto command = std::make_shared<internal::MasterMessage>();
    command->mutable_kill_task()->mutable_framework_id()->set_value(framework.id);
    *command->mutable_kill_task()->mutable_task_id() = reported.info->task_id();
    world.SendToAgent(agent, std::move(command));
    return nullptr;
  }
  framework.unreachable_tasks.Erase(task_id);
  ForgetCompleted(world, framework, task_id);
  return &AddTask(world, {framework, agent, *reported.info, RoleOf(framework, reported.role),
                          reported.resources});
}

void SendReregistered(World& world, const Agent& agent, std::vector<const Task*> reconcile) {
  auto command = std::make_shared<internal::MasterMessage>();
  internal::AgentReregistered* reregistered = command->mutable_reregistered();
  reregistered->mutable_agent_id()->set_value(agent.id);
  *reregistered->mutable_master() = world.master_info;
  reregistered->set_ping_timeout_milliseconds(absl::ToInt64Milliseconds(TotalPingTimeout(world)));
  reregistered->set_return_spread_milliseconds(ReturnSpreadMilliseconds(world));
  size_t bytes = 0;
  auto* asked_for = reregistered->mutable_reconcile();
  for (const Task* task : reconcile) {
    LOG(WARNING) << "Asking agent_id=" << agent.id << " for task_id=" << task->id
                 << " framework_id=" << task->framework->id << ", which it did not name";
    internal::ReconcileTask asked;
    asked.mutable_framework_id()->set_value(task->framework->id);
    asked.mutable_task_id()->set_value(task->id);
    bytes += asked.ByteSizeLong();
    if (bytes > limits::kPartBytes) {
      world.SendToAgent(agent, std::exchange(command, std::make_shared<internal::MasterMessage>()));
      asked_for = command->mutable_reconcile_tasks()->mutable_tasks();
      bytes = asked.ByteSizeLong();
    }
    *asked_for->Add() = std::move(asked);
  }
  world.SendToAgent(agent, std::move(command));
}

// Frameworks that ended meanwhile are shut down there; of the others the agent hears what changed.
void SendFrameworks(World& world, const Agent& agent, const internal::ReregisterAgent& message,
                    const Report& report) {
  for (const std::string& framework_id : report.removed_frameworks) {
    LOG(INFO) << "Shutting down removed framework_id=" << framework_id
              << " at agent_id=" << agent.id;
    auto command = std::make_shared<internal::MasterMessage>();
    command->mutable_shutdown_framework()->mutable_framework_id()->set_value(framework_id);
    world.SendToAgent(agent, std::move(command));
  }
  for (const v1::FrameworkInfo& info : message.frameworks()) {
    const Framework* framework = world.FindFramework(info.id().value());
    if (framework == nullptr || framework->state == Framework::State::kRecovered) continue;
    if (info.SerializeAsString() == framework->info->SerializeAsString()) continue;
    SendFrameworkInfo(world, *framework, agent);
  }
}

absl::Status CheckFits(const std::string& agent_id, const ResourceSet& total,
                       const ResourceSet& used) {
  if (total.Contains(used)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("Agent ", agent_id, " has ", total.ToString(),
                                                 " and runs tasks that use ", used.ToString()));
}

// The agent's facts as the registry is to have them from now on; `registered` is what it has.
std::shared_ptr<const v1::AgentInfo> NoteFacts(
    World& world, const std::shared_ptr<const v1::AgentInfo>& registered,
    const v1::AgentInfo& reported) {
  if (registered != nullptr && registered->SerializeAsString() == reported.SerializeAsString())
    return registered;
  auto info = std::make_shared<const v1::AgentInfo>(reported);
  WriteToRegistry(world, {AdmitAgent{info}}, Noted{});
  return info;
}

// ---- An agent that this master knows

std::vector<const Task*> TasksNotNamed(const Agent& agent,
                                       const internal::ReregisterAgent& message) {
  absl::flat_hash_set<ScopedId> named;
  for (const v1::Task& task : message.tasks()) {
    named.emplace(task.framework_id().value(), task.task_id().value());
  }
  std::vector<const Task*> missing;
  for (const Task* task : agent.tasks) {
    if (!named.contains(ScopedId(task->framework->id, task->id))) missing.push_back(task);
  }
  return missing;
}

std::vector<Executor*> ExecutorsNotNamed(const Agent& agent,
                                         const internal::ReregisterAgent& message) {
  absl::flat_hash_set<ScopedId> named;
  for (const v1::ExecutorInfo& executor : message.executors()) {
    named.emplace(executor.framework_id().value(), executor.executor_id().value());
  }
  std::vector<Executor*> missing;
  for (const auto& [key, executor] : agent.executors) {
    if (!named.contains(ScopedId(executor->framework->id, key.second)))
      missing.push_back(executor.get());
  }
  return missing;
}

void RemoveExecutors(World& world, const Agent& agent, const std::vector<Executor*>& missing) {
  for (Executor* executor : missing) {
    LOG(WARNING) << "Removing executor_id=" << executor->info->executor_id().value()
                 << " framework_id=" << executor->framework->id << ", which agent_id=" << agent.id
                 << " did not name";
    RemoveExecutor(world, *executor);
  }
}

bool IsNew(const World& world, const Agent& agent, const Reported<v1::Task>& task) {
  const Framework* framework = world.FindFramework(task.info->framework_id().value());
  if (framework == nullptr) return true;
  const Task* known = FindTask(*framework, task.info->task_id().value());
  return known == nullptr || known->agent != &agent;
}

bool IsNew(const World& world, const Agent& agent, const Reported<v1::ExecutorInfo>& executor) {
  const Framework* framework = world.FindFramework(executor.info->framework_id().value());
  return framework == nullptr ||
         FindExecutor(agent, *framework, executor.info->executor_id().value()) == nullptr;
}

// Adds what `who` ("task t1") uses to what is used already.
absl::Status AddUse(const std::string& agent_id, const std::string& who,
                    const ResourceSet& resources, ResourceSet* used) {
  if (!used->AddsUpWith(resources)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "Agent ", agent_id, " names ", who, ", which uses ", resources.ToString(),
        ", of which others that this master knows there use some: they use ", used->ToString()));
  }
  *used += resources;
  return absl::OkStatus();
}

// Whether what the agent has suffices once all that is new is adopted, and what it did not name of
// its executors is gone. Terminal tasks are not adopted here: this master removed them when they
// were acknowledged, and the agent only missed that.
absl::Status CheckFitsAfter(const World& world, const Agent& agent, const Report& report,
                            const std::vector<Executor*>& removed) {
  ResourceSet used = agent.used;
  for (const Executor* executor : removed) used -= executor->resources;
  for (const Reported<v1::Task>& task : report.tasks) {
    if (IsTerminal(task.info->state()) || !IsNew(world, agent, task)) continue;
    RETURN_IF_ERROR(AddUse(agent.id, absl::StrCat("task ", task.info->task_id().value()),
                           task.resources, &used));
  }
  for (const Reported<v1::ExecutorInfo>& executor : report.executors) {
    if (!IsNew(world, agent, executor)) continue;
    RETURN_IF_ERROR(AddUse(agent.id,
                           absl::StrCat("executor ", executor.info->executor_id().value()),
                           executor.resources, &used));
  }
  return CheckFits(agent.id, report.total, used);
}

void AdoptNew(World& world, Agent& agent, const internal::ReregisterAgent& message,
              const Report& report) {
  for (const Reported<v1::ExecutorInfo>& executor : report.executors) {
    if (!IsNew(world, agent, executor)) continue;
    Framework* framework = FindOrRecover(world, message, executor.info->framework_id().value());
    if (framework == nullptr) continue;
    const Executor& added = AddExecutor(
        world, {*framework, agent, std::make_shared<const v1::ExecutorInfo>(*executor.info),
                RoleOf(*framework, executor.role), executor.resources});
    world.allocator->Book(framework->index, added.role, agent.index, added.resources);
  }
  for (const Reported<v1::Task>& task : report.tasks) {
    if (IsTerminal(task.info->state()) || !IsNew(world, agent, task)) continue;
    Framework* framework = FindOrRecover(world, message, task.info->framework_id().value());
    if (framework == nullptr) continue;
    if (const Task* added = AdoptTask(world, agent, *framework, task)) {
      world.allocator->Book(framework->index, added->role, agent.index, added->resources);
    }
  }
}

void RepeatKills(World& world, const Agent& agent, const internal::ReregisterAgent& message) {
  for (const v1::Task& reported : message.tasks()) {
    const Framework* framework = world.FindFramework(reported.framework_id().value());
    const Task* task =
        framework == nullptr ? nullptr : FindTask(*framework, reported.task_id().value());
    if (task == nullptr || task->agent != &agent || task->kill == nullptr) continue;
    if (IsTerminal(reported.state())) continue;
    world.SendToAgent(agent, task->kill);
  }
}

void ReplaceTotal(World& world, Agent& agent, const ResourceSet& total) {
  LOG(INFO) << "Resources of agent_id=" << agent.id << " change from " << agent.total.ToString()
            << " to " << total.ToString();
  world.SetTotal(agent, total);
  world.Touch(agent);
  world.allocator->UpdateAgent(agent.index, total);
}

void TakeBackKnown(World& world, SessionId session, Agent& agent,
                   const internal::ReregisterAgent& message, const Report& report,
                   const std::string& peer_ip) {
  const std::vector<Executor*> removed = ExecutorsNotNamed(agent, message);
  if (absl::Status fits = CheckFitsAfter(world, agent, report, removed); !fits.ok()) {
    RefuseAgent(world, session, fits);
    return;
  }
  // From here on nothing is refused.
  DiscardOffers(world, agent, Rescind::kYes);
  RemoveExecutors(world, agent, removed);
  ConnectAgent(world, agent, session);
  SetAgentFacts(world, agent,
                {NoteFacts(world, agent.info, message.info()), message.version(),
                 message.capabilities(), peer_ip});
  agent.reregistered_time = world.now;
  world.Touch(agent);
  if (!(agent.total == report.total)) ReplaceTotal(world, agent, report.total);
  OfferOrWithhold(world, agent);
  const std::vector<const Task*> missing = TasksNotNamed(agent, message);
  SendReregistered(world, agent, missing);
  AdoptNew(world, agent, message, report);
  RepeatKills(world, agent, message);
  SendFrameworks(world, agent, message, report);
}

// ---- An agent that is new to this master, or was given up

void AdoptAll(World& world, Agent& agent, const internal::ReregisterAgent& message,
              const Report& report, std::vector<const Task*>* adopted) {
  for (const Reported<v1::ExecutorInfo>& executor : report.executors) {
    Framework* framework = FindOrRecover(world, message, executor.info->framework_id().value());
    if (framework == nullptr) continue;
    AddExecutor(world, {*framework, agent, std::make_shared<const v1::ExecutorInfo>(*executor.info),
                        RoleOf(*framework, executor.role), executor.resources});
  }
  for (const Reported<v1::Task>& task : report.tasks) {
    Framework* framework = FindOrRecover(world, message, task.info->framework_id().value());
    if (framework == nullptr) continue;
    if (const Task* added = AdoptTask(world, agent, *framework, task)) adopted->push_back(added);
  }
}

// The states of tasks that schedulers may have been told were unreachable or did not know to be
// here. Ends are left to the agent's own updates: told from here they would overtake the ones that
// still await acknowledgement.
void TellSchedulers(World& world, const std::vector<const Task*>& adopted, const char* message) {
  for (const Task* task : adopted) {
    if (IsTerminal(task->state())) continue;
    v1::TaskStatus status = DescribeTask(world, task->record().ToProto());
    status.set_state(task->state());
    status.set_reason(v1::TaskStatus::REASON_AGENT_REREGISTERED);
    status.set_message(message);
    SendStatus(world, *task->framework, std::move(status));
  }
}

ResourceSet UsedBy(const Report& report) {
  ResourceSet used;
  for (const Reported<v1::Task>& task : report.tasks) {
    if (!IsTerminal(task.info->state())) used += task.resources;
  }
  for (const Reported<v1::ExecutorInfo>& executor : report.executors) used += executor.resources;
  return used;
}

AllocatorAgent BooksOf(const Agent& agent) {
  AllocatorAgent books{agent.total, {}};
  for (const Task* task : agent.tasks) {
    if (task->booked) books.used[{task->framework->index, task->role}] += task->resources;
  }
  for (const auto& [key, executor] : agent.executors) {
    books.used[{key.first, executor->role}] += executor->resources;
  }
  return books;
}

void TakeBackUnknown(World& world, SessionId session, const internal::ReregisterAgent& message,
                     const Report& report, const std::string& peer_ip) {
  const std::string& agent_id = message.info().id().value();
  if (absl::Status fits = CheckFits(agent_id, report.total, UsedBy(report)); !fits.ok()) {
    RefuseAgent(world, session, fits);
    return;
  }
  const bool was_unreachable = world.unreachable_agents.Contains(agent_id);
  const std::shared_ptr<const v1::AgentInfo> awaited = StopAwaiting(world, agent_id);
  ForgetUnreachable(world, agent_id);
  Agent& agent = world.AddAgent(agent_id);
  SetAgentFacts(world, agent,
                {NoteFacts(world, awaited, message.info()), message.version(),
                 message.capabilities(), peer_ip});
  world.SetTotal(agent, report.total);
  agent.registered_time = world.now;
  agent.reregistered_time = world.now;
  ConnectAgent(world, agent, session);
  SendReregistered(world, agent, {});
  std::vector<const Task*> adopted;
  AdoptAll(world, agent, message, report, &adopted);
  TellAgentAdded(world, agent);  // with what its tasks hold, which were told before
  world.allocator->AddAgent(agent.index, BooksOf(agent));
  OfferOrWithhold(world, agent);
  // Of tasks that were to be expected here, schedulers ask by themselves.
  if (awaited == nullptr) {
    TellSchedulers(
        world, adopted,
        was_unreachable ? "Unreachable agent re-reregistered" : "Unknown agent reregistered");
  }
  SendFrameworks(world, agent, message, report);
}

}  // namespace

absl::Status CheckReregistration(const World& world, const internal::ReregisterAgent& message) {
  const absl::StatusOr<Report> report = ReadReport(world, message);
  if (!report.ok()) return report.status();
  return CheckFits(message.info().id().value(), report->total, UsedBy(*report));
}

void TakeBack(World& world, const AgentMessageReceived& received) {
  const SessionId session = received.session;
  const internal::ReregisterAgent& message = received.message->reregister_agent();
  const std::string& agent_id = message.info().id().value();
  const absl::StatusOr<Report> report = ReadReport(world, message);
  if (!report.ok()) {
    RefuseAgent(world, session, report.status());
    return;
  }
  Agent* known = world.FindAgent(agent_id);
  if (known != nullptr) {
    TakeBackKnown(world, session, *known, message, *report, received.caller->address);
  } else {
    TakeBackUnknown(world, session, message, *report, received.caller->address);
  }
  const Agent* agent = world.FindAgent(agent_id);
  if (agent == nullptr || agent->session != session) return;
  ++world.stats.agents_reregistered;
  world.allocation_due = true;
  LOG(INFO) << "Re-registered agent_id=" << agent->id << " hostname=" << agent->info->hostname()
            << " ip=" << agent->ip << " tasks=" << agent->tasks.size()
            << " executors=" << agent->executors.size() << " resources=" << agent->total.ToString();
}

}  // namespace mesos::master
