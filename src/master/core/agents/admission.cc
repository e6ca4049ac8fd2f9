#include "master/core/agents/admission.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "glog/logging.h"
#include "master/core/agents/agent_ends.h"
#include "master/core/agents/agent_health.h"
#include "master/core/agents/agents.h"
#include "master/core/agents/awaited_agents.h"
#include "master/core/agents/departures.h"
#include "master/core/agents/reregistration.h"
#include "master/core/agents/return_parts.h"
#include "master/core/agents/transitions.h"
#include "master/core/tasks/status_updates.h"
#include "master/validation/agent_info.h"

namespace mesos::master {
namespace {

// What came on the session while it was joining is handled now.
void HandleLater(World& world, const std::vector<AgentMessageReceived>& later) {
  for (const AgentMessageReceived& message : later) OnAgentMessage(world, message);
}

// One address serves one agent, so one at the newcomer's address without a session is not coming
// back.
std::optional<std::string> ReplacedBy(const World& world, const v1::AgentInfo& info,
                                      const std::string& ip) {
  const Agent* old = FindAgentAt(world, info, ip);
  if (old == nullptr || old->connected() || InTransition(world, old->id)) return std::nullopt;
  return old->id;
}

void EndReplaced(World& world, const std::string& agent_id) {
  Agent* old = world.FindAgent(agent_id);
  CHECK(old != nullptr) << agent_id << " was in transition and has gone";
  ++world.counters.removed_same_address;
  RemoveAgent(world, *old, AgentEnd::kRemoved, world.now,
              absl::StrCat("Agent ", old->info->hostname(),
                           " removed: a new agent registered at the same address"));
}

// Another session of the same agent waits no longer.
void WaitForTransition(World& world, const AgentMessageReceived& received,
                       const std::string& agent_id) {
  AgentTransition& transition = world.transitions.at(agent_id);
  if (transition.returning && StopJoining(world, transition.returning->session)) {
    RefuseAgent(world, transition.returning->session,
                absl::AbortedError(absl::StrCat("Agent ", agent_id, " opened another session")));
  }
  VLOG(1) << "agent_id=" << agent_id << " has to wait: it is in transition";
  world.joining[received.session] = {agent_id, {}};
  transition.returning = received;
}

// Room for what an agent says of itself that the registry does not have yet; nullopt where there is
// none, and the agent was told.
std::optional<AgentInfoBudget::Charge> TakeInfo(World& world, const AgentMessageReceived& received,
                                                const v1::AgentInfo& info) {
  absl::StatusOr<AgentInfoBudget::Charge> charge =
      world.agent_infos.Take(received.caller->address, info.ByteSizeLong());
  if (charge.ok()) return *std::move(charge);
  ++world.stats.agent_infos_refused;
  RefuseAgent(world, received.session, charge.status());
  return std::nullopt;
}

// Whether an agent that the registry has as admitted may say what it says now: no bound keeps one
// away that says as much as before.
bool MayGrow(World& world, const AgentMessageReceived& received) {
  const v1::AgentInfo& info = received.message->reregister_agent().info();
  const std::string& agent_id = info.id().value();
  const Agent* agent = world.FindAgent(agent_id);
  const v1::AgentInfo& known =
      agent != nullptr ? *agent->info : *world.awaited_agents.at(agent_id).info;
  if (info.ByteSizeLong() <= known.ByteSizeLong()) return true;
  absl::StatusOr<AgentInfoBudget::Charge> more =
      world.agent_infos.Take(received.caller->address, info.ByteSizeLong() - known.ByteSizeLong());
  if (more.ok()) return true;
  ++world.stats.agent_infos_refused;
  RefuseAgent(world, received.session, more.status());
  return false;
}

// The first message of a session says who the agent is.
void OnFirstMessage(World& world, const AgentMessageReceived& received) {
  switch (received.message->kind_case()) {
    case internal::AgentMessage::kRegisterAgent:
      ++world.counters.register_agent;
      DropReturnParts(world, received.session);
      RegisterAgent(world, received);
      return;
    case internal::AgentMessage::kReregisterAgent:
      ++world.counters.reregister_agent;
      ReregisterAgent(world, PutTogether(world, received));
      return;
    case internal::AgentMessage::kReregistrationPart:
      KeepReturnPart(world, received);
      return;
    case internal::AgentMessage::kUnregisterAgent:
    case internal::AgentMessage::kStatusUpdate:
    case internal::AgentMessage::kExecutorExited:
    case internal::AgentMessage::kExecutorMessage:
    case internal::AgentMessage::kPong:
    case internal::AgentMessage::KIND_NOT_SET:
      break;
  }
  DropReturnParts(world, received.session);
  RefuseAgent(
      world, received.session,
      absl::FailedPreconditionError("The first message of an agent's session has to register it"));
}

}  // namespace

void RegisterAgent(World& world, const AgentMessageReceived& received) {
  const internal::RegisterAgent& message = received.message->register_agent();
  absl::Status valid = ValidateRegisterAgent(message);
  if (valid.ok()) valid = ResourceSet::FromProto(message.info().resources()).status();
  if (!valid.ok()) {
    RefuseAgent(world, received.session, valid);
    return;
  }
  std::optional<AgentInfoBudget::Charge> charge = TakeInfo(world, received, message.info());
  if (!charge) return;
  auto info = std::make_shared<v1::AgentInfo>(message.info());
  info->mutable_id()->set_value(world.NewAgentId());
  NewAgentAdmitted admission{received, info->id().value(), info,
                             ReplacedBy(world, *info, received.caller->address),
                             *std::move(charge)};
  std::vector<RegistryOperation> operations;
  if (admission.replaced) {
    BeginTransition(world, *admission.replaced);
    operations.push_back(ForgetAgent{*admission.replaced});
  }
  operations.push_back(AdmitAgent{std::move(info)});
  BeginTransition(world, admission.agent_id);
  world.joining[received.session] = {admission.agent_id, {}};
  WriteToRegistry(world, std::move(operations), std::move(admission));
}

void OnAdmitted(World& world, const NewAgentAdmitted& admitted) {
  if (admitted.replaced) {
    EndReplaced(world, *admitted.replaced);
    EndTransition(world, *admitted.replaced);
  }
  const SessionId session = admitted.received.session;
  std::optional<std::vector<AgentMessageReceived>> later = StopJoining(world, session);
  if (later) {
    AddNewAgent(world, admitted);
  } else {
    // Nobody has heard of this id.
    WriteToRegistry(world, {ForgetAgent{admitted.agent_id}}, Noted{});
  }
  EndTransition(world, admitted.agent_id);
  if (later) HandleLater(world, *later);
}

void ReregisterAgent(World& world, const AgentMessageReceived& received) {
  const internal::ReregisterAgent& message = received.message->reregister_agent();
  const std::string& agent_id = message.info().id().value();
  if (world.gone_agents.Contains(agent_id)) {
    LOG(WARNING) << "Shutting down agent_id=" << agent_id << ": it was marked gone";
    ShutDownAgent(world, received.session, "Agent has been marked gone");
    return;
  }
  if (InTransition(world, agent_id)) {
    WaitForTransition(world, received, agent_id);
    return;
  }
  if (IsAdmitted(world, agent_id)) {
    if (MayGrow(world, received)) TakeBack(world, received);
    return;
  }
  if (absl::Status readable = CheckReregistration(world, message); !readable.ok()) {
    RefuseAgent(world, received.session, readable);
    return;
  }
  std::optional<AgentInfoBudget::Charge> charge = TakeInfo(world, received, message.info());
  if (!charge) return;
  auto info = std::make_shared<const v1::AgentInfo>(message.info());
  BeginTransition(world, agent_id);
  world.joining[received.session] = {agent_id, {}};
  WriteToRegistry(world, {AdmitAgent{info}},
                  FormerAgentAdmitted{received, info, *std::move(charge)});
}

void OnAdmitted(World& world, const FormerAgentAdmitted& admitted) {
  std::optional<std::vector<AgentMessageReceived>> later =
      StopJoining(world, admitted.received.session);
  if (later) TakeBack(world, admitted.received);
  if (!IsAdmitted(world, admitted.agent_id())) {
    // It is in the registry, and will dial again.
    ForgetUnreachable(world, admitted.agent_id());
    AwaitAgent(world, admitted.info);
  }
  EndTransition(world, admitted.agent_id());
  if (later) HandleLater(world, *later);
}

void OnAgentMessage(World& world, const AgentMessageReceived& received) {
  Agent* agent = world.FindAgent(received.session);
  if (agent == nullptr) {
    if (!KeepForLater(world, received)) OnFirstMessage(world, received);
    return;
  }
  const internal::AgentMessage& message = *received.message;
  switch (message.kind_case()) {
    case internal::AgentMessage::kRegisterAgent:
    case internal::AgentMessage::kReregisterAgent:
    case internal::AgentMessage::kReregistrationPart:
      LOG(WARNING) << "Ignoring another registration on the session of agent_id=" << agent->id;
      return;
    case internal::AgentMessage::kUnregisterAgent:
      ++world.counters.unregister_agent;
      UnregisterAgent(world, *agent);
      return;
    case internal::AgentMessage::kStatusUpdate:
      OnStatusUpdate(world, *agent, message.status_update());
      return;
    case internal::AgentMessage::kExecutorExited:
      ++world.counters.executor_exited;
      OnExecutorExited(world, *agent, message.executor_exited());
      return;
    case internal::AgentMessage::kExecutorMessage:
      ++world.counters.executor_messages;
      OnExecutorMessage(world, *agent, message.executor_message());
      return;
    case internal::AgentMessage::kPong:
      OnPong(world, *agent);
      return;
    case internal::AgentMessage::KIND_NOT_SET:
      LOG(WARNING) << "Ignoring a message without content of agent_id=" << agent->id;
      return;
  }
}

void OnAgentSessionClosed(World& world, SessionId session) {
  OnJoiningClosed(world, session);
  DropReturnParts(world, session);
  if (Agent* agent = world.FindAgent(session)) DisconnectAgent(world, *agent);
}

}  // namespace mesos::master
