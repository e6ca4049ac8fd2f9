#include "master/core/agents/transitions.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/overloaded.h"
#include "glog/logging.h"
#include "master/core/agents/admission.h"
#include "master/core/agents/agents.h"
#include "master/core/agents/departures.h"
#include "master/core/agents/offering.h"
#include "master/core/agents/registry_collection.h"
#include "master/core/operators/operator_calls.h"

namespace mesos::master {

void WriteToRegistry(World& world, std::vector<RegistryOperation> operations, PendingWrite then) {
  const PersistToken token{++world.last_persist};
  world.pending_writes.emplace(token, std::move(then));
  world.Emit(Persist{token, std::move(operations)});
}

void OnPersisted(World& world, const Persisted& persisted) {
  auto it = world.pending_writes.find(persisted.token);
  if (it == world.pending_writes.end()) return;
  const PendingWrite write = std::move(it->second);
  world.pending_writes.erase(it);
  if (!persisted.status.ok()) {
    AbdicateNow(world, persisted.status);
    return;
  }
  std::visit(Overloaded{
                 [&](const NewAgentAdmitted& one) { OnAdmitted(world, one); },
                 [&](const FormerAgentAdmitted& one) { OnAdmitted(world, one); },
                 [&](const AgentEndRecorded& one) { OnEndRecorded(world, one); },
                 [&](const AgentsForgotten& one) { OnForgotten(world, one); },
                 [&](const WeightsRecorded& one) { OnWeightsRecorded(world, one); },
                 [&](const Noted&) {},
             },
             write);
}

bool InTransition(const World& world, absl::string_view agent_id) {
  return world.transitions.contains(agent_id);
}

void BeginTransition(World& world, const std::string& agent_id) {
  CHECK(world.transitions.try_emplace(agent_id).second) << agent_id << " is in transition";
  if (const Agent* agent = world.FindAgent(agent_id)) OfferOrWithhold(world, *agent);
}

void EndTransition(World& world, const std::string& agent_id) {
  auto it = world.transitions.find(agent_id);
  if (it == world.transitions.end()) return;
  AgentTransition ended = std::move(it->second);
  world.transitions.erase(it);
  if (const Agent* agent = world.FindAgent(agent_id)) OfferOrWithhold(world, *agent);
  for (const CallToken call : ended.gone_calls) {
    if (std::optional<absl::Status> answer = MarkAgentGone(world, agent_id, call)) {
      world.Emit(AnswerOperatorCall{call, *answer, nullptr});
    }
  }
  if (!ended.returning) return;
  // Its session has joined or closed; it asks anew, and what came after it follows.
  std::optional<std::vector<AgentMessageReceived>> later =
      StopJoining(world, ended.returning->session);
  if (!later) return;
  ReregisterAgent(world, *ended.returning);
  for (const AgentMessageReceived& message : *later) OnAgentMessage(world, message);
}

bool AnyTransition(const World& world) {
  return !world.awaited_agents.empty() || !world.transitions.empty();
}

void AbdicateNow(World& world, const absl::Status& why) {
  if (std::exchange(world.abdicated, true)) return;
  LOG(ERROR) << "This master gives up leading: " << why.message();
  world.Emit(Abdicate{why});
}

bool KeepForLater(World& world, const AgentMessageReceived& received) {
  auto it = world.joining.find(received.session);
  if (it == world.joining.end()) return false;
  if (it->second.later.size() >= world.options.max_messages_while_joining) {
    ++world.stats.bounds_met.messages_while_joining;
    RefuseAgent(world, received.session,
                absl::ResourceExhaustedError(absl::StrCat(
                    "More than ", world.options.max_messages_while_joining,
                    " messages came before the agent was registered: wait for the answer")));
    OnJoiningClosed(world, received.session);
    return true;
  }
  it->second.later.push_back(received);
  return true;
}

std::optional<std::vector<AgentMessageReceived>> StopJoining(World& world, SessionId session) {
  auto it = world.joining.find(session);
  if (it == world.joining.end()) return std::nullopt;
  std::vector<AgentMessageReceived> later = std::move(it->second.later);
  world.joining.erase(it);
  return later;
}

void OnJoiningClosed(World& world, SessionId session) { world.joining.erase(session); }

}  // namespace mesos::master
