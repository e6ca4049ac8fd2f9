#include "master/core/agents.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "glog/logging.h"
#include "master/core/offers.h"
#include "master/core/operator_events.h"
#include "master/core/tasks.h"
#include "master/validation/agent_info.h"

namespace mesos::master {
namespace {

std::string AddressKey(const Agent& agent) {
  return absl::StrCat(agent.info->hostname(), "|", agent.ip, "|", agent.info->port());
}

// One address serves one agent, so a disconnected one at the newcomer's address is not coming back.
void RemoveAgentAtSameAddress(World& world, const v1::AgentInfo& info, const std::string& ip) {
  if (info.port() == 0) return;
  auto it = world.agents_by_address.find(absl::StrCat(info.hostname(), "|", ip, "|", info.port()));
  if (it == world.agents_by_address.end()) return;
  Agent* old = world.FindAgent(it->second);
  CHECK(old != nullptr);
  if (old->connected()) return;
  ++world.counters.removed_same_address;
  RemoveAgent(world, *old, AgentEnd::kRemoved,
              absl::StrCat("Agent ", old->info->hostname(),
                           " removed: a new agent registered at the same address"));
}

v1::Offer MakeOfferTemplate(const Agent& agent) {
  const v1::AgentInfo& info = *agent.info;
  v1::Offer offer;
  offer.mutable_agent_id()->set_value(agent.id);
  offer.set_hostname(info.hostname());
  *offer.mutable_attributes() = info.attributes();
  if (info.has_domain()) *offer.mutable_domain() = info.domain();
  offer.mutable_url()->set_scheme("http");
  offer.mutable_url()->set_path("/slave(1)");
  v1::Address* address = offer.mutable_url()->mutable_address();
  address->set_hostname(info.hostname());
  address->set_ip(agent.ip);
  address->set_port(info.port());
  return offer;
}

void ArmPing(World& world, Agent& agent) {
  world.deadlines.Cancel(agent.health);
  agent.health =
      world.deadlines.Arm(world.now + world.options.agent_ping_timeout, PingDue{agent.index});
}

struct TaskFate {
  v1::TaskState state;
  v1::TaskStatus::Reason reason;
  TaskEnd end;
};

TaskFate FateOf(AgentEnd end, bool partition_aware) {
  switch (end) {
    case AgentEnd::kRemoved:
      return {v1::TASK_LOST, v1::TaskStatus::REASON_AGENT_REMOVED, TaskEnd::kCompleted};
    case AgentEnd::kUnreachable:
      return {partition_aware ? v1::TASK_UNREACHABLE : v1::TASK_LOST,
              v1::TaskStatus::REASON_AGENT_REMOVED, TaskEnd::kUnreachable};
    case AgentEnd::kGoneByOperator:
      if (!partition_aware) {
        return {v1::TASK_LOST, v1::TaskStatus::REASON_AGENT_REMOVED, TaskEnd::kCompleted};
      }
      return {v1::TASK_GONE_BY_OPERATOR, v1::TaskStatus::REASON_AGENT_REMOVED_BY_OPERATOR,
              TaskEnd::kCompleted};
  }
  LOG(FATAL) << "Not an AgentEnd: " << static_cast<int>(end);
}

// A task that has ended and only waits for its acknowledgement keeps its end.
void EndTask(World& world, Task& task, AgentEnd end, const std::string& message) {
  Framework& framework = *task.framework;
  const TaskFate fate = FateOf(end, framework.partition_aware);
  if (IsTerminal(task.state())) {
    RemoveTask(world, task, TaskEnd::kCompleted);
    return;
  }
  v1::TaskStatus status =
      MakeStatus(world, {task.id, task.agent->id, fate.state, fate.reason, message});
  SetExecutorId(task.record(), status);
  if (end == AgentEnd::kUnreachable) {
    status.mutable_unreachable_time()->set_nanoseconds(ToNanoseconds(world.now));
  }
  ApplyStatus(world, task, status, fate.state);
  SendStatus(world, framework, std::move(status));
  RemoveTask(world, task, fate.end);
}

void TellFrameworksOfLoss(World& world, const std::string& agent_id) {
  auto event = NewEvent(v1::scheduler::Event::FAILURE);
  event->mutable_failure()->mutable_agent_id()->set_value(agent_id);
  for (const auto& framework : world.frameworks) {
    if (framework != nullptr) world.SendToFramework(*framework, event);
  }
}

FormerAgent Remember(const World& world, const Agent& agent) {
  FormerAgent former{agent.info, world.now, {}};
  for (const Task* task : agent.tasks) former.tasks.emplace_back(task->framework->id, task->id);
  return former;
}

}  // namespace

absl::Duration TotalPingTimeout(const World& world) {
  return world.options.agent_ping_timeout * world.options.max_agent_ping_timeouts;
}

void RefuseAgent(World& world, SessionId session, const absl::Status& why) {
  LOG(WARNING) << "Refusing an agent: " << why.message();
  world.Emit(CloseAgentSession{session, why});
}

void ShutDownAgent(World& world, SessionId session, const std::string& message) {
  auto command = std::make_shared<internal::MasterMessage>();
  command->mutable_shutdown()->set_message(message);
  world.Emit(SendToAgent{session, std::move(command)});
  world.Emit(CloseAgentSession{session, absl::OkStatus()});
}

void SetAgentFacts(World& world, Agent& agent, const AgentFacts& facts) {
  if (agent.info != nullptr) world.ForgetAddress(agent, AddressKey(agent));
  auto info = std::make_shared<v1::AgentInfo>(facts.info);
  info->mutable_id()->set_value(agent.id);
  agent.info = std::move(info);
  agent.ip = facts.peer_ip;
  auto profile = std::make_shared<AgentProfile>();
  profile->info = agent.info;
  profile->pid = absl::StrCat("slave(1)@", agent.ip, ":", agent.info->port());
  profile->version = facts.version;
  profile->capabilities.assign(facts.capabilities.begin(), facts.capabilities.end());
  profile->offer_template = MakeOfferTemplate(agent);
  agent.profile = std::move(profile);
  world.Touch(agent);
  world.agents_by_address[AddressKey(agent)] = agent.index;
}

void ConnectAgent(World& world, Agent& agent, SessionId session) {
  if (agent.connected()) {
    world.Emit(CloseAgentSession{
        agent.session,
        absl::AbortedError(absl::StrCat("Agent ", agent.id, " opened another session"))});
  } else {
    ++world.stats.connected_agents;
  }
  world.BindSession(agent, session);
  agent.missed_pings = 0;
  agent.awaiting_pong = false;
  ArmPing(world, agent);
}

void RegisterAgent(World& world, SessionId session, const internal::RegisterAgent& message,
                   const std::string& peer_ip) {
  if (absl::Status valid = ValidateRegisterAgent(message); !valid.ok()) {
    RefuseAgent(world, session, valid);
    return;
  }
  absl::StatusOr<ResourceSet> total = ResourceSet::FromProto(message.info().resources());
  if (!total.ok()) {
    RefuseAgent(world, session, total.status());
    return;
  }
  RemoveAgentAtSameAddress(world, message.info(), peer_ip);
  Agent& agent = world.AddAgent(world.NewAgentId());
  SetAgentFacts(world, agent, {message.info(), message.version(), message.capabilities(), peer_ip});
  world.SetTotal(agent, *std::move(total));
  agent.registered_time = world.now;
  world.allocator->AddAgent(agent.index, {agent.total, {}});
  ConnectAgent(world, agent, session);
  ++world.stats.agents_registered;
  TellAgentAdded(world, agent);

  auto command = std::make_shared<internal::MasterMessage>();
  internal::AgentRegistered* registered = command->mutable_registered();
  registered->mutable_agent_id()->set_value(agent.id);
  *registered->mutable_master() = world.master_info;
  registered->set_ping_timeout_milliseconds(absl::ToInt64Milliseconds(TotalPingTimeout(world)));
  world.SendToAgent(agent, std::move(command));
  world.allocation_due = true;
  LOG(INFO) << "Registered agent_id=" << agent.id << " hostname=" << agent.info->hostname()
            << " ip=" << agent.ip << " port=" << agent.info->port()
            << " resources=" << agent.total.ToString();
}

void DisconnectAgent(World& world, Agent& agent) {
  LOG(INFO) << "Disconnected agent_id=" << agent.id << " hostname=" << agent.info->hostname();
  world.UnbindSession(agent);
  --world.stats.connected_agents;
  world.allocator->SetAgentActive(agent.index, false);
  DiscardOffers(world, agent, Rescind::kYes);
  world.deadlines.Cancel(agent.health);
  agent.health =
      world.deadlines.Arm(world.now + TotalPingTimeout(world), AgentGivenUp{agent.index});
}

void RemoveAgent(World& world, Agent& agent, AgentEnd end, const std::string& message) {
  LOG(INFO) << "Removing agent_id=" << agent.id << " hostname=" << agent.info->hostname()
            << " tasks=" << agent.tasks.size() << ": " << message;
  FormerAgent former = Remember(world, agent);
  for (Task* task : agent.tasks.Copy()) EndTask(world, *task, end, message);
  while (!agent.executors.empty()) RemoveExecutor(world, *agent.executors.begin()->second);
  DiscardOffers(world, agent, Rescind::kYes);
  switch (end) {
    case AgentEnd::kRemoved:
      ++world.stats.agents_removed;
      break;
    case AgentEnd::kUnreachable:
      ++world.stats.agents_unreachable;
      world.unreachable_agents.Put(agent.id, std::move(former));
      break;
    case AgentEnd::kGoneByOperator:
      ++world.stats.agents_removed;
      ++world.counters.removed_gone;
      world.gone_agents.Put(agent.id, std::move(former));
      break;
  }
  if (agent.connected()) --world.stats.connected_agents;
  world.ForgetAddress(agent, AddressKey(agent));
  const std::string agent_id = agent.id;
  world.RemoveAgent(agent);
  TellAgentRemoved(world, agent_id);
  TellFrameworksOfLoss(world, agent_id);
}

namespace {

// The tasks that were unreachable with the agent end now.
void EndUnreachableTasks(World& world, const FormerAgent& former, const std::string& message) {
  for (const auto& [framework_id, task_id] : former.tasks) {
    Framework* framework = world.FindFramework(framework_id);
    if (framework == nullptr) continue;
    const TaskRecord* found = framework->unreachable_tasks.Find(task_id);
    if (found == nullptr) continue;
    const TaskRecord unreachable = *found;
    const TaskFate fate = FateOf(AgentEnd::kGoneByOperator, framework->partition_aware);
    v1::TaskStatus status = MakeStatus(
        world, {task_id, std::string(unreachable.agent_id()), fate.state, fate.reason, message});
    SetExecutorId(unreachable, status);
    CountEnd(world, *framework, status, fate.state);
    framework->unreachable_tasks.Erase(task_id);
    AddCompletedTask(world, *framework, unreachable.WithStatus(status, fate.state));
    SendStatus(world, *framework, std::move(status));
  }
}

}  // namespace

absl::Status MarkAgentGone(World& world, absl::string_view agent_id) {
  const std::string message = "Agent has been marked gone";
  if (world.gone_agents.Contains(agent_id)) return absl::OkStatus();
  if (Agent* agent = world.FindAgent(agent_id)) {
    const SessionId session = agent->session;
    if (session != SessionId::kNone) ShutDownAgent(world, session, message);
    RemoveAgent(world, *agent, AgentEnd::kGoneByOperator, message);
    return absl::OkStatus();
  }
  if (const FormerAgent* former = world.unreachable_agents.Find(agent_id)) {
    FormerAgent gone = *former;
    world.unreachable_agents.Erase(agent_id);
    EndUnreachableTasks(world, gone, message);
    gone.since = world.now;
    world.gone_agents.Put(agent_id, std::move(gone));
    return absl::OkStatus();
  }
  return absl::NotFoundError(absl::StrCat("Agent '", agent_id, "' not found"));
}

void OnPong(Agent& agent) {
  agent.awaiting_pong = false;
  agent.missed_pings = 0;
}

void OnPingDue(World& world, AgentIdx index) {
  Agent* agent = world.FindAgent(index);
  if (agent == nullptr || !agent->connected()) return;
  if (agent->awaiting_pong && ++agent->missed_pings >= world.options.max_agent_ping_timeouts) {
    world.Emit(CloseAgentSession{
        agent->session,
        absl::DeadlineExceededError(absl::StrCat("Agent ", agent->id, " answered no ping for ",
                                                 absl::FormatDuration(TotalPingTimeout(world))))});
    RemoveAgent(world, *agent, AgentEnd::kUnreachable, "health check timed out");
    return;
  }
  agent->awaiting_pong = true;
  auto command = std::make_shared<internal::MasterMessage>();
  command->mutable_ping()->set_sequence(++agent->ping_sequence);
  world.SendToAgent(*agent, std::move(command));
  ArmPing(world, *agent);
}

void OnAgentGivenUp(World& world, AgentIdx index) {
  Agent* agent = world.FindAgent(index);
  if (agent == nullptr || agent->connected()) return;
  RemoveAgent(world, *agent, AgentEnd::kUnreachable, "health check timed out");
}

}  // namespace mesos::master
